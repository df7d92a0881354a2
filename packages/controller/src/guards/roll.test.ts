import { describe, expect, test } from 'vitest';
import { updatePods } from '../actions/update-pods.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import type { NodeView } from '../snapshot.ts';
import { leaving, withVolumeDeleted } from '../testing/leaving.ts';
import { wantedTemplate } from '../testing/planner-model.ts';
import { withHanging, withPod, withStatefulSet } from '../testing/pods.ts';
import { elasticsearchSnapshot, iso, nodesOf, NOW, withNode, withPilotStatus } from '../testing/snapshots.ts';
import { rollOf } from './roll.ts';

const [FIRST, SECOND, THIRD] = ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'] as const;
type Snapshot = ReturnType<typeof elasticsearchSnapshot>;

/** Three nodes, and the spec asks for another configuration than the one that they were made with. */
function corrected(replicas = 3): Snapshot {
  const snapshot = elasticsearchSnapshot({
    spec: { nodePools: [{ name: 'mixed', replicas, config: { 'node.attr.disk': 'ssd' } }] },
    running: { nodePools: [{ name: 'mixed', replicas: 3 }] },
  });
  const [pool] = snapshot.pools;
  const template = pool && wantedTemplate(snapshot, elasticsearch, pool)?.hash;
  return withStatefulSet(snapshot, { template, updateRevision: 'new' });
}

function lostOf(snapshot: Snapshot): string[] {
  const [view] = snapshot.pools;
  const roll = view && rollOf({ snapshot, engine: elasticsearch, view });
  return (roll?.lost ?? []).map(({ name }) => name);
}

describe('a node that runs and waits in vain is lost once the spec asks for something else', () => {
  test('be its turn in the roll come or not', () => {
    for (const name of [FIRST, SECOND, THIRD]) expect(lostOf(withHanging(corrected(), name))).toEqual([name]);
  });

  test('and is deleted without asking for the health of the others; none that serves is touched', () => {
    const hung = withStatefulSet(withHanging(corrected(), SECOND), { onDelete: true, partition: 3 });
    expect(updatePods.evaluate(hung, elasticsearch)).toMatchObject([
      { is: 'ready', first: true, effects: [{ do: 'deletePod', name: SECOND, uid: `pod-${SECOND}` }] },
    ]);
  });

  test('with all others that do so, after everything was down for long: one alone could not elect a master', () => {
    const down = nodesOf(corrected()).reduce((snapshot, { name }) => withHanging(snapshot, name), corrected());
    expect(lostOf(down)).toEqual([THIRD, SECOND, FIRST]);
  });

  test('but not before it has had its time: a second edit does not cut a start that goes well', () => {
    const process = { startedAt: iso(NOW - 60_000), restarts: 0 };
    const starting = withPilotStatus(withHanging(corrected(), SECOND), SECOND, { process });
    expect(lostOf(starting)).toEqual([]);
    expect(updatePods.evaluate(starting, elasticsearch)).toMatchObject([{ is: 'blocked', hold: { reason: 'PilotNotReady' } }]);
    const later = withPilotStatus(starting, SECOND, { heartbeatTime: iso(NOW + 61_000) });
    expect(lostOf({ ...later, now: NOW + 61_000 })).toEqual([SECOND]);
  });

  test('and not with data that the version asked for cannot read', () => {
    const hung = withPilotStatus(withHanging(corrected(), SECOND), SECOND, { dataVersion: '8.19.9' });
    expect(updatePods.evaluate(hung, elasticsearch)).toMatchObject([{ is: 'blocked', hold: { reason: 'VersionPath' } }]);
  });
});

describe('a node that waits in vain is let be', () => {
  const hung = withHanging(corrected(), THIRD);
  const change = (fields: Partial<NodeView>): Snapshot => withNode(hung, THIRD, (node) => ({ ...node, ...fields }));

  test.each([
    ['when its pod is what the spec asks for: it has all the time there is', withPod(hung, THIRD, { controllerRevision: 'new' })],
    ['when its pod differs by Navigator’s own rendering alone: in an outage an upgrade restarts nobody', rendered()],
    ['until the new template is observed', withStatefulSet(hung, { observed: false })],
    ['when its pod is on its way out', withPod(hung, THIRD, { deleting: true })],
    ['when its volume would go with its pod', withVolumeDeleted(hung, THIRD)],
    ['when it is suspended', change({ suspended: true })],
    ['when it leaves for good', leaving(withHanging(corrected(2), THIRD), THIRD)],
  ])('%s', (_name, snapshot) => {
    expect(lostOf(snapshot)).toEqual([]);
  });

  test('but not for being asked for no more, before it has begun to leave: it has to run for that', () => {
    expect(lostOf(withHanging(corrected(2), THIRD))).toEqual([THIRD]);
  });
});

/** Its user asks for what it has, and a newer Navigator renders that otherwise. */
function rendered(): Snapshot {
  return withHanging(withStatefulSet(elasticsearchSnapshot(), { updateRevision: 'new' }), THIRD);
}
