import {
  ANNOTATIONS,
  childName,
  clusterStatusFields,
  LABELS,
  pilotName,
  pilotSpecSchema,
  pilotStatusSchema,
} from '@navigator/api-types';
import type { PilotSpec, PilotStatus } from '@navigator/api-types';
import {
  controllerOf,
  type KubeMeta,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  shareUnchanged,
  type StatefulSet,
} from '@navigator/kube';
import { z } from 'zod';
import type { ControllerEngine } from './engines/engine.ts';
import { fitToClaim, fitToVolumes } from './fixed-volumes.ts';
import { isOrdered } from './guards/pool-size.ts';
import { podProblem } from './pod-problem.ts';
import type {
  ClaimView,
  ClusterRecord,
  ClusterSpecBase,
  ClusterSnapshot,
  ClusterStatusBase,
  NodePoolBase,
  NodeView,
  PilotView,
  PodView,
  PoolView,
  SecretView,
  Settings,
  StatefulSetView,
} from './snapshot.ts';

/** What the caches hold about one cluster, as found by its labels. */
export interface ObserveInput {
  readonly now: number;
  readonly settings: Settings;
  readonly engine: ControllerEngine;
  readonly cluster: KubeObject;
  readonly statefulSets: readonly StatefulSet[];
  readonly pods: readonly Pod[];
  readonly pilots: readonly KubeObject[];
  readonly claims: readonly PersistentVolumeClaim[];
  /** Of Secrets the metadata only. */
  readonly secrets: readonly KubeObject[];
}

const statusSchema = z.object(clusterStatusFields);

/**
 * What was parsed of objects in the caches. They are frozen and replaced as a whole, so the same object always parses to the
 * same; most passes look at objects of which only one is new. What parsing left as it was is the cache's own part.
 */
const specs = new WeakMap<object, ClusterSpecBase>();
const clusterStatuses = new WeakMap<object, ClusterStatusBase>();
const pilotSpecs = new WeakMap<object, PilotSpec>();
const pilotStatuses = new WeakMap<object, PilotStatus>();

function parsedOnce<T extends object>(raw: unknown, known: WeakMap<object, T>, parse: (raw: unknown) => T): T {
  if (typeof raw !== 'object' || raw === null || !Object.isFrozen(raw)) return parse(raw);
  const parsed = known.get(raw) ?? shareUnchanged(raw, parse(raw));
  known.set(raw, parsed);
  return parsed;
}

/**
 * Turns caches into the frozen input of all decisions. Only what belongs to this very cluster (by UID) is in it: labels
 * can be copied, and a cluster deleted and made anew has the same name. What cannot be read is absent, never empty.
 * @throws ZodError when the cluster's spec is not valid.
 */
export function observe(input: ObserveInput): ClusterSnapshot {
  const { engine } = input;
  const cluster = readCluster(input.cluster, engine);
  const owned = input.statefulSets.filter((set) => controllerOf(set)?.uid === cluster.uid);
  const scope: Scope = { ...input, record: cluster, owned, ownedUids: new Set(owned.map((set) => set.metadata.uid ?? '')) };
  const wanted = new Set(cluster.spec.nodePools.map((pool) => pool.name));
  const pilots = input.pilots.filter((pilot) => controllerOf(pilot)?.uid === cluster.uid);
  const removed = [...owned, ...pilots]
    .map(({ metadata }) => metadata.labels?.[LABELS.nodePool] ?? '')
    .filter((pool) => pool !== '' && !wanted.has(pool));
  return deepFreezeView({
    now: input.now,
    settings: input.settings,
    cluster,
    pools: cluster.spec.nodePools.map((pool) => readPool(scope, pool.name, pool)),
    removedPools: [...new Set(removed)].toSorted().map((pool) => readPool(scope, pool)),
    claims: input.claims.map((claim) => readClaim(claim, cluster)).toSorted((a, b) => a.name.localeCompare(b.name)),
    secrets: input.secrets.filter((secret) => controllerOf(secret)?.uid === cluster.uid).map(readSecret),
  });
}

interface Scope extends ObserveInput {
  readonly record: ClusterRecord;
  readonly owned: readonly StatefulSet[];
  readonly ownedUids: ReadonlySet<string>;
}

function readCluster(object: KubeObject, engine: ControllerEngine): ClusterRecord {
  const { metadata } = object;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    resourceVersion: metadata.resourceVersion ?? '',
    annotations: { ...metadata.annotations },
    deleting: metadata.deletionTimestamp !== undefined,
    spec: parsedOnce(object['spec'], specs, (spec) => engine.parseSpec(structuredClone(spec))),
    status: readClusterStatus(object),
  };
}

/** Only Navigator writes it; a status that does not parse is written anew. */
export function readClusterStatus(object: KubeObject): ClusterStatusBase {
  return parsedOnce(object['status'], clusterStatuses, (status) => {
    const result = statusSchema.safeParse(status ?? {});
    return deepFreezeView(result.success ? result.data : statusSchema.parse({}));
  });
}

function readPool(scope: Scope, name: string, spec?: NodePoolBase): PoolView {
  const statefulSetName = childName(scope.engine.childPrefix, scope.record.name, name);
  const own = scope.owned.find((set) => set.metadata.name === statefulSetName);
  const other = scope.statefulSets.find((set) => set.metadata.name === statefulSetName);
  const foreign = own === undefined && other !== undefined ? `StatefulSet "${other.metadata.name}"` : undefined;
  const nodes = readNodes(scope, { name, statefulSetName, replicas: spec?.replicas ?? 0 });
  return {
    name,
    statefulSetName,
    ...(spec === undefined ? {} : fitted(spec, own, own === undefined ? claimOfLiving(scope, nodes) : undefined)),
    ...(own === undefined ? {} : { statefulSet: readStatefulSet(own) }),
    ...(foreign === undefined ? {} : { foreign }),
    nodes,
  };
}

/** A StatefulSet that goes anyway binds nobody: the next one is made as the spec asks. */
function fitted(spec: NodePoolBase, set?: StatefulSet, claim?: PersistentVolumeClaim): Pick<PoolView, 'spec' | 'fixed'> {
  if (set?.metadata.deletionTimestamp !== undefined) return { spec };
  const fit = set !== undefined ? fitToVolumes(spec, set) : claim && fitToClaim(spec, claim);
  return fit === undefined || fit.fixed.length === 0 ? { spec } : { spec: fit.pool, fixed: fit.fixed };
}

/** Of a pool that has lost its StatefulSet, the volume of a node that it has not lost: it shall come back with that. */
function claimOfLiving({ claims, record }: Scope, nodes: readonly NodeView[]): PersistentVolumeClaim | undefined {
  const living = nodes.filter(isOrdered);
  const kept = claims.filter(({ metadata }) => metadata.deletionTimestamp === undefined && !isOfFormer(metadata, record));
  return kept.find(({ metadata }) => living.some(({ name }) => metadata.name.endsWith(`-${name}`)));
}

export function readStatefulSet(set: StatefulSet): StatefulSetView {
  const { metadata, spec, status } = set;
  const claimSize = spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'];
  return {
    ...readReplacement(spec),
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    observed: (status?.observedGeneration ?? -1) >= (metadata.generation ?? 0),
    template: metadata.annotations?.[ANNOTATIONS.template],
    ...(claimSize === undefined ? {} : { claimSize }),
    createdAt: timeOf(metadata),
    currentRevision: status?.currentRevision,
    updateRevision: status?.updateRevision,
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

/** How many pods there are, and which of them the StatefulSet controller replaces. */
function readReplacement(spec: StatefulSet['spec']): Pick<StatefulSetView, 'replicas' | 'partition' | 'onDelete'> {
  const replicas = spec?.replicas ?? 0;
  const strategy = spec?.updateStrategy;
  const onDelete = strategy?.type === 'OnDelete';
  return { replicas, partition: onDelete ? replicas : (strategy?.rollingUpdate?.partition ?? 0), onDelete };
}

/** Milliseconds since the epoch. */
function timeOf(metadata: KubeMeta): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function readNodes(scope: Scope, pool: { name: string; statefulSetName: string; replicas: number }): NodeView[] {
  const hasSet = scope.owned.some(({ metadata }) => metadata.name === pool.statefulSetName);
  // Between the two lives of a StatefulSet its pods serve on without a controller.
  const isOurs = (pod: Pod): boolean =>
    scope.ownedUids.has(controllerOf(pod)?.uid ?? '') ||
    (!hasSet && controllerOf(pod) === undefined && pod.metadata.labels?.[LABELS.nodePool] === pool.name);
  const pods = byOrdinal(scope.pods.filter(isOurs), pool.statefulSetName);
  const pilots = byOrdinal(
    scope.pilots.filter((pilot) => controllerOf(pilot)?.uid === scope.record.uid),
    pool.statefulSetName,
  );
  const wanted = Array.from({ length: pool.replicas }, (_, ordinal) => ordinal);
  const served = scope.claims.filter(({ metadata }) => metadata.annotations?.[ANNOTATIONS.dataIdentity] !== undefined);
  const ordinals = [...new Set([...wanted, ...pods.keys(), ...pilots.keys()])].toSorted((a, b) => a - b);
  return ordinals.map((ordinal) => {
    const pod = pods.get(ordinal);
    const pilot = pilots.get(ordinal);
    const name = pilotName(pool.statefulSetName, ordinal);
    return {
      ordinal,
      name,
      pool: pool.name,
      wanted: ordinal < pool.replicas,
      ...(scope.record.spec.suspendedNodes.includes(name) ? { suspended: true } : {}),
      ...(served.some(({ metadata }) => metadata.name.endsWith(`-${name}`)) ? { hasServed: true } : {}),
      ...readVolumeDeletion(scope, name),
      ...(pod === undefined ? {} : { pod: readPod(pod) }),
      ...(pilot === undefined ? {} : { pilot: readPilot(pilot) }),
    };
  });
}

/**
 * That the claim of the node's volume was deleted, and so is gone once no pod has it. Before the cluster has formed, and of
 * claims that go with a deleted cluster of this name, it is not an order to replace a node.
 */
function readVolumeDeletion({ claims, record }: Scope, node: string): Pick<NodeView, 'volumeDeletedAt'> {
  if (record.annotations[ANNOTATIONS.clusterId] === undefined) return {};
  const claim = claims.find(({ metadata }) => metadata.name.endsWith(`-${node}`) && !isOfFormer(metadata, record));
  const { deletionTimestamp } = claim?.metadata ?? {};
  return deletionTimestamp === undefined ? {} : { volumeDeletedAt: Date.parse(deletionTimestamp) };
}

/** Whether one of its owners was a cluster of this name that is gone. */
function isOfFormer({ ownerReferences = [] }: KubeMeta, cluster: ClusterRecord): boolean {
  return ownerReferences.some(({ kind, name, uid }) => kind === cluster.kind && name === cluster.name && uid !== cluster.uid);
}

/** Objects named `<statefulSet>-<ordinal>`; no pool's name holds a dash, so `es-a-b-0` is never of cluster `a`, pool `b-0`. */
function byOrdinal<T extends KubeObject>(objects: readonly T[], statefulSet: string): Map<number, T> {
  const found = new Map<number, T>();
  for (const object of objects) {
    const { name } = object.metadata;
    const rest = name.startsWith(`${statefulSet}-`) ? name.slice(statefulSet.length + 1) : '';
    if (/^(0|[1-9]\d*)$/.test(rest)) found.set(Number(rest), object);
  }
  return found;
}

export function readPod(pod: Pod): PodView {
  const { metadata, status } = pod;
  const problem = podProblem(pod);
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    ready: status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    revision: metadata.annotations?.[ANNOTATIONS.revision],
    revisionParts: metadata.annotations?.[ANNOTATIONS.revisionParts],
    controllerRevision: metadata.labels?.['controller-revision-hash'],
    createdAt: timeOf(metadata),
    ...(problem === undefined ? {} : { problem }),
  };
}

function readPilot(pilot: KubeObject): PilotView {
  const { metadata } = pilot;
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    spec: readPilotSpec(pilot),
    status: readPilotStatus(pilot),
  };
}

/** An edited spec that no longer parses gives an empty one: it differs from what we want, so it is written again. */
function readPilotSpec(pilot: KubeObject): PilotSpec {
  return parsedOnce(pilot['spec'], pilotSpecs, (spec) => {
    const result = pilotSpecSchema.safeParse(spec);
    return result.success ? result.data : { cluster: { kind: '', name: '' }, nodePool: '', seeds: [] };
  });
}

/** A report that does not parse (another version's, a forged one) says nothing at all. */
function readPilotStatus(pilot: KubeObject): PilotStatus {
  return parsedOnce(pilot['status'], pilotStatuses, (status) => {
    const result = pilotStatusSchema.safeParse(status ?? {});
    return result.success ? result.data : { observedGeneration: -1 };
  });
}

function readClaim(claim: PersistentVolumeClaim, cluster: ClusterRecord): ClaimView {
  const owners = claim.metadata.ownerReferences ?? [];
  const identity = claim.metadata.annotations?.[ANNOTATIONS.dataIdentity];
  const isLeaving = isOfFormer(claim.metadata, cluster) || claim.metadata.deletionTimestamp !== undefined;
  return {
    name: claim.metadata.name,
    uid: claim.metadata.uid ?? '',
    owners: owners.map((owner) => owner.uid),
    ...(isLeaving ? { leaving: true } : {}),
    ...(identity === undefined ? {} : { identity }),
    ...readClaimSize(claim),
  };
}

const RESIZE_CONDITIONS: ReadonlySet<string> = new Set([
  'Resizing',
  'FileSystemResizePending',
  'ControllerResizeError',
  'NodeResizeError',
]);

function readClaimSize({ spec, status }: PersistentVolumeClaim): Pick<ClaimView, 'requested' | 'capacity' | 'resizeMessage'> {
  const requested = spec?.resources?.requests?.['storage'];
  const capacity = status?.capacity?.['storage'];
  const under = status?.conditions?.findLast((condition) => RESIZE_CONDITIONS.has(condition.type) && condition.status === 'True');
  return {
    ...(requested === undefined ? {} : { requested }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(under === undefined ? {} : { resizeMessage: under.message || under.type }),
  };
}

function readSecret({ metadata }: KubeObject): SecretView {
  const { name, uid = '', resourceVersion = '', annotations } = metadata;
  return { name, uid, resourceVersion, annotations: { ...annotations } };
}

/** Freezes in depth. Everything here was built or parsed anew above, so no object of a cache is touched. */
function deepFreezeView<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreezeView(child);
  return value;
}
