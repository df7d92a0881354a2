import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { desiredOf } from '../guards/desired-state.ts';
import { plan } from '../plan.ts';
import { buildDisruptionBudget } from '../resources/disruption-budget.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { leaving, withDesired, withOrders, withVolumeDeleted } from '../testing/leaving.ts';
import {
  cassandraSnapshot,
  elasticsearchSnapshot,
  iso,
  nodeOf,
  NOW,
  withNode,
  withoutPod,
  withPilotStatus,
  withView,
} from '../testing/snapshots.ts';
import type { Verdict } from './action.ts';
import { replaceNode } from './replace-node.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

const NODE = 'es-demo-mixed-2';
const OTHER = 'es-demo-mixed-1';
const three = withVolumeDeleted(elasticsearchSnapshot(), NODE);
/** Two nodes with two copies of all: neither can give its data to the other. */
const twoNodes = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 2 }] } });
const two = withVolumeDeleted(twoNodes, OTHER);

function verdictsOf(snapshot: Snapshot): readonly Verdict[] {
  return replaceNode.evaluate(snapshot, elasticsearch);
}

function verdictOf(snapshot: Snapshot): Verdict | undefined {
  return verdictsOf(snapshot)[0];
}

function effectsOf(verdict: Verdict | undefined): readonly string[] {
  if (verdict?.is !== 'ready') return [];
  return verdict.effects.flatMap((effect) => {
    if (effect.do === 'apply')
      return [`${effect.object.metadata.name}: ${JSON.stringify(Object(effect.object['spec']).desired)}`];
    return effect.do === 'deletePod' ? [`delete ${effect.name} ${effect.uid} ${effect.resourceVersion}`] : [];
  });
}

/** The node has a pod that is not ready, its process has ended, and the master does not list it. */
function lost(snapshot: Snapshot, name: string): Snapshot {
  const failed = withPilotStatus(snapshot, name, { phase: 'Failed', health: 'Unhealthy' });
  const down = withNode(failed, name, (node) =>
    node.pod === undefined ? node : { ...node, pod: { ...node.pod, ready: false } },
  );
  return withView(down, (view) => ({
    ...view,
    members: view.members.filter((member) => member.name !== name),
    health: 'Yellow',
  }));
}

test('without a claim that was deleted there is nothing to do', () => {
  expect(verdictsOf(elasticsearchSnapshot())).toEqual([]);
});

describe('a node that serves', () => {
  test('begins to leave, and is not stopped yet', () => {
    expect(effectsOf(verdictOf(three))).toEqual([`${NODE}: "Leaving"`]);
    expect(verdictOf(three)).not.toHaveProperty('stops');
  });

  test('gives away data and vote by orders; they end when its volume is another one', () => {
    const begun = withDesired(three, NODE, 'Leaving');
    const orders = { emptied: [NODE], voteless: [NODE], restarting: [] };
    expect(elasticsearch.orders(begun, nodeOf(begun, 'es-demo-mixed-0'))).toEqual(orders);
    const { volumeDeletedAt: _gone, ...replaced } = nodeOf(begun, NODE);
    expect(desiredOf(replaced)).toBe('Running');
  });

  test.each([
    ['while it holds shards', leaving(three, NODE, { copies: 3 }), 'NodeLeaving'],
    ['while it has a vote', leaving(three, NODE, { voter: true }), 'NodeLeaving'],
    ['until the orders are in force', withOrders(withDesired(three, NODE, 'Leaving')), 'OrderNotInForce'],
  ] as const)('keeps its pod %s, and keeps nothing else waiting', (_when, snapshot, reason) => {
    expect(verdictOf(snapshot)).toMatchObject({ is: 'waiting', yields: true, hold: { reason } });
  });

  test('with proof this very pod is deleted, after a live look', () => {
    const verdict = verdictOf(leaving(three, NODE));
    expect(verdict).toMatchObject({ is: 'ready', stops: NODE, action: { name: 'ReplaceNode', target: NODE } });
    expect(effectsOf(verdict)).toEqual([`delete ${NODE} pod-${NODE} version of pod-${NODE}`]);
  });

  test('an index that is short of a copy for another reason does not keep it', () => {
    const yellow = withView(leaving(three, NODE), { health: 'Yellow', unassigned: 1 });
    expect(effectsOf(verdictOf(yellow))).toHaveLength(1);
  });

  test.each([
    ['Red', withView(leaving(three, NODE), { health: 'Red' }), 'ClusterHealthRed'],
    ['unknown', withView(leaving(three, NODE), { health: 'Unknown' }), 'ClusterHealthUnknown'],
    ['short of another node', withPilotStatus(leaving(three, NODE), OTHER, { health: 'Unhealthy' }), 'PilotNotReady'],
  ] as const)('is kept while the cluster is %s', (_how, snapshot, reason) => {
    expect(verdictOf(snapshot)).toMatchObject({ is: 'blocked', hold: { reason } });
  });
});

describe('the report of the elected master', () => {
  const FIRST = 'es-demo-mixed-0';
  const late = { heartbeatTime: iso(NOW - 80_000) };

  test('is no proof when it is older than a heartbeat, whether it lists the node or not', () => {
    expect(verdictOf(withPilotStatus(leaving(three, NODE), FIRST, late))).toMatchObject({
      is: 'waiting',
      hold: { reason: 'ClusterHealthUnknown' },
    });
    expect(verdictOf(withPilotStatus(lost(three, NODE), FIRST, late))).toMatchObject({
      is: 'blocked',
      hold: { reason: 'ClusterHealthUnknown' },
    });
  });

  test('is none either when its pilot has not seen its newest order', () => {
    expect(verdictOf(withPilotStatus(lost(three, NODE), FIRST, { observedGeneration: 0 }))).toMatchObject({ is: 'blocked' });
  });
});

describe('a node whose data the others cannot take', () => {
  test('leaves as well; its vote is asked for at once, by its identity, since it is never empty', () => {
    expect(effectsOf(verdictOf(two))).toEqual([`${OTHER}: "Leaving"`]);
    const begun = withDesired(two, OTHER, 'Leaving');
    const orders = { emptied: [OTHER], voteless: [`id-${OTHER}`], restarting: [] };
    expect(elasticsearch.orders(begun, nodeOf(begun, 'es-demo-mixed-0'))).toEqual(orders);
  });

  test('is replaced once every shard on it has a good copy on another node', () => {
    expect(effectsOf(verdictOf(leaving(two, OTHER, { copies: 5 })))).toHaveLength(1);
    const sole = leaving(two, OTHER, { copies: 5, unshared: 1 });
    expect(verdictOf(sole)).toMatchObject({ is: 'waiting', hold: { reason: 'DataNotElsewhere' } });
    const moving = withView(sole, { recovering: 1 });
    expect(verdictOf(moving)).toMatchObject({ is: 'waiting', hold: { reason: 'NodeLeaving' } });
    const silent = leaving(two, OTHER, { copies: 5, unshared: undefined });
    expect(verdictOf(silent)).toMatchObject({ is: 'waiting', hold: { reason: 'ClusterHealthUnknown' } });
  });

  test('keeps its pod while it has the only vote', () => {
    expect(verdictOf(leaving(two, OTHER, { copies: 5, voter: true }))).toMatchObject({ is: 'waiting' });
  });

  test('the last one with data, and the last one that can lead, do not even begin', () => {
    const alone = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 1 }] } });
    const roles = [
      { name: 'masters', replicas: 1, roles: ['master'] },
      { name: 'data', replicas: 1, roles: ['data'] },
    ];
    const apart = elasticsearchSnapshot({ spec: { nodePools: roles } });
    for (const snapshot of [
      withVolumeDeleted(alone, 'es-demo-mixed-0'),
      withVolumeDeleted(apart, 'es-demo-masters-0'),
      withVolumeDeleted(apart, 'es-demo-data-0'),
    ])
      expect(verdictOf(snapshot)).toMatchObject({ is: 'blocked', yields: true, hold: { reason: 'DataNotElsewhere' } });
  });
});

describe('a node that the master does not list', () => {
  test('is replaced at once while every primary is elsewhere', () => {
    expect(effectsOf(verdictOf(lost(three, NODE)))).toEqual([`delete ${NODE} pod-${NODE} version of pod-${NODE}`]);
    expect(effectsOf(verdictOf(lost(two, OTHER)))).toHaveLength(1);
  });

  test('is kept while data is missing, with what a person may do', () => {
    const red = withView(lost(three, NODE), { health: 'Red' });
    expect(verdictOf(red)).toMatchObject({ is: 'blocked', hold: { reason: 'ClusterHealthRed' } });
    expect(verdictOf(red)).toHaveProperty('hold.message', expect.stringContaining(`volume of "${NODE}" alone`));
    const blind = withView(lost(three, NODE), { authoritative: false });
    expect(verdictOf(blind)).toMatchObject({ is: 'blocked', hold: { reason: 'ClusterHealthUnknown' } });
  });

  test('need not wait for another one that is lost as well', () => {
    const both = withVolumeDeleted(
      lost(lost(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 5 }] } }), NODE), OTHER),
      NODE,
    );
    expect(effectsOf(verdictOf(both))).toHaveLength(1);
  });
});

describe('between two pods', () => {
  test('the old one is waited for; one that hangs on a dead machine is told', () => {
    const going = withNode(leaving(three, NODE), NODE, (node) =>
      node.pod ? { ...node, pod: { ...node.pod, deleting: true } } : node,
    );
    expect(verdictOf(going)).toMatchObject({ is: 'waiting', yields: true, hold: { reason: 'NodeLeaving' } });
    const silent = withPilotStatus(going, NODE, { heartbeatTime: iso(NOW - 200_000) });
    expect(verdictOf(silent)).toHaveProperty('hold.message', expect.stringContaining('by force'));
    expect(verdictOf(withoutPod(three, NODE))).toMatchObject({ is: 'waiting' });
  });

  test('a pod that no machine has does not keep its claim, so it is left alone', () => {
    const problem = { reason: 'PodNotScheduled', message: `Pod "${NODE}" cannot be scheduled` } as const;
    const pending = withNode(lost(three, NODE), NODE, (node) => (node.pod ? { ...node, pod: { ...node.pod, problem } } : node));
    expect(verdictOf(pending)).toMatchObject({ is: 'waiting', hold: { reason: 'PodNotScheduled' } });
  });

  test('with its new volume the node is waited for, as long as status remembers the Action', () => {
    const record = {
      action: 'ReplaceNode',
      nodePool: 'mixed',
      target: NODE,
      message: 'asked',
      startedAt: iso(NOW),
      outcome: 'Running',
    };
    const starts = withPilotStatus(elasticsearchSnapshot({ status: { history: [{ ...record, outcome: 'Running' }] } }), NODE, {
      phase: 'Starting',
    });
    expect(verdictOf(starts)).toMatchObject({
      is: 'waiting',
      yields: true,
      action: { target: NODE },
      hold: { reason: 'PilotNotReady' },
    });
    expect(verdictsOf(elasticsearchSnapshot({ status: { history: [{ ...record, outcome: 'Running' }] } }))).toEqual([]);
  });
});

describe('beside other Actions', () => {
  test('nodes leave one at a time', () => {
    const both = withVolumeDeleted(withDesired(three, NODE, 'Leaving'), OTHER);
    const [other] = verdictsOf(both);
    expect(other).toMatchObject({ is: 'blocked', action: { target: OTHER }, hold: { reason: 'ActionRunning' } });
  });

  test('what others want goes on, and may be what it waits for', () => {
    const growing = elasticsearchSnapshot({
      spec: { nodePools: [{ name: 'mixed', replicas: 2 }] },
      running: { nodePools: [{ name: 'mixed', replicas: 1 }] },
    });
    const { step, pending } = plan(withVolumeDeleted(growing, 'es-demo-mixed-0'), elasticsearch);
    expect(step?.action.name).toBe('Scale');
    expect(pending.map(({ action, blocked }) => [action, blocked?.reason])).toContainEqual(['ReplaceNode', 'DataNotElsewhere']);
  });

  describe('while others shall leave for good', () => {
    const smaller = elasticsearchSnapshot({
      spec: { nodePools: [{ name: 'mixed', replicas: 3 }] },
      running: { nodePools: [{ name: 'mixed', replicas: 4 }] },
    });
    const doomed = withVolumeDeleted(smaller, OTHER);

    test('none begins once this one has: they may find no room together', () => {
      expect(plan(doomed, elasticsearch).step?.action).toMatchObject({ name: 'ReplaceNode', target: OTHER });
      const { step, pending } = plan(leaving(doomed, OTHER, { copies: 1 }), elasticsearch);
      expect(step).toBeUndefined();
      const scale = pending.find(({ action }) => action === 'Scale');
      expect(scale).toMatchObject({ blocked: { reason: 'ActionRunning', message: `Comes after ReplaceNode of "${OTHER}"` } });
    });

    test('one that has begun does not keep this one, when it has nothing left to give', () => {
      const nodePools = (replicas: number): object[] => [
        { name: 'masters', replicas: 3, roles: ['master'] },
        { name: 'data', replicas, roles: ['data'] },
      ];
      const split = elasticsearchSnapshot({ spec: { nodePools: nodePools(3) }, running: { nodePools: nodePools(4) } });
      const begun = withDesired(withVolumeDeleted(split, 'es-demo-data-1'), 'es-demo-data-1', 'Leaving');
      const both = leaving(begun, 'es-demo-data-3', { copies: 2 });
      expect(plan(both, elasticsearch).step).toMatchObject({ stops: 'es-demo-data-1', action: { name: 'ReplaceNode' } });
    });
  });

  test('a node that is suspended keeps its pod', () => {
    const suspended = withNode(lost(three, NODE), NODE, (node) => ({ ...node, suspended: true }));
    expect(verdictOf(suspended)).toMatchObject({ is: 'blocked', hold: { reason: 'NodeSuspended' } });
  });

  test('one that has given up all it had keeps it as well: until the pod goes, the leave is taken back and begins again', () => {
    const suspended = withNode(leaving(three, NODE), NODE, (node) => ({ ...node, suspended: true }));
    expect(verdictOf(suspended)).toMatchObject({ is: 'blocked', yields: true, hold: { reason: 'NodeSuspended' } });
    expect(desiredOf(nodeOf(suspended, NODE))).toBe('Suspended');
    expect(elasticsearch.orders(suspended, nodeOf(suspended, 'es-demo-mixed-0'))).toBeUndefined();
  });

  test('no eviction takes it either', () => {
    const budgetOf = (snapshot: Snapshot): unknown => buildDisruptionBudget(snapshot, elasticsearch).spec;
    expect(budgetOf(elasticsearchSnapshot())).toMatchObject({ maxUnavailable: 1 });
    const none = { maxUnavailable: 0, unhealthyPodEvictionPolicy: 'IfHealthyBudget' };
    expect(budgetOf(three)).toMatchObject(none);
    // Nor one that leaves for good, until it has given up all it has.
    const nodePools = [{ name: 'mixed', replicas: 2 }];
    const smaller = elasticsearchSnapshot({ spec: { nodePools }, running: { nodePools: [{ name: 'mixed', replicas: 3 }] } });
    expect(budgetOf(withVolumeDeleted(leaving(smaller, NODE), NODE))).toMatchObject(none);
    expect(budgetOf(withVolumeDeleted(withDesired(smaller, NODE, 'Decommissioned'), NODE))).toMatchObject({ maxUnavailable: 1 });
  });

  test('people are told when it takes long', () => {
    const long = withVolumeDeleted(three, NODE, NOW - 61_000);
    expect(verdictOf(withView(long, { health: 'Red' }))).toMatchObject({ hold: { event: { reason: 'ErrReplaceNode' } } });
    expect(verdictOf(leaving(long, NODE, { copies: 1 }))).not.toHaveProperty('hold.event');
    const longer = withVolumeDeleted(three, NODE, NOW - 601_000);
    expect(verdictOf(leaving(longer, NODE, { copies: 1 }))).toMatchObject({ hold: { event: { type: 'Warning' } } });
  });
});

test('a Cassandra node is never replaced, whether it serves or not', () => {
  const name = 'cass-demo-ring-1';
  const ring = withVolumeDeleted(cassandraSnapshot(), name);
  for (const snapshot of [ring, withPilotStatus(ring, name, { phase: 'Failed' })]) {
    expect(replaceNode.evaluate(snapshot, cassandra)).toMatchObject([{ is: 'blocked', hold: { reason: 'ReplaceUnsupported' } }]);
    expect(plan(snapshot, cassandra).step).toBeUndefined();
  }
});
