import type { Condition, PilotStatus } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { replaceNode } from './actions/replace-node.ts';
import { scale } from './actions/scale.ts';
import { updatePods } from './actions/update-pods.ts';
import { cassandra } from './engines/cassandra/index.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { isBroken, isHealthy } from './guards/node-state.ts';
import { plan } from './plan.ts';
import { templateHash } from './resources/stateful-set.ts';
import type { ClusterSnapshot, PodView } from './snapshot.ts';
import { buildStatus } from './status.ts';
import { withDesired } from './testing/leaving.ts';
import { cassandraSnapshot, elasticsearchSnapshot, nodeOf, NOW, withNode, withPilotStatus } from './testing/snapshots.ts';

type Snapshot = ReturnType<typeof elasticsearchSnapshot>;

const NODE = 'es-demo-mixed-1';

/** The spec names the node. */
function listed<S extends ClusterSnapshot>(snapshot: S, name = NODE): S {
  return withNode(snapshot, name, (node) => ({ ...node, suspended: true })) as S;
}

/** It was ordered, and has come about. */
function suspended(snapshot: Snapshot, status: Partial<PilotStatus> = {}): Snapshot {
  const stopped = withPilotStatus(withDesired(listed(snapshot), NODE, 'Suspended'), NODE, {
    phase: 'Suspended',
    health: 'Unknown',
    ...status,
  });
  return withPod(stopped, { ready: false });
}

function withPod(snapshot: Snapshot, change: Partial<PodView>, name = NODE): Snapshot {
  return withNode(snapshot, name, (node) => (node.pod === undefined ? node : { ...node, pod: { ...node.pod, ...change } }));
}

/** Three nodes on 8.15.0, the StatefulSet has the template of 8.19.9. */
function upgrading(): Snapshot {
  const snapshot = elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } });
  const [pool] = snapshot.cluster.spec.nodePools;
  if (pool === undefined) throw new TypeError('no pool');
  const template = templateHash({ snapshot, engine: elasticsearch, pool });
  return {
    ...snapshot,
    pools: snapshot.pools.map((view) =>
      view.statefulSet === undefined ? view : { ...view, statefulSet: { ...view.statefulSet, template, updateRevision: 'new' } },
    ),
  };
}

function desiredInPlan(snapshot: ClusterSnapshot, engine = elasticsearch): unknown {
  const pilot = plan(snapshot, engine).objects.find(({ kind, metadata }) => kind === 'Pilot' && metadata.name === NODE);
  return (pilot?.['spec'] as { desired?: string } | undefined)?.desired;
}

function notes(snapshot: ClusterSnapshot) {
  return plan(snapshot, elasticsearch).notes.filter(({ reason }) => reason === 'Suspended');
}

function conditions(snapshot: ClusterSnapshot): Record<string, Condition | undefined> {
  const status = buildStatus(snapshot, plan(snapshot, elasticsearch), elasticsearch);
  return Object.fromEntries(status.conditions.map((condition) => [condition.type, condition]));
}

describe('the order', () => {
  test('is written on the Pilot, and people are told in that pass', () => {
    const snapshot = listed(elasticsearchSnapshot());
    expect(desiredInPlan(snapshot)).toBe('Suspended');
    expect(notes(snapshot)).toEqual([
      { type: 'Normal', reason: 'Suspended', message: expect.stringContaining(`Suspended node "${NODE}"`) },
    ]);
    expect(notes(suspended(elasticsearchSnapshot()))).toEqual([]);
  });

  test('is taken back when the spec names the node no more', () => {
    const snapshot = withDesired(elasticsearchSnapshot(), NODE, 'Suspended');
    expect(desiredInPlan(snapshot)).toBeUndefined();
    expect(notes(snapshot)).toEqual([
      { type: 'Normal', reason: 'Suspended', message: `Node "${NODE}" is suspended no more and starts` },
    ]);
  });

  test('says what it costs while another node is away, or when only two can lead', () => {
    const other = withPod(listed(elasticsearchSnapshot()), { ready: false }, 'es-demo-mixed-0');
    expect(notes(other)[0]).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining('"es-demo-mixed-0" does not serve'),
    });
    const two = listed(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 2 }] } }));
    expect(notes(two)[0]).toMatchObject({ type: 'Warning', message: expect.stringContaining('may take no writes') });
  });

  test('waits while the cluster is paused', () => {
    const snapshot = elasticsearchSnapshot({ spec: { paused: true } });
    expect(plan(listed(snapshot), elasticsearch)).toMatchObject({ objects: [], notes: [] });
  });

  test.each(['Leaving', 'Decommissioned'] as const)('does not reach a node that is %s', (desired) => {
    const snapshot = elasticsearchSnapshot({
      spec: { nodePools: [{ name: 'mixed', replicas: 1 }] },
      running: { nodePools: [{ name: 'mixed', replicas: 2 }] },
    });
    expect(desiredInPlan(withDesired(listed(snapshot), NODE, desired))).toBe(desired);
  });
});

describe('the status', () => {
  test('says Ready False with the name, and that a person is waited for', () => {
    const { Ready, Stalled, Degraded } = conditions(suspended(elasticsearchSnapshot()));
    expect(Ready).toMatchObject({ status: 'False', reason: 'NodeSuspended' });
    expect(Ready?.message).toContain(`Suspended by spec.suspendedNodes: "${NODE}"; `);
    expect(Stalled).toMatchObject({ status: 'True', reason: 'NodeSuspended' });
    expect(Degraded?.status).not.toBe('False');
  });

  test('says of a node that still runs that it does', () => {
    expect(conditions(listed(elasticsearchSnapshot()))['Ready']?.message).toContain(`"${NODE}" (has not stopped yet)`);
  });

  test('tells what else is wrong and needs somebody before it', () => {
    const snapshot = withPod(
      suspended(elasticsearchSnapshot()),
      { ready: false, problem: { reason: 'ImagePullFailed', message: 'Pod "es-demo-mixed-2": no such image' } },
      'es-demo-mixed-2',
    );
    expect(conditions(snapshot)['Ready']).toMatchObject({ reason: 'ImagePullFailed' });
  });

  test('a name that is no node is told, and keeps the cluster from nothing', () => {
    const { Ready } = conditions(elasticsearchSnapshot({ spec: { suspendedNodes: ['es-demo-mixed-9'] } }));
    expect(Ready).toMatchObject({
      status: 'True',
      message:
        'Every node runs what the spec asks for; spec.suspendedNodes names "es-demo-mixed-9", and the cluster has no such node',
    });
  });
});

describe('what waits', () => {
  test('a node counts no more from the moment that the spec names it, until it serves again', () => {
    const before = elasticsearchSnapshot();
    expect(isHealthy(nodeOf(before, NODE), NOW)).toBe(true);
    expect(isHealthy(nodeOf(listed(before), NODE), NOW)).toBe(false);
    expect(isHealthy(nodeOf(withDesired(before, NODE, 'Suspended'), NODE), NOW)).toBe(false);
  });

  test('a roll', () => {
    expect(updatePods.evaluate(suspended(upgrading()), elasticsearch)).toMatchObject([
      { is: 'blocked', action: { target: 'es-demo-mixed-2' }, hold: { reason: 'NodeSuspended' } },
    ]);
  });

  test('a roll until the pilot has seen that its suspension was taken back, for it may still stop for it', () => {
    const lifted = withNode(upgrading(), NODE, (node) =>
      node.pilot === undefined ? node : { ...node, pilot: { ...node.pilot, generation: 3 } },
    );
    expect(updatePods.evaluate(lifted, elasticsearch)).toMatchObject([
      { is: 'blocked', hold: { reason: 'PilotNotReporting', message: `Pilot "${NODE}" has not seen its newest order yet` } },
    ]);
    expect(updatePods.evaluate(withPilotStatus(lifted, NODE, { observedGeneration: 3 }), elasticsearch)).toMatchObject([
      { is: 'ready' },
    ]);
  });

  test('not the replacement of another node that cannot come up', () => {
    const problem = { reason: 'ImagePullFailed', message: 'no such image' } as const;
    const broken = withPod(suspended(upgrading()), { ready: false, problem }, 'es-demo-mixed-0');
    expect(updatePods.evaluate(broken, elasticsearch)[0]).toMatchObject({ is: 'ready', first: true });
  });

  test.each([
    ['its container begins again', { problem: { reason: 'PodCrashLooping', message: 'back-off' } }, {}, false],
    ['its process failed as it was stopped', {}, { phase: 'Failed' }, false],
    ['no container can be made, so nobody works in it', { problem: { reason: 'ImagePullFailed', message: '' } }, {}, true],
  ] as const)('a suspended node is broken only where there is nothing to keep: %s', (_name, pod, status, expected) => {
    const node = nodeOf(withPod(suspended(elasticsearchSnapshot(), status), pod), NODE);
    expect(isBroken(node, NOW)).toBe(expected);
  });

  test('a node that leaves, and one that is suspended itself', () => {
    const shrinking = (replicas: number): Snapshot =>
      elasticsearchSnapshot({
        spec: { nodePools: [{ name: 'mixed', replicas }] },
        running: { nodePools: [{ name: 'mixed', replicas: 3 }] },
      });
    for (const replicas of [2, 1]) {
      const verdicts = scale.evaluate(suspended(shrinking(replicas)), elasticsearch);
      expect(verdicts).toMatchObject([{ is: 'blocked', hold: { reason: 'NodeSuspended' } }]);
    }
    const leaver = suspended(
      elasticsearchSnapshot({
        spec: { nodePools: [{ name: 'mixed', replicas: 1 }] },
        running: { nodePools: [{ name: 'mixed', replicas: 2 }] },
      }),
    );
    expect(scale.evaluate(leaver, elasticsearch)).toMatchObject([
      { is: 'blocked', action: { target: NODE }, hold: { reason: 'NodeSuspended' } },
    ]);
    expect(desiredInPlan(leaver)).toBe('Suspended');
  });

  test('the replacement of the node itself, whose volume claim was deleted', () => {
    const deleted = withNode(suspended(elasticsearchSnapshot()), NODE, (node) => ({ ...node, volumeDeletedAt: NOW - 1000 }));
    expect(replaceNode.evaluate(deleted, elasticsearch)).toMatchObject([{ is: 'blocked', hold: { reason: 'NodeSuspended' } }]);
  });

  test('new nodes of a Cassandra', () => {
    const grown = cassandraSnapshot({
      spec: { nodePools: [{ name: 'ring', replicas: 4 }] },
      running: { nodePools: [{ name: 'ring', replicas: 3 }] },
    });
    expect(scale.evaluate(grown, cassandra)).toMatchObject([{ is: 'ready' }]);
    expect(scale.evaluate(listed(grown, 'cass-demo-ring-1'), cassandra)).toMatchObject([
      { is: 'blocked', hold: { reason: 'NodeSuspended' } },
    ]);
  });
});
