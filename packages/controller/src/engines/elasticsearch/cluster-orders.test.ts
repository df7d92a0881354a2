import type { ClusterOrders, ElasticsearchClusterSpec } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { templateHash } from '../../resources/stateful-set.ts';
import type { ClusterSnapshot, PodView, StatefulSetView } from '../../snapshot.ts';
import { withDesired, withOrdersInForce } from '../../testing/leaving.ts';
import {
  elasticsearchSnapshot,
  iso,
  nodeOf,
  NOW,
  withNode,
  withoutPod,
  withPilotStatus,
  withView,
} from '../../testing/snapshots.ts';
import { elasticsearch } from './index.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

const NONE: ClusterOrders = { emptied: [], voteless: [], restarting: [] };

function ordersOf(snapshot: Snapshot, name = 'es-demo-mixed-0'): ClusterOrders | undefined {
  return elasticsearch.orders(snapshot, nodeOf(snapshot, name));
}

/** The StatefulSets have the wanted templates, and further of what is given. */
function taken(snapshot: Snapshot, more: Partial<StatefulSetView> = {}): Snapshot {
  const pools = snapshot.pools.map((pool) => {
    const { spec, statefulSet } = pool;
    if (!spec || !statefulSet) return pool;
    const template = templateHash({ snapshot, engine: elasticsearch, pool: spec });
    const updateRevision = template === statefulSet.template ? statefulSet.updateRevision : 'new';
    return { ...pool, statefulSet: { ...statefulSet, template, updateRevision, ...(updateRevision === 'new' ? more : {}) } };
  });
  return { ...snapshot, pools };
}

function withPod(snapshot: Snapshot, name: string, pod: Partial<PodView>): Snapshot {
  return withNode(snapshot, name, (node) => (node.pod === undefined ? node : { ...node, pod: { ...node.pod, ...pod } }));
}

test('at rest nothing is ordered, and nothing is written into Pilots', () => {
  expect(ordersOf(elasticsearchSnapshot())).toBeUndefined();
});

test('only nodes that can be elected bear orders', () => {
  const pools = [
    { name: 'masters', roles: ['master'] },
    { name: 'data', replicas: 3, roles: ['data'] },
  ];
  const smaller = elasticsearchSnapshot({
    spec: { nodePools: [pools[0], { ...pools[1], replicas: 2 }] },
    running: { nodePools: pools },
  });
  const begun = withDesired(smaller, 'es-demo-data-2', 'Leaving');
  expect(ordersOf(begun, 'es-demo-masters-0')).toEqual({ ...NONE, emptied: ['es-demo-data-2'] });
  expect(ordersOf(begun, 'es-demo-data-0')).toBeUndefined();
});

describe('while a node is restarted by us', () => {
  const upgrade = elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } });
  const rolling = taken(upgrade, { partition: 2 });

  test('from the moment that its StatefulSet is told to', () => {
    expect(ordersOf(taken(upgrade))).toBeUndefined();
    expect(ordersOf(rolling)).toEqual({ ...NONE, restarting: ['es-demo-mixed-2'] });
    expect(ordersOf(withoutPod(rolling, 'es-demo-mixed-2'))).toEqual({ ...NONE, restarting: ['es-demo-mixed-2'] });
  });

  const revision = { controllerRevision: 'new', revision: 'new' };
  const replaced = withPod(rolling, 'es-demo-mixed-2', { ...revision, createdAt: NOW - 60_000 });

  test('until it is back with the wanted version', () => {
    const back = withPilotStatus(replaced, 'es-demo-mixed-2', { version: '8.19.9' });
    expect(ordersOf(replaced)?.restarting).toEqual(['es-demo-mixed-2']);
    expect(ordersOf(back)).toBeUndefined();
  });

  test('and for ten minutes at most', () => {
    expect(ordersOf(withPod(replaced, 'es-demo-mixed-2', { createdAt: NOW - 601_000 }))).toBeUndefined();
  });

  test.each<[string, Snapshot]>([
    ['the old pod stays in its deletion', withPod(rolling, 'es-demo-mixed-2', { deleting: true, ready: false })],
    ['no pod comes', withoutPod(rolling, 'es-demo-mixed-2')],
  ])('also when %s: from the last that was heard of it', (_name, given) => {
    const heard = (ms: number): Snapshot => withPilotStatus(given, 'es-demo-mixed-2', { heartbeatTime: iso(NOW - ms) });
    expect(ordersOf(heard(599_000))?.restarting).toEqual(['es-demo-mixed-2']);
    expect(ordersOf(heard(601_000))).toBeUndefined();
  });
});

describe('roles that are given up', () => {
  const all = ['master', 'data'];
  const lead = { name: 'lead', replicas: 3, roles: ['master'] };
  const data = { name: 'data', replicas: 2, roles: ['data'] };
  const changed = (roles: readonly string[], other: object): Snapshot =>
    taken(
      elasticsearchSnapshot({
        spec: { nodePools: [{ name: 'mixed', roles }, other] },
        running: { nodePools: [{ name: 'mixed', roles: all }, other] },
      }),
    );
  const noVotes = changed(['data'], lead);
  const noData = changed(['master'], data);

  test('one vote at a time is taken before the restart', () => {
    expect(ordersOf(noVotes)).toEqual({ ...NONE, voteless: ['es-demo-mixed-2'] });
    const sick = withPilotStatus(noVotes, 'es-demo-lead-1', { health: 'Unhealthy' });
    expect(ordersOf(sick)).toBeUndefined();
  });

  test('the node is restarted when the vote is gone', () => {
    const mayRestart = (given: Snapshot) => elasticsearch.mayRestart(given, nodeOf(given, 'es-demo-mixed-2'));
    expect(mayRestart(noVotes)).toMatchObject({ pass: false, hold: { reason: 'OrderNotInForce' } });
    expect(mayRestart(withOrdersInForce(noVotes))).toEqual({ pass: true });
  });

  test('all its nodes are emptied at once, so that no shard moves twice; none when too few would hold data', () => {
    const emptied = ['es-demo-mixed-2', 'es-demo-mixed-1', 'es-demo-mixed-0'];
    expect(ordersOf(noData)).toEqual({ ...NONE, emptied });
    expect(ordersOf(withView(noData, { copiesAsked: 3 }))).toBeUndefined();
    const node = nodeOf(noData, 'es-demo-mixed-2');
    expect(elasticsearch.mayRestart(withView(noData, { copiesAsked: 3 }), node)).toMatchObject({
      hold: { reason: 'TooFewNodes' },
    });
    expect(elasticsearch.mayRestart(noData, node)).toMatchObject({ hold: { reason: 'OrderNotInForce' } });
    expect(elasticsearch.mayRestart(withOrdersInForce(noData), node)).toEqual({ pass: true });
  });

  describe('a node that was told to stop', () => {
    const last = 'es-demo-mixed-2';
    const told = (given: Snapshot): Snapshot => {
      const pools = given.pools.map((pool) =>
        pool.name === 'mixed' && pool.statefulSet ? { ...pool, statefulSet: { ...pool.statefulSet, partition: 2 } } : pool,
      );
      return withPod({ ...given, pools }, last, { deleting: true, ready: false });
    };
    const votes = told(noVotes);
    const holds = told(noData);

    test.each<[string, Snapshot, Partial<ClusterOrders>]>([
      ['vote, while it stops', votes, { voteless: [last] }],
      ['vote, while nobody leads', withView(votes, { authoritative: false }), { voteless: [last] }],
      ['vote, when its pod is gone and its process has not been seen to end', withoutPod(votes, last), { voteless: [last] }],
      ['data, while nobody leads', withView(holds, { authoritative: false }), { emptied: [last] }],
      ['data, while another is not well', withView(holds, { copiesAsked: 3 }), { emptied: [last] }],
    ])('does not get back its %s', (_name, given, expected) => {
      expect(ordersOf(given)).toMatchObject(expected);
    });

    test('has its orders until the process with the old roles has ended, or is to keep them', () => {
      const { identity: _none, ...ended } = nodeOf(votes, last).pilot?.status ?? { observedGeneration: 1 };
      const gone = withNode(votes, last, (node) => (node.pilot ? { ...node, pilot: { ...node.pilot, status: ended } } : node));
      expect(ordersOf(gone)?.voteless).toEqual([]);
      expect(ordersOf(told(changed(all, lead)))?.voteless ?? []).toEqual([]);
    });
  });

  test('pools that take over are restarted before those that give up', () => {
    const swap = elasticsearchSnapshot({
      spec: {
        nodePools: [
          { name: 'mixed', roles: ['data'] },
          { name: 'other', roles: all },
        ],
      },
      running: {
        nodePools: [
          { name: 'mixed', roles: all },
          { name: 'other', roles: ['data'] },
        ],
      },
    });
    expect(elasticsearch.rollOrder(swap)).toEqual(['other', 'mixed']);
  });
});

test('what clients notice of a restart is said before: two masters have one vote between them', () => {
  const of = (replicas: number): string | undefined => {
    const given = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas }] } });
    return elasticsearch.costOfRestart(given, nodeOf(given, 'es-demo-mixed-0'));
  };
  expect([of(1), of(2), of(3)]).toEqual([
    expect.stringContaining('only one node can lead'),
    expect.stringContaining('only two nodes can lead'),
    undefined,
  ]);
});
