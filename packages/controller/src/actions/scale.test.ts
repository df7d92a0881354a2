import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { plan, type Plan } from '../plan.ts';
import type { ClusterSnapshot, ClusterSpecBase } from '../snapshot.ts';
import { leaving, withDesired, withOrdersInForce } from '../testing/leaving.ts';
import {
  cassandraSnapshot,
  elasticsearchSnapshot,
  iso,
  nodeOf,
  NOW,
  withNode,
  withoutPilot,
  withoutPod,
  withPilotStatus,
  withView,
} from '../testing/snapshots.ts';
import { effectsOf } from '../testing/verdicts.ts';
import type { Effect, Verdict } from './action.ts';
import { scale } from './scale.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

function resized(from: number, to: number, more: Readonly<Record<string, unknown>> = {}): Snapshot {
  return elasticsearchSnapshot({
    spec: { nodePools: [{ name: 'mixed', replicas: to, ...more }] },
    running: { nodePools: [{ name: 'mixed', replicas: from, ...more }] },
  });
}

function verdictOf(snapshot: Snapshot): Verdict | undefined {
  return scale.evaluate(snapshot, elasticsearch)[0];
}

function wordsOf(verdict: Verdict | undefined): readonly string[] {
  return effectsOf(verdict).map(inWords);
}

function inWords(effect: Effect): string {
  switch (effect.do) {
    case 'apply': {
      const { kind, metadata, spec } = effect.object as typeof effect.object & { spec: Record<string, unknown> };
      const what = kind === 'Pilot' ? (spec['desired'] ?? 'Running') : `${String(spec['replicas'])} replicas`;
      return `${kind} ${metadata.name}: ${String(what)}`;
    }
    case 'event':
      return effect.event.message;
    default:
      return `${effect.do} ${effect.name}`;
  }
}

function pilotSpecs(decision: Plan): Record<string, { desired?: string; orders?: unknown }> {
  const pilots = decision.objects.filter(({ kind }) => kind === 'Pilot');
  return Object.fromEntries(pilots.map((pilot) => [pilot.metadata.name, pilot['spec'] as { desired?: string }]));
}

/** The Scale that stops this node runs for longer than ten minutes. */
function forLong(snapshot: Snapshot, target: string): Snapshot {
  const startedAt = iso(NOW - 601_000);
  const record = { action: 'Scale', nodePool: 'mixed', target, message: 'asked', startedAt, outcome: 'Running' } as const;
  const { cluster } = snapshot;
  return { ...snapshot, cluster: { ...cluster, status: { ...cluster.status, history: [record] } } };
}

const LAST = 'es-demo-mixed-4';
const fiveToThree = resized(5, 3);

test('more replicas come all at once', () => {
  expect(wordsOf(verdictOf(resized(3, 5)))).toEqual([
    'StatefulSet es-demo-mixed: 5 replicas',
    'Scaled node pool "mixed" to 5 replicas',
  ]);
});

describe('fewer replicas, step by step', () => {
  test('the highest ordinal begins to leave; nothing is stopped', () => {
    const verdict = verdictOf(fiveToThree);
    expect(verdict).toMatchObject({ is: 'ready', action: { name: 'Scale', target: LAST } });
    expect(verdict).not.toHaveProperty('stops');
    expect(wordsOf(verdict)).toEqual([
      `Pilot ${LAST}: Leaving`,
      `Pilot "${LAST}" gives its data and its vote away before it leaves`,
    ]);
  });

  test('every Pilot that can lead bears the order, and the second node follows', () => {
    const begun = withDesired(fiveToThree, LAST, 'Leaving');
    const orders = { emptied: [LAST], voteless: [LAST], restarting: [] };
    expect(pilotSpecs(plan(begun, elasticsearch))['es-demo-mixed-0']).toMatchObject({ orders });
    expect(wordsOf(verdictOf(begun))[0]).toBe('Pilot es-demo-mixed-3: Leaving');
  });

  test('two at a time: the third of three waits, and one vote at a time is taken', () => {
    const both = withDesired(withDesired(resized(5, 2), LAST, 'Leaving'), 'es-demo-mixed-3', 'Leaving');
    expect(verdictOf(both)).toMatchObject({ is: 'waiting', first: true, action: { target: LAST } });
    const orders = { emptied: [LAST, 'es-demo-mixed-3'], voteless: [LAST], restarting: [] };
    expect(elasticsearch.orders(both, nodeOf(both, 'es-demo-mixed-1'))).toEqual(orders);
  });

  test('with proof it is decommissioned and the StatefulSet gets one smaller, confirmed live', () => {
    const proven = leaving(resized(3, 2), 'es-demo-mixed-2');
    const verdict = verdictOf(proven);
    expect(verdict).toMatchObject({ is: 'ready', first: true, stops: 'es-demo-mixed-2' });
    expect(wordsOf(verdict)).toEqual([
      'Pilot es-demo-mixed-2: Decommissioned',
      'StatefulSet es-demo-mixed: 2 replicas',
      'Scaled node pool "mixed" to 2 replicas',
    ]);
  });

  test('a crash in the middle of that step: the next pass ends it', () => {
    const half = withOrdersInForce(withDesired(resized(3, 2), 'es-demo-mixed-2', 'Decommissioned'));
    expect(wordsOf(verdictOf(half))).toContain('StatefulSet es-demo-mixed: 2 replicas');
  });

  const smaller = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    pools: snapshot.pools.map((pool) =>
      pool.statefulSet ? { ...pool, statefulSet: { ...pool.statefulSet, replicas: 2, partition: 2 } } : pool,
    ),
  });

  test('its pod is awaited, then the master must have forgotten it, then its Pilot goes with all orders', () => {
    const stopping = smaller(withOrdersInForce(withDesired(resized(3, 2), 'es-demo-mixed-2', 'Decommissioned')));
    expect(verdictOf(stopping)).toMatchObject({ is: 'waiting', hold: { reason: 'NodeLeaving' } });
    const listed = withoutPod(stopping, 'es-demo-mixed-2');
    expect(verdictOf(listed)).toMatchObject({ is: 'waiting', hold: { reason: 'ClusterHealthUnknown' } });
    const gone = withView(listed, (view) => ({ ...view, members: view.members.slice(0, 2) }));
    expect(wordsOf(verdictOf(gone))).toEqual(['delete es-demo-mixed-2']);
    expect(verdictOf(gone)).toMatchObject({
      effects: [{ kind: 'Pilot', uid: 'pilot-es-demo-mixed-2', resourceVersion: 'version of pilot es-demo-mixed-2' }],
    });
  });

  describe('its pod hangs on a dead machine', () => {
    const gone = smaller(withOrdersInForce(withDesired(resized(3, 2), 'es-demo-mixed-2', 'Decommissioned')));
    const long = forLong(gone, 'es-demo-mixed-2');
    const silent = withPilotStatus(long, 'es-demo-mixed-2', { heartbeatTime: iso(NOW - 200_000) });

    test('people are told after ten minutes', () => {
      expect(verdictOf(silent)).toMatchObject({ is: 'waiting', hold: { event: { type: 'Warning', reason: 'ErrScale' } } });
    });

    test('it does not keep another pool waiting, as one that still reports does', () => {
      const removed = (given: Snapshot): string | undefined => {
        const other = elasticsearchSnapshot({ running: { nodePools: [{ name: 'mixed' }, { name: 'old', replicas: 1 }] } });
        const merged = { ...given, removedPools: other.removedPools };
        return plan(merged, elasticsearch).pending.find(({ blocked }) => blocked?.reason === 'ActionRunning')?.action;
      };
      expect(removed(long)).toBe('DeleteNodePool');
      expect(removed(silent)).toBeUndefined();
    });
  });

  test.each(['Leaving', 'Decommissioned'] as const)('taken back while %s: it runs again at once, without orders', (desired) => {
    const back = withDesired(resized(3, 3), 'es-demo-mixed-2', desired);
    const decision = plan(back, elasticsearch);
    expect(decision.step).toBeUndefined();
    expect(Object.values(pilotSpecs(decision)).filter((spec) => spec.desired ?? spec.orders)).toEqual([]);
    const sets = decision.objects.filter(({ kind }) => kind === 'StatefulSet');
    expect(sets).toMatchObject([{ spec: { replicas: 3 } }]);
  });
});

describe('proof is demanded', () => {
  const node = 'es-demo-mixed-2';
  const proven = leaving(resized(3, 2), node);
  const unseen = withView(proven, (view) => ({ ...view, orders: view.orders && { ...view.orders, generation: 0 } }));

  test.each<[string, Snapshot, string]>([
    ['copies that are not told', leaving(resized(3, 2), node, { copies: undefined }), 'ClusterHealthUnknown'],
    ['copies', leaving(resized(3, 2), node, { copies: 1 }), 'NodeLeaving'],
    ['shards without a node', withView(proven, { unassigned: 1 }), 'NodeLeaving'],
    ['an unknown number of shards without a node', withView(proven, { unassigned: undefined }), 'NodeLeaving'],
    ['a vote', leaving(resized(3, 2), node, { voter: true }), 'NodeLeaving'],
    ['a vote that is not told', leaving(resized(3, 2), node, { voter: undefined }), 'NodeLeaving'],
    ['no word of orders', withView(proven, { orders: undefined }), 'OrderNotInForce'],
    ['a look that was made with older orders', unseen, 'OrderNotInForce'],
    ['a red cluster', withView(proven, { health: 'Red' }), 'ClusterHealthRed'],
    ['an unknown health', withView(proven, { health: 'Unknown' }), 'ClusterHealthUnknown'],
    ['no master', withView(proven, { authoritative: false }), 'ClusterHealthUnknown'],
    ['another node that is not well', withPilotStatus(proven, 'es-demo-mixed-1', { health: 'Unhealthy' }), 'PilotNotReady'],
    ['an old report', { ...proven, now: NOW + 200_000 }, 'PilotNotReporting'],
  ])('%s: it goes on running', (_name, snapshot, reason) => {
    expect(verdictOf(snapshot)).toMatchObject({ hold: { reason } });
  });

  test('a transient setting in the way is named', () => {
    const orders = { emptied: [], voteless: [], restarting: [], problem: 'a transient setting hides it' };
    expect(verdictOf(withView(proven, { orders }))).toMatchObject({ hold: { message: expect.stringContaining('transient') } });
  });

  test('after ten minutes people are told', () => {
    const long = forLong(leaving(resized(3, 2), node, { copies: 3 }), node);
    expect(verdictOf(long)).toMatchObject({ is: 'waiting', hold: { event: { type: 'Warning', reason: 'ErrScale' } } });
  });
});

describe('it does not begin', () => {
  const oneLess = resized(3, 2);
  const warm = [{ name: 'mixed', roles: ['master', 'data_hot', 'data_content'] }];
  const cold = elasticsearchSnapshot({
    spec: { nodePools: warm },
    running: { nodePools: [...warm, { name: 'cold', replicas: 1, roles: ['data_cold'] }] },
  });

  test.each<[string, Snapshot, string]>([
    ['without a healthy cluster', withView(oneLess, { health: 'Red' }), 'ClusterHealthRed'],
    [
      'while a node that stays is not well',
      withPilotStatus(oneLess, 'es-demo-mixed-0', { health: 'Unhealthy' }),
      'PilotNotReady',
    ],
    ['with fewer nodes than copies', withView(oneLess, { copiesAsked: 3 }), 'TooFewNodes'],
    ['when it is not known how many copies there are', withView(oneLess, { copiesAsked: undefined }), 'ClusterHealthUnknown'],
    ['before the cluster has formed', { ...oneLess, cluster: { ...oneLess.cluster, annotations: {} } }, 'ClusterNotFormed'],
  ])('%s', (_name, snapshot, reason) => {
    expect(verdictOf(snapshot)).toMatchObject({ is: 'blocked', hold: { reason } });
  });

  test('for the last node of a tier that holds shards', () => {
    const last = withPilotStatus(cold, 'es-demo-cold-0', { data: { bytes: 9, shards: 3 } });
    expect(elasticsearch.mayLeave(last, nodeOf(last, 'es-demo-cold-0'))).toMatchObject({
      pass: false,
      hold: { reason: 'TooFewNodes', message: expect.stringContaining('data_cold') },
    });
    const empty = withPilotStatus(cold, 'es-demo-cold-0', { data: { bytes: 0, shards: 0 } });
    expect(elasticsearch.mayLeave(empty, nodeOf(empty, 'es-demo-cold-0'))).toEqual({ pass: true });
  });

  test('Cassandra: not in this release', () => {
    const given = cassandraSnapshot({
      spec: { nodePools: [{ name: 'ring', replicas: 2 }] },
      running: { nodePools: [{ name: 'ring', replicas: 3 }] },
    });
    expect(scale.evaluate(given, cassandra)).toMatchObject([{ is: 'blocked', hold: { reason: 'ScaleInUnsupported' } }]);
  });
});

/** A node without a word of its pilot, whose pod is not ready. */
function silent<Spec extends ClusterSpecBase>(snapshot: ClusterSnapshot<Spec>, name: string): ClusterSnapshot<Spec> {
  return withNode(snapshot, name, ({ pod, pilot, ...node }) => ({
    ...node,
    ...(pod ? { pod: { ...pod, ready: false } } : {}),
    ...(pilot ? { pilot: { ...pilot, status: { observedGeneration: -1 } } } : {}),
  }));
}

describe('a node that tells nothing and has no volume may have run', () => {
  const name = 'es-demo-mixed-3';
  const red = withView(silent(resized(4, 3), name), { health: 'Red' });
  const ring = (replicas: number) => ({ nodePools: [{ name: 'ring', replicas }] });

  test('Elasticsearch: it asks as others do, unless its pod never had a machine', () => {
    expect(verdictOf(red)).toMatchObject({ is: 'blocked', hold: { reason: 'ClusterHealthUnknown' } });
    const problem = { reason: 'PodNotScheduled', message: 'no room' } as const;
    const unplaced = withNode(red, name, ({ pod, ...node }) => ({ ...node, ...(pod ? { pod: { ...pod, problem } } : {}) }));
    expect(verdictOf(unplaced)).toMatchObject({ is: 'ready' });
  });

  test('Cassandra: it stays', () => {
    const given = silent(cassandraSnapshot({ spec: ring(2), running: ring(3) }), 'cass-demo-ring-2');
    expect(scale.evaluate(given, cassandra)).toMatchObject([{ is: 'blocked', hold: { reason: 'ScaleInUnsupported' } }]);
  });
});

test('a node that never ran goes without asking anybody', () => {
  const name = 'es-demo-mixed-3';
  const claims = [{ name: `data-${name}`, uid: 'claim', owners: [] }];
  const red = withView({ ...silent(resized(4, 3), name), claims }, { health: 'Red' });
  expect(wordsOf(verdictOf(red))[0]).toBe('Pilot es-demo-mixed-3: Leaving');
  expect(wordsOf(verdictOf(withDesired(red, 'es-demo-mixed-3', 'Leaving')))[0]).toBe('Pilot es-demo-mixed-3: Decommissioned');
});

test('a pod that serves without a Pilot is counted, and gets its Pilot back', () => {
  const given = withoutPilot(resized(4, 3), 'es-demo-mixed-3');
  const decision = plan(given, elasticsearch);
  expect(decision.step?.action).toMatchObject({ name: 'CreatePilot', target: 'es-demo-mixed-3' });
  expect(decision.objects.find(({ kind }) => kind === 'StatefulSet')).toMatchObject({ spec: { replicas: 4 } });
});

describe('a Pilot of a node that leaves, deleted by hand while the node is not ready', () => {
  const notReady = withNode(resized(5, 3), LAST, ({ pod, ...node }) => ({
    ...node,
    hasServed: true,
    ...(pod ? { pod: { ...pod, ready: false } } : {}),
  }));

  test('its volume has served: it is counted, and gets its Pilot back', () => {
    const decision = plan(withoutPilot(notReady, LAST), elasticsearch);
    expect(decision.step?.action).toMatchObject({ name: 'CreatePilot', target: LAST });
    expect(decision.objects.find(({ kind }) => kind === 'StatefulSet')).toMatchObject({ spec: { replicas: 5 } });
  });

  test.each(['Leaving', 'Decommissioned'] as const)('no node below it is stopped for good while %s', (desired) => {
    const below = withDesired(resized(5, 3), 'es-demo-mixed-3', desired);
    const proven = desired === 'Leaving' ? leaving(below, 'es-demo-mixed-3') : below;
    expect(verdictOf(withoutPilot(proven, LAST))).toMatchObject({
      is: 'waiting',
      hold: { message: expect.stringContaining(LAST) },
    });
    const going = withNode(proven, LAST, ({ pilot, ...node }) => ({
      ...node,
      ...(pilot ? { pilot: { ...pilot, deleting: true } } : {}),
    }));
    expect(verdictOf(going)).toMatchObject({ is: 'waiting' });
  });
});

describe('one pool gets smaller and a later one larger with one edit', () => {
  const pools = (a: number, b: number) => ({
    nodePools: [
      { name: 'aa', replicas: a },
      { name: 'bb', replicas: b },
    ],
  });
  const both = elasticsearchSnapshot({ spec: pools(3, 3), running: pools(4, 2) });

  test('the new node comes first: nobody may leave before it is there', () => {
    expect(plan(both, elasticsearch).step?.action).toMatchObject({ name: 'Scale', nodePool: 'bb', target: 'es-demo-bb' });
  });

  test('also when the leave has begun and cannot go on for want of room', () => {
    const begun = leaving(both, 'es-demo-aa-3', { copies: 3 });
    expect(plan(begun, elasticsearch).step?.action).toMatchObject({ name: 'Scale', target: 'es-demo-bb' });
  });

  test('and before a pool that is removed', () => {
    const given = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'bb', replicas: 3 }] }, running: pools(4, 2) });
    expect(plan(given, elasticsearch).step?.action).toMatchObject({ name: 'Scale', target: 'es-demo-bb' });
  });
});

test('a leave that has begun comes before an upgrade, one that has not comes after', () => {
  const both = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    cluster: { ...snapshot.cluster, spec: { ...snapshot.cluster.spec, version: '8.15.3' } },
  });
  expect(plan(both(leaving(resized(3, 2), 'es-demo-mixed-2', { copies: 3 })), elasticsearch).pending[0]?.action).toBe('Scale');
  expect(plan(both(resized(3, 2)), elasticsearch).pending[0]?.action).toBe('UpdateVersion');
});
