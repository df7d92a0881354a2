import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { plan } from '../plan.ts';
import type { ClusterSnapshot, PoolView } from '../snapshot.ts';
import { leaving, withDesired, withOrdersInForce } from '../testing/leaving.ts';
import {
  cassandraSnapshot,
  elasticsearchSnapshot,
  nodeOf,
  withoutPilot,
  withoutPod,
  withPilotStatus,
  withView,
} from '../testing/snapshots.ts';
import { effectsOf } from '../testing/verdicts.ts';
import type { Verdict } from './action.ts';
import { deleteNodePool } from './delete-node-pool.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

const OLD = 'es-demo-old-1';
const POOL = { name: 'old', replicas: 2, roles: ['master', 'data'] };
const removed = elasticsearchSnapshot({ running: { nodePools: [{ name: 'mixed' }, POOL] } });

function verdictOf(snapshot: Snapshot): Verdict | undefined {
  return deleteNodePool.evaluate(snapshot, elasticsearch)[0];
}

/** The removed pool as it is then. */
function withPool(snapshot: Snapshot, change: Partial<PoolView>): Snapshot {
  return { ...snapshot, removedPools: snapshot.removedPools.map((pool) => ({ ...pool, ...change })) };
}

test('a pool that the spec still has is no business of it', () => {
  expect(deleteNodePool.evaluate(elasticsearchSnapshot(), elasticsearch)).toEqual([]);
});

test('its nodes leave one by one, the StatefulSet by its size alone', () => {
  expect(effectsOf(verdictOf(removed))).toMatchObject([
    { object: { metadata: { name: OLD }, spec: { desired: 'Leaving' } } },
    {},
  ]);
  const orders = { emptied: [OLD], voteless: [OLD], restarting: [] };
  const begun = withDesired(removed, OLD, 'Leaving');
  expect(elasticsearch.orders(begun, nodeOf(begun, 'es-demo-mixed-0'))).toEqual(orders);
  // A node of the pool itself may be the one that leads.
  expect(elasticsearch.orders(begun, nodeOf(begun, 'es-demo-old-0'))).toEqual(orders);
  const proven = leaving(withDesired(removed, 'es-demo-old-0', 'Leaving'), OLD);
  expect(verdictOf(proven)).toMatchObject({ is: 'ready', stops: OLD });
  expect(effectsOf(verdictOf(proven))).toMatchObject([
    { do: 'apply', object: { spec: { desired: 'Decommissioned' } } },
    { do: 'shrink', name: 'es-demo-old', uid: 'uid-es-demo-old', resourceVersion: 'version of es-demo-old', replicas: 1 },
    { do: 'event' },
  ]);
});

test('when no node is left the StatefulSet gets empty, then it is deleted, the very one', () => {
  const empty = withPool(removed, { nodes: [] });
  expect(effectsOf(verdictOf(empty))).toMatchObject([{ do: 'shrink', name: 'es-demo-old', replicas: 0 }, { do: 'event' }]);
  const statefulSet = removed.removedPools[0]?.statefulSet;
  const none = withPool(empty, statefulSet === undefined ? {} : { statefulSet: { ...statefulSet, replicas: 0 } });
  expect(effectsOf(verdictOf(none))).toMatchObject([
    { do: 'delete', kind: 'StatefulSet', uid: 'uid-es-demo-old', resourceVersion: 'version of es-demo-old' },
    { event: { type: 'Normal', reason: 'DeleteNodePool', message: 'Deleted node pool "old"' } },
  ]);
});

test('a pod that serves without its Pilot keeps the StatefulSet, and gets its Pilot back', () => {
  const bare = withoutPilot(withoutPilot(removed, OLD), 'es-demo-old-0');
  expect(verdictOf(bare)).toMatchObject({ is: 'waiting', hold: { message: expect.stringContaining('es-demo-old-0') } });
  expect(plan(bare, elasticsearch).step?.action).toMatchObject({ name: 'CreatePilot', nodePool: 'old' });
});

test('Pilots that are left without a StatefulSet are cleared away', () => {
  const half = withOrdersInForce(withDesired(removed, OLD, 'Decommissioned'));
  const { statefulSet: _gone, ...pool } = half.removedPools[0] ?? { name: '', statefulSetName: '', nodes: [] };
  const orphaned = withView(withoutPod({ ...half, removedPools: [pool] }, OLD), (view) => ({
    ...view,
    members: view.members.filter(({ name }) => name !== OLD),
  }));
  expect(effectsOf(verdictOf(orphaned))).toMatchObject([{ do: 'delete', kind: 'Pilot', name: OLD }]);
});

test('pods that are left without a StatefulSet are stopped one by one, as soon as they hold nothing', () => {
  const { statefulSet: _gone, ...pool } = removed.removedPools[0] ?? { name: '', statefulSetName: '', nodes: [] };
  const bare: Snapshot = { ...removed, removedPools: [pool] };
  expect(effectsOf(verdictOf(leaving(bare, OLD, { copies: 3 })))).not.toMatchObject([{ do: 'deletePod' }]);
  const proven = leaving(withDesired(bare, 'es-demo-old-0', 'Leaving'), OLD);
  expect(effectsOf(verdictOf(proven))).toMatchObject([{ object: { spec: { desired: 'Decommissioned' } } }, { do: 'event' }]);
  const verdict = verdictOf(withOrdersInForce(withDesired(proven, OLD, 'Decommissioned')));
  expect(verdict).toMatchObject({ is: 'ready', stops: OLD, effects: [{ do: 'deletePod', name: OLD, uid: `pod-${OLD}` }] });
});

describe('it does not begin', () => {
  const masters = [
    { name: 'mixed', roles: ['data'] },
    { name: 'lead', replicas: 1, roles: ['master'] },
  ];
  const renamed = elasticsearchSnapshot({ spec: { nodePools: masters }, running: { nodePools: [...masters, POOL] } });

  test.each<[string, Snapshot, string]>([
    [
      'while the pool that takes over is not well',
      withPilotStatus(removed, 'es-demo-mixed-2', { health: 'Unhealthy' }),
      'PilotNotReady',
    ],
    ['while a node of the new pool has not even started', withoutPilot(removed, 'es-demo-mixed-2'), 'PilotMissing'],
    [
      'for the last that can lead',
      withPilotStatus(renamed, 'es-demo-lead-0', { identity: { id: 'id-es-demo-lead-0', roles: ['data'] } }),
      'TooFewNodes',
    ],
  ])('%s', (_name, snapshot, reason) => {
    expect(verdictOf(snapshot)).toMatchObject({ is: 'blocked', hold: { reason } });
  });

  test('Cassandra: not in this release', () => {
    const given = cassandraSnapshot({ running: { nodePools: [{ name: 'ring' }, { name: 'old' }] } });
    expect(deleteNodePool.evaluate(given, cassandra)).toMatchObject([
      { is: 'blocked', hold: { reason: 'NodePoolRemovalUnsupported' } },
    ]);
  });
});

test('put back: the pool is one of the spec again and runs', () => {
  const back = withDesired(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed' }, POOL] } }), OLD, 'Decommissioned');
  const decision = plan(back, elasticsearch);
  expect(decision.step).toBeUndefined();
  expect(decision.objects.find(({ metadata }) => metadata.name === OLD)?.['spec']).not.toHaveProperty('desired');
  expect(decision.objects.find(({ metadata }) => metadata.name === 'es-demo-old')).toMatchObject({ spec: { replicas: 2 } });
});
