import {
  ANNOTATIONS,
  API_VERSION,
  childName,
  clusterStatusFields,
  NavigatorError,
  pilotName,
  type CassandraClusterSpec,
  type ClusterView,
  type ElasticsearchClusterSpec,
  type Member,
  type PilotStatus,
} from '@navigator/api-types';
import { z } from 'zod';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { formatMembers } from '../resources/initial-members.ts';
import { revisionParts } from '../resources/revision-parts.ts';
import { revisionOf } from '../resources/revision.ts';
import { templateHash } from '../resources/stateful-set.ts';
import type {
  ClaimView,
  ClusterRecord,
  ClusterSnapshot,
  ClusterSpecBase,
  ClusterStatusBase,
  NodePoolBase,
  NodeView,
  PoolView,
} from '../snapshot.ts';

/**
 * Snapshots for tests. By default: a cluster called `demo` that has formed, every wanted node with a ready pod and a Pilot
 * that reported a second ago that all is well. Options and the `with…` functions change what the test is about.
 */
export interface SnapshotOptions {
  readonly name?: string;
  /** What the user wrote; defaults are added. Default: three nodes in one pool. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** What the user had written when the pods were made, where it differs: fields that replace those of `spec`. */
  readonly running?: Readonly<Record<string, unknown>>;
  /** false: nothing exists but the cluster object. Default true. */
  readonly exists?: boolean;
  readonly cluster?: Partial<Omit<ClusterRecord, 'spec' | 'status'>>;
  readonly status?: Partial<ClusterStatusBase>;
  readonly claims?: readonly ClaimView[];
}

/** The moment of every snapshot unless a test moves on. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');
/** When the database processes started: long before. */
export const STARTED_AT = NOW - 3_600_000;
export const CLUSTER_UID = 'uid-demo';

const ES_SPEC = { version: '8.15.0', nodePools: [{ name: 'mixed' }] };
const CASSANDRA_SPEC = { version: '5.0.6', nodePools: [{ name: 'ring' }] };

/** A snapshot of an ElasticsearchCluster; the ordinal 0 of its first pool is the elected master. */
export function elasticsearchSnapshot(options: SnapshotOptions = {}): ClusterSnapshot<ElasticsearchClusterSpec> {
  return snapshotFor(elasticsearch, { ...options, spec: { ...ES_SPEC, ...options.spec } });
}

/** A snapshot of a CassandraCluster. */
export function cassandraSnapshot(options: SnapshotOptions = {}): ClusterSnapshot<CassandraClusterSpec> {
  return snapshotFor(cassandra, { ...options, spec: { ...CASSANDRA_SPEC, ...options.spec } });
}

function snapshotFor<Spec extends ClusterSpecBase>(
  engine: ControllerEngine<Spec>,
  options: SnapshotOptions,
): ClusterSnapshot<Spec> {
  const exists = options.exists ?? true;
  const record = (spec: Readonly<Record<string, unknown>>) => clusterRecord(engine, options, engine.parseSpec(spec));
  const wanted = record(options.spec ?? {});
  const running = record({ ...options.spec, ...options.running });
  const bare = wanted.spec.nodePools.map((pool) => barePool(engine, wanted, pool));
  const base = bareSnapshot(engine, options, wanted);
  if (!exists) return base;
  const before = bareSnapshot(engine, options, running);
  const runningPools = running.spec.nodePools.map((pool) => builtPool(engine, before, pool));
  const pools = bare.map((pool) =>
    mergePool(
      pool,
      runningPools.find((built) => built.name === pool.name),
    ),
  );
  const removedPools = runningPools.filter((pool) => !bare.some(({ name }) => name === pool.name)).map(asRemoved);
  return withViews({ ...base, pools, removedPools }, engine);
}

/** Nothing but the cluster object. */
function bareSnapshot<Spec extends ClusterSpecBase>(
  engine: ControllerEngine<Spec>,
  options: SnapshotOptions,
  cluster: ClusterRecord<Spec>,
): ClusterSnapshot<Spec> {
  return {
    now: NOW,
    settings: { pilotImage: 'registry.test/navigator-pilot:1.2.3' },
    cluster,
    pools: cluster.spec.nodePools.map((pool) => barePool(engine, cluster, pool)),
    removedPools: [],
    claims: options.claims ?? [],
    secrets: [],
  };
}

function clusterRecord<Spec extends ClusterSpecBase>(
  engine: ControllerEngine<Spec>,
  options: SnapshotOptions,
  spec: Spec,
): ClusterRecord<Spec> {
  const name = options.name ?? 'demo';
  const record: ClusterRecord<Spec> = {
    apiVersion: API_VERSION,
    kind: engine.resource.kind,
    namespace: 'shop',
    name,
    uid: CLUSTER_UID,
    generation: 1,
    resourceVersion: '1000',
    annotations: {},
    deleting: false,
    spec,
    status: z.object(clusterStatusFields).parse({ observedGeneration: 1, ...options.status }),
  };
  const snapshot = bareSnapshot(engine, options, record);
  const initialMembers = formatMembers(engine.initialMembers(snapshot));
  const clusterId = {
    [ANNOTATIONS.initialMembers]: initialMembers,
    [ANNOTATIONS.clusterId]: clusterIdFor(engine, initialMembers),
  };
  return { ...record, ...(options.exists === false ? {} : { annotations: clusterId }), ...options.cluster };
}

function clusterIdFor(engine: ControllerEngine, initialMembers: string): string {
  return engine.name === 'cassandra' ? `id-${initialMembers}` : 'cluster-uuid';
}

function barePool(engine: ControllerEngine, cluster: ClusterRecord, pool: NodePoolBase): PoolView {
  const statefulSetName = childName(engine.childPrefix, cluster.name, pool.name);
  const nodes = Array.from({ length: pool.replicas }, (_, ordinal) => bareNode(statefulSetName, pool.name, ordinal));
  return { name: pool.name, statefulSetName, spec: pool, nodes };
}

function bareNode(statefulSet: string, pool: string, ordinal: number): NodeView {
  return { ordinal, name: pilotName(statefulSet, ordinal), pool, wanted: true };
}

/** The pool as its StatefulSet, pods and Pilots are. */
function builtPool(engine: ControllerEngine, snapshot: ClusterSnapshot, pool: NodePoolBase): PoolView {
  const { cluster } = snapshot;
  const bare = barePool(engine, cluster, pool);
  const revision = revisionOf(cluster, pool, engine);
  const hash = `${bare.statefulSetName}-${revision.slice(0, 8)}`;
  return {
    ...bare,
    statefulSet: {
      uid: `uid-${bare.statefulSetName}`,
      resourceVersion: `version of ${bare.statefulSetName}`,
      observed: true,
      replicas: pool.replicas,
      partition: pool.replicas,
      onDelete: false,
      template: templateHash({ snapshot, engine, pool }),
      createdAt: STARTED_AT - 20_000,
      currentRevision: hash,
      updateRevision: hash,
      deleting: false,
    },
    nodes: bare.nodes.map((node) => healthyNode(node, cluster, { revision, parts: revisionParts(cluster, pool, engine), hash })),
  };
}

/** The node with a ready pod and a Pilot that says that it serves. */
function healthyNode(
  node: NodeView,
  cluster: ClusterRecord,
  { revision, parts, hash }: { readonly revision: string; readonly parts: string; readonly hash: string },
): NodeView {
  const podUid = `pod-${node.name}`;
  const roles = rolesOf(cluster.spec.nodePools.find(({ name }) => name === node.pool));
  const status: PilotStatus = {
    observedGeneration: 1,
    phase: 'Running',
    podUid,
    process: { startedAt: iso(STARTED_AT), restarts: 0 },
    version: cluster.spec.version,
    health: 'Healthy',
    identity: { id: `id-${node.name}`, processId: `process-${node.name}`, address: `address-${node.name}`, ...roles },
    heartbeatTime: iso(NOW - 1_000),
  };
  return {
    ...node,
    pod: {
      uid: podUid,
      resourceVersion: `version of ${podUid}`,
      deleting: false,
      ready: true,
      revision,
      revisionParts: parts,
      controllerRevision: hash,
      createdAt: STARTED_AT - 10_000,
    },
    pilot: {
      uid: `pilot-${node.name}`,
      resourceVersion: `version of pilot ${node.name}`,
      generation: 1,
      deleting: false,
      spec: { cluster: { kind: cluster.kind, name: cluster.name }, nodePool: node.pool, seeds: [] },
      status,
    },
  };
}

function rolesOf(pool: NodePoolBase | undefined): { readonly roles?: string[] } {
  return pool !== undefined && 'roles' in pool && Array.isArray(pool.roles) ? { roles: pool.roles.map(String) } : {};
}

/** Built nodes take the place of the bare ones; those that the spec no longer asks for stay, unwanted. */
function mergePool(wanted: PoolView, built: PoolView | undefined): PoolView {
  if (built === undefined) return wanted;
  const missing = wanted.nodes.filter((node) => node.ordinal >= built.nodes.length);
  const nodes = [...built.nodes.map((node) => ({ ...node, wanted: node.ordinal < wanted.nodes.length })), ...missing];
  return { ...built, ...(wanted.spec === undefined ? {} : { spec: wanted.spec }), nodes };
}

function asRemoved(pool: PoolView): PoolView {
  const { spec: _spec, ...rest } = pool;
  return { ...rest, nodes: pool.nodes.map((node) => ({ ...node, wanted: false })) };
}

export function withViews<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  engine: ControllerEngine<Spec>,
): ClusterSnapshot<Spec> {
  const nodes = nodesOf(snapshot).filter((node) => node.pilot !== undefined);
  const members = nodes.map(memberFor);
  const first = nodes[0]?.name;
  const everyoneReports = engine.name === 'cassandra';
  const reported = mapNodes(snapshot, (node) => {
    if (node.pilot === undefined) return node;
    const view: ClusterView = everyoneReports
      ? { authoritative: false, members, schemaVersions: ['schema-1'] }
      : {
          authoritative: true,
          clusterId: 'cluster-uuid',
          health: 'Green',
          members,
          schemaVersions: [],
          unassigned: 0,
          copiesAsked: 2,
          orders: { emptied: [], voteless: [], restarting: [] },
        };
    const reports = everyoneReports || node.name === first;
    return { ...node, pilot: { ...node.pilot, status: { ...node.pilot.status, ...(reports ? { view } : {}) } } };
  });
  const seeds = [...engine.seeds(reported)];
  return mapNodes(reported, ({ pilot, ...node }) =>
    pilot === undefined ? node : { ...node, pilot: { ...pilot, spec: { ...pilot.spec, seeds } } },
  );
}

function memberFor(node: NodeView): Member {
  const status = node.pilot?.status;
  const { id = '', address } = status?.identity ?? {};
  const version = status?.version === undefined ? {} : { version: status.version };
  return { id, name: node.name, ...(address === undefined ? {} : { address }), state: 'Up', ...version };
}

/** Every node of the snapshot, removed pools included. */
export function nodesOf(snapshot: ClusterSnapshot): readonly NodeView[] {
  return [...snapshot.pools, ...snapshot.removedPools].flatMap((pool) => pool.nodes);
}

/**
 * One node by name.
 * @throws NavigatorError `UnknownNode`: a test that looks at a node that is not there must not pass.
 */
export function nodeOf(snapshot: ClusterSnapshot, name: string): NodeView {
  const node = nodesOf(snapshot).find((candidate) => candidate.name === name);
  if (!node) throw new NavigatorError('UnknownNode', `the snapshot has no node "${name}"`);
  return node;
}

/** Changes every node. */
export function mapNodes<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  change: (node: NodeView) => NodeView,
): ClusterSnapshot<Spec> {
  const changed = (pool: PoolView): PoolView => ({ ...pool, nodes: pool.nodes.map(change) });
  return { ...snapshot, pools: snapshot.pools.map(changed), removedPools: snapshot.removedPools.map(changed) };
}

/** Changes one node. */
export function withNode<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  name: string,
  change: (node: NodeView) => NodeView,
): ClusterSnapshot<Spec> {
  nodeOf(snapshot, name);
  return mapNodes(snapshot, (node) => (node.name === name ? change(node) : node));
}

/** Changes fields of one Pilot's status. */
export function withPilotStatus<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  name: string,
  status: Partial<PilotStatus>,
): ClusterSnapshot<Spec> {
  return withNode(snapshot, name, (node) =>
    node.pilot === undefined ? node : { ...node, pilot: { ...node.pilot, status: { ...node.pilot.status, ...status } } },
  );
}

/** Changes fields of the view in every Pilot that reports one, or in that of one node. */
export function withView<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  change: Partial<ClusterView> | ((view: ClusterView) => ClusterView),
  name?: string,
): ClusterSnapshot<Spec> {
  return mapNodes(snapshot, (node) => {
    const view = node.pilot?.status.view;
    if (view === undefined || node.pilot === undefined || (name !== undefined && node.name !== name)) return node;
    const changed = typeof change === 'function' ? change(view) : { ...view, ...change };
    return { ...node, pilot: { ...node.pilot, status: { ...node.pilot.status, view: changed } } };
  });
}

/** The snapshot without a node's pod, as between two pods; its Pilot still shows the last report. */
export function withoutPod<Spec extends ClusterSpecBase>(snapshot: ClusterSnapshot<Spec>, name: string): ClusterSnapshot<Spec> {
  return withNode(snapshot, name, ({ pod: _pod, ...node }) => node);
}

/** The snapshot without a node's Pilot: a pod that was never told to start. */
export function withoutPilot<Spec extends ClusterSpecBase>(snapshot: ClusterSnapshot<Spec>, name: string): ClusterSnapshot<Spec> {
  return withNode(snapshot, name, ({ pilot: _pilot, ...node }) => node);
}

/** Time as it is written in objects. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
