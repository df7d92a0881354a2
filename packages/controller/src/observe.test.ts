import { ANNOTATIONS, LABELS } from '@navigator/api-types';
import type { KubeObject, OwnerReference, PersistentVolumeClaim, StatefulSet } from '@navigator/kube';
import { expect, test } from 'vitest';
import { ZodError } from 'zod';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { observe, type ObserveInput } from './observe.ts';
import {
  claimObject,
  CLUSTER_UID,
  clusterObject,
  controlledBy,
  pilotObject,
  podObject,
  statefulSetObject,
} from './testing/kube-objects.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

function observed(input: Partial<ObserveInput> = {}): ReturnType<typeof observe> {
  return observe({
    now: NOW,
    settings: { pilotImage: 'pilot:1' },
    engine: elasticsearch,
    cluster: clusterObject(),
    statefulSets: [],
    pods: [],
    pilots: [],
    claims: [],
    secrets: [],
    ...input,
  });
}

const nodeNames = (snapshot: ReturnType<typeof observe>): (string | undefined)[] =>
  snapshot.pools.flatMap((pool) => pool.nodes.map(({ name }) => name));

test('an empty world: every wanted node is there, without pod and Pilot', () => {
  const { pools, cluster, now } = observed();
  expect(now).toBe(NOW);
  expect(cluster).toMatchObject({
    kind: 'ElasticsearchCluster',
    namespace: 'shop',
    name: 'demo',
    uid: CLUSTER_UID,
    generation: 3,
    deleting: false,
  });
  expect(pools).toHaveLength(1);
  expect(pools[0]).toMatchObject({ name: 'mixed', statefulSetName: 'es-demo-mixed' });
  expect(pools[0]?.statefulSet).toBeUndefined();
  expect(pools[0]?.nodes).toEqual([
    { ordinal: 0, name: 'es-demo-mixed-0', pool: 'mixed', wanted: true },
    { ordinal: 1, name: 'es-demo-mixed-1', pool: 'mixed', wanted: true },
  ]);
});

test('a StatefulSet, a pod and a Pilot are read', () => {
  const status = { observedGeneration: 1, phase: 'Running', podUid: 'uid-es-demo-mixed-1', version: '8.19.9', health: 'Healthy' };
  const { pools } = observed({
    statefulSets: [statefulSetObject('mixed', { partition: 1 })],
    pods: [podObject('es-demo-mixed-1')],
    pilots: [pilotObject('es-demo-mixed-1', { status })],
  });
  expect(pools[0]?.statefulSet).toEqual({
    uid: 'uid-es-demo-mixed',
    resourceVersion: '20',
    observed: true,
    replicas: 2,
    partition: 1,
    onDelete: false,
    template: 'template-1',
    createdAt: Date.parse('2026-03-01T11:00:00Z'),
    currentRevision: 'a',
    updateRevision: 'b',
    deleting: false,
  });
  expect(pools[0]?.nodes[1]).toMatchObject({
    pod: {
      uid: 'uid-es-demo-mixed-1',
      ready: true,
      deleting: false,
      revision: 'rev-1',
      controllerRevision: 'a',
      createdAt: Date.parse('2026-03-01T11:00:00Z'),
    },
    pilot: { uid: 'uid-es-demo-mixed-1', generation: 1, status },
  });
  expect(pools[0]?.nodes[0]?.pod).toBeUndefined();
});

test('a StatefulSet whose status is behind its spec is not observed yet', () => {
  const set: StatefulSet = { ...statefulSetObject(), status: { replicas: 2, observedGeneration: 4 } };
  expect(observed({ statefulSets: [set] }).pools[0]?.statefulSet?.observed).toBe(false);
});

test('nodes beyond the wanted ones are in it as long as they have a pod or a Pilot, by ordinal', () => {
  const snapshot = observed({
    statefulSets: [statefulSetObject()],
    pods: [podObject('es-demo-mixed-10'), podObject('es-demo-mixed-3')],
    pilots: [pilotObject('es-demo-mixed-2')],
  });
  expect(nodeNames(snapshot)).toEqual([
    'es-demo-mixed-0',
    'es-demo-mixed-1',
    'es-demo-mixed-2',
    'es-demo-mixed-3',
    'es-demo-mixed-10',
  ]);
  expect(snapshot.pools[0]?.nodes.map(({ wanted }) => wanted)).toEqual([true, true, false, false, false]);
});

test.each<[string, Partial<ObserveInput>]>([
  [
    'a Pilot of an earlier cluster of the same name',
    { pilots: [pilotObject('es-demo-mixed-0', { metadata: { ownerReferences: [controlledBy('uid-old')] } })] },
  ],
  ['a Pilot without an owner', { pilots: [pilotObject('es-demo-mixed-0', { metadata: { ownerReferences: [] } })] }],
  ['a pod of a StatefulSet that is not there', { pods: [podObject('es-demo-mixed-0')] }],
  [
    'a pod that only bears the labels',
    { statefulSets: [statefulSetObject()], pods: [podObject('es-demo-mixed-0', { metadata: { ownerReferences: [] } })] },
  ],
  ['a pod that is only referred to, not controlled', { statefulSets: [statefulSetObject()], pods: [referred()] }],
  [
    'a pod with a name that is no ordinal',
    { statefulSets: [statefulSetObject()], pods: [podObject('es-demo-mixed-01'), podObject('es-demo-mixed-x')] },
  ],
])('%s is not in it', (_name, input) => {
  const nodes = observed(input).pools.flatMap((pool) => pool.nodes);
  expect(nodes.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
  expect(nodes.filter(({ pod, pilot }) => pod !== undefined || pilot !== undefined)).toEqual([]);
});

function referred(): ReturnType<typeof podObject> {
  return podObject('es-demo-mixed-0', {
    metadata: { ownerReferences: [{ ...controlledBy('uid-es-demo-mixed', 'StatefulSet'), controller: false }] },
  });
}

test("a StatefulSet of that name that is somebody else's is noted and not read", () => {
  const [pool] = observed({
    statefulSets: [statefulSetObject('mixed', { metadata: { ownerReferences: [controlledBy('uid-other')] } })],
  }).pools;
  expect(pool?.statefulSet).toBeUndefined();
  expect(pool?.foreign).toBe('StatefulSet "es-demo-mixed"');
});

test('a pool that the spec no longer names is a removed one, with its nodes', () => {
  const snapshot = observed({
    statefulSets: [statefulSetObject(), statefulSetObject('warm')],
    pods: [podObject('es-demo-warm-0')],
  });
  expect(snapshot.removedPools).toHaveLength(1);
  expect(snapshot.removedPools[0]).toMatchObject({
    name: 'warm',
    statefulSetName: 'es-demo-warm',
    nodes: [{ ordinal: 0, wanted: false }],
  });
  expect(snapshot.removedPools[0]?.spec).toBeUndefined();
});

test.each([{ phase: 'Dancing' }, { version: 7 }, 'text', { view: { members: 'many' } }])(
  'the Pilot status %j says nothing',
  (status) => {
    const { pools } = observed({ pilots: [pilotObject('es-demo-mixed-0', { status })] });
    expect(pools[0]?.nodes[0]?.pilot?.status).toEqual({ observedGeneration: -1 });
  },
);

test('a broken Pilot spec and a broken cluster status do not stop the pass', () => {
  const { pools, cluster } = observed({
    pilots: [pilotObject('es-demo-mixed-0', { spec: { seeds: 3 } })],
    cluster: clusterObject({ status: { conditions: 'none' } }),
  });
  expect(pools[0]?.nodes[0]?.pilot?.spec).toEqual({ cluster: { kind: '', name: '' }, nodePool: '', seeds: [] });
  expect(cluster.status).toMatchObject({ observedGeneration: -1, conditions: [], history: [] });
});

test('a broken cluster spec is a ZodError', () => {
  expect(() => observed({ cluster: clusterObject({ spec: { version: 'newest' } }) })).toThrow(ZodError);
});

test('a claim that was deleted while its pod is there: only of a cluster that has formed, and not of a former one', () => {
  const formed = clusterObject({ metadata: { annotations: { [ANNOTATIONS.clusterId]: 'id' } } });
  const claim = claimObject('data-es-demo-mixed-1');
  const going = (owners: readonly OwnerReference[] = []): PersistentVolumeClaim => ({
    ...claimObject('data-es-demo-mixed-1', owners),
    metadata: { ...claimObject('data-es-demo-mixed-1', owners).metadata, deletionTimestamp: '2026-03-01T11:59:00Z' },
  });
  const deletedAt = (cluster: KubeObject, ...claims: PersistentVolumeClaim[]): unknown =>
    observed({ cluster, claims }).pools[0]?.nodes.map(({ volumeDeletedAt }) => volumeDeletedAt);
  expect(deletedAt(formed, going())).toEqual([undefined, NOW - 60_000]);
  expect(deletedAt(formed, claim)).toEqual([undefined, undefined]);
  expect(deletedAt(clusterObject(), going())).toEqual([undefined, undefined]);
  const former = { apiVersion: formed.apiVersion, kind: formed.kind, name: formed.metadata.name, uid: 'of before' };
  expect(deletedAt(formed, going([former]))).toEqual([undefined, undefined]);
});

test('claims with their owners, by name', () => {
  const { claims } = observed({
    claims: [claimObject('data-es-demo-mixed-1', [controlledBy(CLUSTER_UID)]), claimObject('data-es-demo-mixed-0')],
  });
  expect(claims).toEqual([
    { name: 'data-es-demo-mixed-0', uid: 'uid-data-es-demo-mixed-0', owners: [] },
    { name: 'data-es-demo-mixed-1', uid: 'uid-data-es-demo-mixed-1', owners: [CLUSTER_UID] },
  ]);
});

test('it is frozen in depth, and the objects of the caches are left alone', () => {
  const cluster: KubeObject = clusterObject({ metadata: { annotations: { a: 'b' } } });
  const set = statefulSetObject();
  const snapshot = observed({ cluster, statefulSets: [set], pods: [podObject('es-demo-mixed-0')] });
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(snapshot)).toBe(true);
  expect(Object.isFrozen(cluster['spec'])).toBe(false);
  expect(Object.isFrozen(cluster.metadata.annotations)).toBe(false);
  expect(Object.isFrozen(set.spec)).toBe(false);
});

test('a node whose volume has served is known as such', () => {
  const claim = claimObject('data-es-demo-mixed-1');
  const served = { ...claim, metadata: { ...claim.metadata, annotations: { [ANNOTATIONS.dataIdentity]: 'id' } } };
  const { pools } = observed({ claims: [claimObject('data-es-demo-mixed-0'), served] });
  expect(pools[0]?.nodes.map(({ hasServed }) => hasServed)).toEqual([undefined, true]);
});

test('pods that are left without a controller are seen until their StatefulSet is made again, also in a removed pool', () => {
  const left = (name: string, pool: string) =>
    podObject(name, { metadata: { ownerReferences: [], labels: { [LABELS.nodePool]: pool } } });
  const pods = [left('es-demo-mixed-0', 'mixed'), left('es-demo-old-0', 'old')];
  const pilots = [pilotObject('es-demo-old-0', { metadata: { labels: { [LABELS.nodePool]: 'old' } } })];
  const given = observed({ pods, pilots });
  expect(given.pools[0]?.nodes[0]?.pod?.uid).toBe('uid-es-demo-mixed-0');
  expect(given.removedPools[0]?.nodes[0]?.pod?.uid).toBe('uid-es-demo-old-0');
  const made = observed({ pods, pilots, statefulSets: [statefulSetObject('mixed')] });
  expect(made.pools[0]?.nodes[0]?.pod).toBeUndefined();
});
