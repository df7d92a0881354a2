import type { PilotStatus } from '@navigator/api-types';
import { type KubeObject, PersistentVolumeClaims, Pods, Services, StatefulSets } from '@navigator/kube';
import { Pilots } from '@navigator/controller/lab';
import { NAMESPACE, type World } from '../world.ts';

export const ES = 'ElasticsearchCluster';
export const CASSANDRA = 'CassandraCluster';
export type Kind = typeof ES | typeof CASSANDRA;

const OLD: Readonly<Record<Kind, string>> = { [ES]: '8.15.0', [CASSANDRA]: '5.0.5' };
export const NEW: Readonly<Record<Kind, string>> = { [ES]: '8.16.1', [CASSANDRA]: '5.0.6' };
/** A version that no registry has, one that ends as soon as it starts, and one that runs and never answers. */
export const UNKNOWN: Readonly<Record<Kind, string>> = { [ES]: '8.15.9', [CASSANDRA]: '5.0.8' };
export const CRASHING: Readonly<Record<Kind, string>> = { [ES]: '8.15.8', [CASSANDRA]: '5.0.7' };
export const HANGING: Readonly<Record<Kind, string>> = { [ES]: '8.15.7', [CASSANDRA]: '5.0.9' };

const POOL: Readonly<Record<Kind, string>> = { [ES]: 'mixed', [CASSANDRA]: 'ring' };

/** The smallest spec of a kind: so many nodes in one pool. */
export function smallSpec(kind: Kind, replicas = 3): { version: string; nodePools: { name: string; replicas: number }[] } {
  return { version: OLD[kind], nodePools: [{ name: POOL[kind], replicas }] };
}

export function create(kind: Kind, options: { name?: string; spec?: Record<string, unknown> } = {}): (world: World) => void {
  return (world) => {
    const { name = 'demo', spec = smallSpec(kind) } = options;
    world.note('kubectl', `creates ${kind} ${name}`);
    world.server.seed(world.resource(kind), {
      apiVersion: 'navigator.dev/v1alpha1',
      kind,
      metadata: { name, namespace: NAMESPACE },
      spec: structuredClone(spec),
    });
  };
}

export interface LooseSpec {
  version: string;
  paused?: boolean;
  volumeReclaimPolicy?: string;
  zoneSpread?: string;
  nodePools: {
    name: string;
    replicas?: number;
    restartedAt?: string;
    persistence?: { size?: string; storageClass?: string };
    roles?: string[];
    resources?: unknown;
    tolerations?: unknown[];
    rack?: string;
  }[];
  [field: string]: unknown;
}

/** Changes a cluster's spec as `kubectl edit` does. */
export function edit(kind: Kind, change: (spec: LooseSpec) => void, name = 'demo'): (world: World) => void {
  return (world) => {
    world.server.edit<KubeObject>(world.resource(kind), { namespace: NAMESPACE, name }, (draft) => {
      const spec = structuredClone(draft['spec']) as LooseSpec;
      change(spec);
      draft['spec'] = spec;
      world.note('kubectl', `edits ${kind} ${name}: ${JSON.stringify(spec)}`);
    });
  };
}

/** Asks for another version. */
export function toVersion(version: string): (spec: LooseSpec) => void {
  return (spec) => (spec.version = version);
}

export function remove(kind: Kind, name = 'demo'): (world: World) => void {
  return (world) => {
    world.note('kubectl', `deletes ${kind} ${name}`);
    world.server.remove(world.resource(kind), { namespace: NAMESPACE, name });
  };
}

const KINDS = { StatefulSet: StatefulSets, Pilot: Pilots, Service: Services, Pod: Pods } as const;

/** Deletes a child by hand. */
export function removeChild(kind: keyof typeof KINDS, name: string): (world: World) => void {
  return (world) => {
    world.note('kubectl', `deletes ${kind} ${name}`);
    world.server.remove(KINDS[kind], { namespace: NAMESPACE, name });
  };
}

/** Deletes a node's claim and its pod: its volume is lost. */
export function loseVolume(pod: string): (world: World) => void {
  return (world) => {
    world.note('kubectl', `deletes the volume of ${pod}`);
    world.server.remove(PersistentVolumeClaims, { namespace: NAMESPACE, name: `data-${pod}` });
    removeChild('Pod', pod)(world);
  };
}

/** Deletes the claim of a node's volume: the order to replace the node. */
export function deleteClaim(pod: string): (world: World) => void {
  return (world) => {
    const name = `data-${pod}`;
    world.note('kubectl', `deletes volume claim ${name}`);
    world.watchman.claimGivenUp(world.get(PersistentVolumeClaims, name)?.metadata.uid ?? '');
    world.server.remove(PersistentVolumeClaims, { namespace: NAMESPACE, name });
  };
}

/** The disk of a node breaks: its database ends, and ends again whenever it starts. */
export function damageVolume(pod: string): (world: World) => void {
  return (world) => {
    world.note('kubectl', `damages the volume of ${pod}`);
    world.kubelet.damageVolume(pod);
  };
}

/** Deletes a StatefulSet and leaves its pods: `kubectl delete --cascade=orphan`. */
export function orphanSet(name: string): (world: World) => void {
  return (world) => {
    const uid = world.get(StatefulSets, name)?.metadata.uid;
    for (const pod of world.server.list(Pods)) {
      const owners = pod.metadata.ownerReferences ?? [];
      if (owners.some((owner) => owner.uid === uid))
        world.server.edit(Pods, pod.metadata, (draft) => (draft.metadata.ownerReferences = []));
    }
    removeChild('StatefulSet', name)(world);
  };
}

/** How many pods of a cluster run this version. */
export function podsOf(world: World, version: string): number {
  return world.server
    .list(Pods)
    .filter((pod) => pod.spec?.containers[0]?.image?.endsWith(`:${version}`) && pod.metadata.deletionTimestamp === undefined)
    .length;
}

/** A pod of this version that cannot run. */
export function hasBroken(version: string): (world: World) => boolean {
  return (world) =>
    world.server.list(Pods).some((pod) => {
      const reason = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;
      return (
        pod.spec?.containers[0]?.image?.endsWith(`:${version}`) === true &&
        (reason === 'ImagePullBackOff' || reason === 'CrashLoopBackOff')
      );
    });
}

/** A database of this version runs, as its pilot tells, and does not serve. */
export function isStarting(version: string): (world: World) => boolean {
  return (world) =>
    world.server.list(Pods).some(({ metadata: { name, uid }, spec }) => {
      const status = world.get(Pilots, name)?.['status'] as Partial<PilotStatus> | undefined;
      const isOf = spec?.containers[0]?.image?.endsWith(`:${version}`) === true;
      return isOf && status?.podUid === uid && status?.phase === 'Starting';
    });
}

/** Whether the rolling update to a version has begun, and is not done. */
export function isRolling(version: string): (world: World) => boolean {
  return (world) => podsOf(world, version) > 0;
}
