import { describe, expect, test } from 'vitest';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { revisionOf } from '../resources/revision.ts';
import { iso, NOW, elasticsearchSnapshot, withNode, withPilotStatus, withoutPod, withView } from '../testing/snapshots.ts';
import type { ClusterSnapshot, PodView, StatefulSetView } from '../snapshot.ts';
import type { Verdict } from './action.ts';
import { updatePods } from './update-pods.ts';

type Snapshot = ReturnType<typeof elasticsearchSnapshot>;

/** Three nodes on 8.15.0, the spec asks for 8.19.9 and the StatefulSet already holds the new template. */
function upgrading(): Snapshot {
  const snapshot = elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } });
  return withStatefulSet(snapshot, { revision: wantedRevision(snapshot), updateRevision: 'new' });
}

function wantedRevision(snapshot: ClusterSnapshot): string {
  const pool = snapshot.cluster.spec.nodePools[0];
  if (pool === undefined) throw new Error('no pool');
  return revisionOf(snapshot.cluster, pool, elasticsearch);
}

function withStatefulSet(snapshot: Snapshot, change: Partial<StatefulSetView>): Snapshot {
  return {
    ...snapshot,
    pools: snapshot.pools.map((pool) =>
      pool.statefulSet === undefined ? pool : { ...pool, statefulSet: { ...pool.statefulSet, ...change } },
    ),
  };
}

function withPod(snapshot: Snapshot, name: string, change: Partial<PodView>): Snapshot {
  return withNode(snapshot, name, (node) => (node.pod === undefined ? node : { ...node, pod: { ...node.pod, ...change } }));
}

/** The node's pod was replaced, and it serves on the new version. */
function withUpdated(snapshot: Snapshot, name: string): Snapshot {
  const replaced = withPod(snapshot, name, { revision: wantedRevision(snapshot) });
  const reported = withPilotStatus(replaced, name, { version: '8.19.9' });
  return withView(reported, (view) => ({
    ...view,
    members: view.members.map((member) => (member.name === name ? { ...member, version: '8.19.9' } : member)),
  }));
}

function verdictOf(snapshot: Snapshot): Verdict | undefined {
  const verdicts = updatePods.evaluate(snapshot, elasticsearch);
  expect(verdicts.length).toBeLessThanOrEqual(1);
  return verdicts[0];
}

function partitionOf(verdict: Verdict | undefined): unknown {
  if (verdict?.is !== 'ready') return undefined;
  const apply = verdict.effects.find((effect) => effect.do === 'apply');
  const { spec } = (apply?.do === 'apply' ? apply.object : {}) as {
    spec?: { updateStrategy?: { rollingUpdate?: { partition?: number } } };
  };
  return spec?.updateStrategy?.rollingUpdate?.partition;
}

function messagesOf(verdict: Verdict | undefined): string[] {
  return verdict?.is === 'ready'
    ? verdict.effects.flatMap((effect) => (effect.do === 'event' ? [effect.event.message] : []))
    : [];
}

test('nothing to do when every pod is of the wanted revision', () => {
  expect(verdictOf(elasticsearchSnapshot())).toBeUndefined();
});

test('the highest ordinal goes first, one at a time', () => {
  const verdict = verdictOf(upgrading());
  expect(verdict).toMatchObject({ is: 'ready', action: { name: 'UpdateVersion', target: 'es-demo-mixed-2' } });
  expect(partitionOf(verdict)).toBe(2);
  expect(messagesOf(verdict)).toEqual(['Updating replica es-demo-mixed-2 to version 8.19.9']);
});

test('the next one goes when the one before is back with the new version', () => {
  const verdict = verdictOf(withUpdated(withStatefulSet(upgrading(), { partition: 2 }), 'es-demo-mixed-2'));
  expect(partitionOf(verdict)).toBe(1);
});

test('the template must be in the StatefulSet, and seen by its controller, before a pod is given up', () => {
  expect(verdictOf(withStatefulSet(upgrading(), { revision: 'old' }))).toMatchObject({
    is: 'blocked',
    hold: { reason: 'StatefulSetNotObserved' },
  });
  expect(verdictOf(withStatefulSet(upgrading(), { observed: false }))).toMatchObject({
    is: 'blocked',
    hold: { reason: 'StatefulSetNotObserved' },
  });
});

test('a step that was taken waits for the StatefulSet controller, and is not taken again', () => {
  expect(verdictOf(withStatefulSet(upgrading(), { partition: 2 }))).toMatchObject({
    is: 'waiting',
    action: { target: 'es-demo-mixed-2' },
  });
});

describe('a step that was taken waits for the node', () => {
  const taken = withUpdated(withStatefulSet(upgrading(), { partition: 2 }), 'es-demo-mixed-2');
  test('while its pod is missing', () => {
    expect(verdictOf(withoutPod(taken, 'es-demo-mixed-2'))).toMatchObject({ is: 'waiting', hold: { reason: 'PilotNotReady' } });
  });
  test('while its Pilot still speaks of the pod before', () => {
    expect(verdictOf(withPod(taken, 'es-demo-mixed-2', { uid: 'newer' }))).toMatchObject({
      is: 'waiting',
      hold: { reason: 'PilotNotReporting' },
    });
  });
  test('while it reports another version', () => {
    const verdict = verdictOf(withPilotStatus(taken, 'es-demo-mixed-2', { version: '8.15.0' }));
    expect(verdict).toMatchObject({ is: 'waiting', hold: { reason: 'PilotOutdated' } });
  });
  test('while it is not healthy, and says so as an event only when it takes long', () => {
    const young = withPod(withPilotStatus(taken, 'es-demo-mixed-2', { health: 'Unhealthy' }), 'es-demo-mixed-2', {
      createdAt: NOW - 5_000,
    });
    const soon = verdictOf(young);
    expect(soon).toMatchObject({ is: 'waiting' });
    expect(soon?.is === 'waiting' ? soon.hold.event : 'none').toBeUndefined();
    const late = verdictOf(withPod(young, 'es-demo-mixed-2', { createdAt: NOW - 60_000 }));
    expect(late).toMatchObject({
      hold: {
        event: {
          type: 'Warning',
          reason: 'ErrUpdateVersion',
          message: 'Pilot "es-demo-mixed-2" has not finished updating to version "8.19.9"',
        },
      },
    });
  });
});

describe('a healthy node is not given up', () => {
  test('while another one is not healthy', () => {
    const verdict = verdictOf(withPilotStatus(upgrading(), 'es-demo-mixed-0', { health: 'Unhealthy' }));
    expect(verdict).toMatchObject({ is: 'blocked', hold: { reason: 'PilotNotReady' } });
  });
  test('while the cluster is Red or Yellow', () => {
    expect(verdictOf(withView(upgrading(), { health: 'Red' }))).toMatchObject({
      is: 'blocked',
      hold: { reason: 'ClusterHealthRed' },
    });
    expect(verdictOf(withView(upgrading(), { health: 'Yellow' }))).toMatchObject({
      is: 'blocked',
      hold: { reason: 'ClusterHealthYellow' },
    });
  });
  test('while a pilot is silent', () => {
    const silent = withPilotStatus(upgrading(), 'es-demo-mixed-1', { heartbeatTime: iso(NOW - 10 * 60_000) });
    expect(verdictOf(silent)).toMatchObject({ is: 'blocked', hold: { reason: 'PilotNotReporting' } });
  });
});

const crash = { ready: false, problem: { reason: 'PodCrashLooping' as const, message: 'Pod "x" ended 3 times' } };

test('a node that cannot come up is replaced although nothing is healthy', () => {
  const broken = withView(
    withPod(withUpdated(withStatefulSet(upgrading(), { partition: 2 }), 'es-demo-mixed-2'), 'es-demo-mixed-2', {
      ...crash,
      revision: 'bad',
    }),
    { health: 'Red' },
  );
  const rolling = withStatefulSet(broken, { partition: 3 });
  expect(partitionOf(verdictOf(rolling))).toBe(2);
});

test('nodes that all cannot come up are replaced together, since one alone makes no quorum', () => {
  const all = ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'].reduce(
    (snapshot, name) => withPod(snapshot, name, crash),
    upgrading(),
  );
  expect(partitionOf(verdictOf(all))).toBe(0);
});

test('broken nodes behind one that is not ready are deleted: the StatefulSet controller would wait for ever', () => {
  const taken = withPod(withStatefulSet(upgrading(), { partition: 0 }), 'es-demo-mixed-2', {
    revision: wantedRevision(upgrading()),
    ready: false,
  });
  expect(verdictOf(withPod(taken, 'es-demo-mixed-1', { deleting: true }))).toMatchObject({ is: 'waiting' });
  const broken = ['es-demo-mixed-0', 'es-demo-mixed-1'].reduce(
    (snapshot, name) => withPod(snapshot, name, { ...crash, uid: `uid of ${name}` }),
    taken,
  );
  expect(verdictOf(broken)).toMatchObject({
    is: 'ready',
    effects: [
      { do: 'deletePod', name: 'es-demo-mixed-1', uid: 'uid of es-demo-mixed-1' },
      { do: 'deletePod', name: 'es-demo-mixed-0', uid: 'uid of es-demo-mixed-0' },
    ],
  });
  // Above the partition only, and only once that is seen.
  expect(verdictOf(withStatefulSet(broken, { partition: 1 }))).toMatchObject({ effects: [{ name: 'es-demo-mixed-1' }] });
  expect(verdictOf(withStatefulSet(broken, { observed: false }))).toMatchObject({ is: 'waiting' });
});

test('the end: the partition rises only when the new revision is the current one', () => {
  const done = ['es-demo-mixed-2', 'es-demo-mixed-1', 'es-demo-mixed-0'].reduce(
    withUpdated,
    withStatefulSet(upgrading(), { partition: 0 }),
  );
  expect(verdictOf(done)).toMatchObject({ is: 'waiting', hold: { reason: 'StatefulSetNotObserved' } });
  const recorded = verdictOf(withStatefulSet(done, { currentRevision: 'new' }));
  expect(partitionOf(recorded)).toBe(3);
  expect(messagesOf(recorded)).toEqual(['Updated node pool "mixed" to version "8.19.9"']);
});

test('resources changed without the version: UpdateConfig', () => {
  const resources = { requests: { cpu: '1', memory: '4Gi' }, limits: { memory: '4Gi' } };
  const snapshot = elasticsearchSnapshot({
    spec: { nodePools: [{ name: 'mixed', resources }] },
    running: { nodePools: [{ name: 'mixed' }] },
  });
  const ready = withStatefulSet(snapshot, { revision: wantedRevision(snapshot) });
  expect(verdictOf(ready)).toMatchObject({ is: 'ready', action: { name: 'UpdateConfig', target: 'es-demo-mixed-2' } });
});
