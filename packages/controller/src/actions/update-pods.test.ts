import type { ClusterView } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { plan } from '../plan.ts';
import { revisionOf } from '../resources/revision.ts';
import { templateHash } from '../resources/stateful-set.ts';
import { leaving, withVolumeDeleted } from '../testing/leaving.ts';
import { withPod, withStatefulSet } from '../testing/pods.ts';
import {
  iso,
  nodeOf,
  NOW,
  elasticsearchSnapshot,
  withPilotStatus,
  withoutPilot,
  withoutPod,
  withView,
} from '../testing/snapshots.ts';
import type { ClusterSnapshot, StatefulSetView } from '../snapshot.ts';
import type { Verdict } from './action.ts';
import { replaceNode } from './replace-node.ts';
import { updatePods } from './update-pods.ts';

type Snapshot = ReturnType<typeof elasticsearchSnapshot>;

/** Three nodes on 8.15.0, the spec asks for 8.19.9 and the StatefulSet already holds the new template. */
function upgrading(): Snapshot {
  const snapshot = elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } });
  return withStatefulSet(snapshot, { template: wantedTemplate(snapshot), updateRevision: 'new' });
}

function wantedRevision(snapshot: ClusterSnapshot, name?: string): string {
  const { nodePools } = snapshot.cluster.spec;
  const pool = name === undefined ? nodePools[0] : nodePools.find((each) => each.name === name);
  if (pool === undefined) throw new Error('no pool');
  return revisionOf(snapshot.cluster, pool, elasticsearch);
}

function wantedTemplate(snapshot: ClusterSnapshot): string {
  const pool = snapshot.cluster.spec.nodePools[0];
  if (pool === undefined) throw new Error('no pool');
  return templateHash({ snapshot, engine: elasticsearch, pool });
}

/** The node's pod was replaced, and it serves on the new version. */
function withUpdated(snapshot: Snapshot, name: string): Snapshot {
  const replaced = withPod(snapshot, name, {
    revision: wantedRevision(snapshot, nodeOf(snapshot, name).pool),
    controllerRevision: 'new',
  });
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
  expect(verdictOf(withStatefulSet(upgrading(), { template: 'old' }))).toMatchObject({
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

/** What the StatefulSet shall be as a child, or by the step. */
function strategyOf(snapshot: Snapshot): unknown {
  const { objects, step } = plan(snapshot, elasticsearch);
  const applied = (step?.effects ?? []).flatMap((effect) => (effect.do === 'apply' ? [effect.object] : []));
  const set = [...objects, ...applied].find(({ kind }) => kind === 'StatefulSet');
  return (set?.['spec'] as { updateStrategy?: unknown } | undefined)?.updateStrategy;
}

const rolling = (partition: number): unknown => ({ type: 'RollingUpdate', rollingUpdate: { partition } });

describe('a node that cannot come up is replaced although nothing is healthy', () => {
  const broken = withView(withPod(upgrading(), 'es-demo-mixed-1', crash), { health: 'Red' });

  test('first the StatefulSet is told to replace nothing by itself, since the partition would take healthy nodes too', () => {
    expect(verdictOf(broken)).toMatchObject({ is: 'ready', action: { name: 'UpdateVersion', target: 'es-demo-mixed-1' } });
    expect(strategyOf(broken)).toEqual({ type: 'OnDelete' });
    expect(messagesOf(verdictOf(broken))).toEqual(['Updating replica es-demo-mixed-1 to version 8.19.9']);
  });

  test('then this very pod is deleted', () => {
    const taken = withStatefulSet(broken, { onDelete: true });
    expect(verdictOf(taken)).toMatchObject({
      is: 'ready',
      effects: [{ do: 'deletePod', name: 'es-demo-mixed-1', uid: 'pod-es-demo-mixed-1' }],
    });
    expect(verdictOf(withStatefulSet(broken, { onDelete: true, observed: false }))).toMatchObject({ is: 'waiting' });
  });

  test('the strategy stays until the pod is there again, and goes back taking nothing', () => {
    const taken = withStatefulSet(broken, { onDelete: true });
    const gone = withoutPod(taken, 'es-demo-mixed-1');
    expect(verdictOf(gone)).toMatchObject({ is: 'waiting', hold: { reason: 'StatefulSetNotObserved' } });
    expect(strategyOf(gone)).toEqual({ type: 'OnDelete' });
    const back = withUpdated(withPod(taken, 'es-demo-mixed-1', { problem: undefined } as never), 'es-demo-mixed-1');
    expect(strategyOf(back)).toEqual(rolling(3));
    expect(verdictOf(withStatefulSet(back, { onDelete: false }))).toMatchObject({ is: 'blocked' });
  });

  test('several go together: one alone may be too few for a quorum', () => {
    const all = ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'].reduce(
      (snapshot, name) => withPod(snapshot, name, crash),
      withStatefulSet(upgrading(), { onDelete: true }),
    );
    expect(verdictOf(all)).toMatchObject({ effects: ['2', '1', '0'].map((ordinal) => ({ name: `es-demo-mixed-${ordinal}` })) });
  });

  test('a pod that was never made, because the old template was refused, is made from the new one', () => {
    const silent = withPilotStatus(upgrading(), 'es-demo-mixed-1', { heartbeatTime: iso(NOW - 200_000) });
    const missing = withoutPod(silent, 'es-demo-mixed-1');
    expect(strategyOf(missing)).toEqual({ type: 'OnDelete' });
    // One that is only between two pods is waited for.
    expect(strategyOf(withoutPod(upgrading(), 'es-demo-mixed-1'))).toEqual(rolling(3));
  });

  test('a pod with the same spec but an older rendering (a pilot image that is gone) is lost as well', () => {
    const snapshot = withStatefulSet(elasticsearchSnapshot(), { updateRevision: 'new' });
    expect(strategyOf(withPod(snapshot, 'es-demo-mixed-0', crash))).toEqual({ type: 'OnDelete' });
    expect(verdictOf(snapshot)).toBeUndefined();
  });
});

test('broken nodes behind one that is not ready are deleted: the StatefulSet controller would wait for ever', () => {
  const first = withUpdated(withStatefulSet(upgrading(), { partition: 0 }), 'es-demo-mixed-2');
  const taken = withPod(first, 'es-demo-mixed-2', { ready: false });
  expect(verdictOf(withPod(taken, 'es-demo-mixed-1', { deleting: true }))).toMatchObject({ is: 'waiting' });
  const broken = ['es-demo-mixed-0', 'es-demo-mixed-1'].reduce((snapshot, name) => withPod(snapshot, name, crash), taken);
  expect(verdictOf(broken)).toMatchObject({
    is: 'ready',
    effects: [
      { do: 'deletePod', name: 'es-demo-mixed-1' },
      { do: 'deletePod', name: 'es-demo-mixed-0' },
    ],
  });
});

describe('the spec changes again in the middle of a roll', () => {
  const halfway = ['es-demo-mixed-2', 'es-demo-mixed-1'].reduce(withUpdated, withStatefulSet(upgrading(), { partition: 1 }));
  const starting = withPilotStatus(halfway, 'es-demo-mixed-1', { health: 'Unhealthy' });

  test('the new template comes with a partition that takes nobody', () => {
    expect(strategyOf(starting)).toEqual(rolling(1));
    expect(strategyOf(withStatefulSet(starting, { template: 'of the spec before' }))).toEqual(rolling(3));
  });

  test('and each node has its turn again, gated', () => {
    const taken = withStatefulSet(starting, { partition: 3, updateRevision: 'newer' });
    expect(verdictOf(taken)).toMatchObject({
      is: 'blocked',
      action: { target: 'es-demo-mixed-2' },
      hold: { reason: 'PilotNotReady' },
    });
  });

  test('pods with the newest template keep it when no pod is left of the current revision', () => {
    const done = withUpdated(halfway, 'es-demo-mixed-0');
    expect(strategyOf(withStatefulSet(done, { partition: 3 }))).toEqual(rolling(0));
  });
});

test('a node whose data a newer version has opened is not put on an older one', () => {
  const back = elasticsearchSnapshot({ spec: { version: '8.15.0' }, running: { version: '8.19.9' } });
  const snapshot = withStatefulSet(back, { template: wantedTemplate(back), updateRevision: 'new' });
  expect(verdictOf(snapshot)).toMatchObject({ is: 'blocked', hold: { reason: 'VersionPath' } });
  const crashed = withPilotStatus(withPod(snapshot, 'es-demo-mixed-2', crash), 'es-demo-mixed-2', { dataVersion: '8.19.9' });
  expect(verdictOf(crashed)).toMatchObject({
    is: 'blocked',
    action: { target: 'es-demo-mixed-2' },
    hold: { reason: 'VersionPath' },
  });
});

test('the end waits for pods that are only absent', () => {
  const done = ['es-demo-mixed-2', 'es-demo-mixed-1'].reduce(withUpdated, withStatefulSet(upgrading(), { partition: 1 }));
  expect(verdictOf(withoutPod(done, 'es-demo-mixed-0'))).toMatchObject({ is: 'waiting', action: { target: 'es-demo-mixed-0' } });
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

const RESOURCES = { resources: { requests: { cpu: '1', memory: '4Gi' }, limits: { memory: '4Gi' } } };
test.each([
  ['AdjustResources', RESOURCES, 'Updating replica es-demo-mixed-2 to the new resources'],
  ['UpdateConfig', { config: { 'node.attr.disk': 'ssd' } }, 'Updating replica es-demo-mixed-2 to the new configuration'],
  ['RestartNodePool', { restartedAt: 'now' }, 'Restarting replica es-demo-mixed-2'],
  ['AdjustResources', { ...RESOURCES, restartedAt: 'now' }, 'Updating replica es-demo-mixed-2 to the new resources'],
  ['UpdateConfig', { ...RESOURCES, nodeSelector: { disk: 'ssd' } }, 'Updating replica es-demo-mixed-2 to the new configuration'],
])('a change without another version is called %s: %j', (name, fields, message) => {
  const snapshot = elasticsearchSnapshot({
    spec: { nodePools: [{ name: 'mixed', ...fields }] },
    running: { nodePools: [{ name: 'mixed' }] },
  });
  const ready = withStatefulSet(snapshot, { template: wantedTemplate(snapshot), updateRevision: 'new' });
  expect(verdictOf(ready)).toMatchObject({ is: 'ready', action: { name, target: 'es-demo-mixed-2' } });
  expect(messagesOf(verdictOf(ready))).toEqual([message]);
  const older = withPod(ready, 'es-demo-mixed-2', { revisionParts: undefined });
  expect(verdictOf(older), 'a pod of a release that did not tell').toMatchObject({ action: { name: 'UpdateConfig' } });
});

describe('the last old node, which all others may not let join any more', () => {
  const last = ['es-demo-mixed-2', 'es-demo-mixed-1'].reduce(withUpdated, withStatefulSet(upgrading(), { partition: 1 }));
  const alone = withPilotStatus(
    withView(last, (view) => ({ ...view, members: view.members.filter(({ name }) => name !== 'es-demo-mixed-0') })),
    'es-demo-mixed-0',
    { health: 'Unhealthy', version: '8.15.0' },
  );
  const shutOut = withPod(alone, 'es-demo-mixed-0', { ready: false });
  test('is made anew with the new version, although it is not healthy', () => {
    expect(verdictOf(shutOut)).toMatchObject({ is: 'ready', action: { name: 'UpdateVersion', target: 'es-demo-mixed-0' } });
    expect(strategyOf(shutOut)).toEqual({ type: 'OnDelete' });
    expect(verdictOf(withStatefulSet(shutOut, { onDelete: true, partition: 3 }))).toMatchObject({
      effects: [{ do: 'deletePod', name: 'es-demo-mixed-0' }],
    });
  });
  test('is waited for while one of its own version is a member, or nobody knows the members', () => {
    const older = withView(shutOut, (view) => ({
      ...view,
      members: view.members.map((member) => ({ ...member, version: '8.15.0' })),
    }));
    expect(verdictOf(older)).toMatchObject({ is: 'waiting' });
    expect(verdictOf(withView(shutOut, { authoritative: false }))).toMatchObject({ is: 'waiting' });
  });
});

test('a node that comes back late is told of under the name of its roll', () => {
  const snapshot = elasticsearchSnapshot({
    spec: { version: '8.19.9', nodePools: [{ name: 'mixed', ...RESOURCES }] },
    running: { version: '8.19.9', nodePools: [{ name: 'mixed' }] },
  });
  const taken = withStatefulSet(snapshot, { template: wantedTemplate(snapshot), updateRevision: 'new', partition: 2 });
  const updated = withUpdated(taken, 'es-demo-mixed-2');
  const sick = withPilotStatus(updated, 'es-demo-mixed-2', { health: 'Unhealthy' });
  expect(verdictOf(withPod(sick, 'es-demo-mixed-2', { createdAt: NOW - 60_000 }))).toMatchObject({
    hold: {
      event: {
        reason: 'ErrAdjustResources',
        message: 'Pilot "es-demo-mixed-2" has not finished updating to the new resources',
      },
    },
  });
});

test('a roll is called as it began until it ends', () => {
  const record = {
    action: 'RestartNodePool',
    nodePool: 'mixed',
    message: 'asked',
    startedAt: iso(NOW),
    outcome: 'Running',
  } as const;
  const snapshot = withStatefulSet(elasticsearchSnapshot({ status: { history: [record] } }), { partition: 0 });
  expect(verdictOf(snapshot)).toMatchObject({ is: 'ready', action: { name: 'RestartNodePool', why: 'asked' } });
  expect(messagesOf(verdictOf(snapshot))).toEqual(['Restarted node pool "mixed"']);
});

test('a pod of the newest template is not replaced for a stray annotation, and a ready one is never lost', () => {
  const snapshot = elasticsearchSnapshot();
  expect(verdictOf(withPod(snapshot, 'es-demo-mixed-0', { revision: 'by hand' }))).toBeUndefined();
  const failed = withPilotStatus(withStatefulSet(snapshot, { updateRevision: 'new' }), 'es-demo-mixed-0', { phase: 'Failed' });
  expect(verdictOf(failed)).toBeUndefined();
});

test('a node that was never told to start does not hold an update up: it may be waiting for that very update', () => {
  const pools = [{ name: 'mixed' }, { name: 'late', replicas: 1 }];
  const snapshot = elasticsearchSnapshot({
    spec: { version: '8.19.9', nodePools: pools },
    running: { version: '8.15.0', nodePools: pools },
  });
  const ready = withStatefulSet(snapshot, { template: wantedTemplate(snapshot), updateRevision: 'new' });
  const waiting = withoutPilot(withPod(ready, 'es-demo-late-0', { ready: false }), 'es-demo-late-0');
  const alone = withView(waiting, (view) => ({
    ...view,
    members: view.members.filter(({ name }) => name !== 'es-demo-late-0'),
  }));
  expect(updatePods.evaluate(alone, elasticsearch)[0]).toMatchObject({ is: 'ready', action: { target: 'es-demo-mixed-2' } });
});

function viewOf(snapshot: Snapshot, name: string): ClusterView {
  const view = nodeOf(snapshot, name).pilot?.status.view;
  if (view === undefined) throw new TypeError(`${name} has no view`);
  return view;
}

/** Three pools of one node; all but the last have the new version, or only those that are named. */
function lastOfThree(updated: readonly string[] = ['es-demo-za-0', 'es-demo-zb-0']): Snapshot {
  const nodePools = ['za', 'zb', 'zc'].map((name) => ({ name, replicas: 1 }));
  const snapshot = elasticsearchSnapshot({
    spec: { version: '8.19.9', nodePools },
    running: { version: '8.15.0', nodePools },
  });
  const pools = snapshot.pools.map((view) => {
    const { statefulSet, spec: pool } = view;
    if (statefulSet === undefined || pool === undefined) throw new TypeError('no pool');
    const isDone = updated.includes(`es-demo-${view.name}-0`);
    const template = templateHash({ snapshot, engine: elasticsearch, pool });
    return {
      ...view,
      statefulSet: {
        ...statefulSet,
        template,
        updateRevision: 'new',
        ...(isDone ? { currentRevision: 'new' } : {}),
      },
    };
  });
  return updated.reduce(withUpdated, { ...snapshot, pools });
}

describe('a node whose volume would go with its pod', () => {
  const name = 'es-demo-mixed-2';

  test('is not stopped by a roll, and others are not kept waiting for it', () => {
    const doomed = withVolumeDeleted(upgrading(), name);
    expect(verdictOf(upgrading())).toMatchObject({ is: 'ready', stops: name });
    expect(verdictOf(doomed)).toMatchObject({ is: 'blocked', yields: true, hold: { reason: 'ActionRunning' } });
  });

  test('takes the new template with its new volume when the roll has come to it', () => {
    const first = 'es-demo-mixed-0';
    const others = withUpdated(withUpdated(withStatefulSet(upgrading(), { partition: 1 }), name), 'es-demo-mixed-1');
    const lost = withPod(withPilotStatus(others, first, { phase: 'Failed', health: 'Unhealthy' }), first, { ready: false });
    const unlisted = withView(lost, (view) => ({ ...view, members: view.members.filter((member) => member.name !== first) }));
    const led = withView(withPilotStatus(unlisted, 'es-demo-mixed-1', { view: viewOf(unlisted, first) }), {
      authoritative: true,
    });
    const [verdict] = replaceNode.evaluate(withVolumeDeleted(led, first), elasticsearch);
    expect(verdict).toMatchObject({ is: 'ready', stops: first });
    expect(partitionOf(verdict)).toBe(0);
  });

  test('takes it also when its pool is at rest and all others have it: with the old version it could not join any more', () => {
    const last = lastOfThree();
    const [verdict] = replaceNode.evaluate(leaving(withVolumeDeleted(last, 'es-demo-zc-0'), 'es-demo-zc-0'), elasticsearch);
    expect(verdict).toMatchObject({ is: 'ready', stops: 'es-demo-zc-0' });
    expect(partitionOf(verdict)).toBe(0);
    // Not before its turn: it comes back as it was, and the next pool takes the new version first.
    const early = leaving(withVolumeDeleted(lastOfThree(['es-demo-za-0']), 'es-demo-zc-0'), 'es-demo-zc-0');
    expect(replaceNode.evaluate(early, elasticsearch)[0]).toMatchObject({ effects: [{ do: 'deletePod' }, {}] });
  });

  test('once that is told to its StatefulSet, it is not told again', () => {
    const change = (snapshot: Snapshot, to: Partial<StatefulSetView>): Verdict | undefined => {
      const pools = snapshot.pools.map((pool) =>
        pool.name === 'zc' && pool.statefulSet ? { ...pool, statefulSet: { ...pool.statefulSet, ...to } } : pool,
      );
      return replaceNode.evaluate(
        leaving(withVolumeDeleted({ ...snapshot, pools }, 'es-demo-zc-0'), 'es-demo-zc-0'),
        elasticsearch,
      )[0];
    };
    expect(change(lastOfThree(), { partition: 0, observed: false })).toMatchObject({
      hold: { reason: 'StatefulSetNotObserved' },
    });
    expect(change(lastOfThree(), { partition: 0 })).toMatchObject({ is: 'waiting', hold: { reason: 'PilotOutdated' } });
  });

  test('holds up the pools that come after its own: the order of the roll is kept', () => {
    const first = withVolumeDeleted(lastOfThree([]), 'es-demo-za-0');
    expect(updatePods.evaluate(first, elasticsearch)).toMatchObject([
      { is: 'blocked', yields: true, action: { nodePool: 'za' } },
      { is: 'blocked', yields: true, action: { nodePool: 'zb' }, hold: { reason: 'ActionRunning' } },
      { is: 'blocked', yields: true, action: { nodePool: 'zc' }, hold: { reason: 'ActionRunning' } },
    ]);
    expect(updatePods.evaluate(lastOfThree([]), elasticsearch)).toContainEqual(expect.objectContaining({ is: 'ready' }));
    const second = withVolumeDeleted(lastOfThree([]), 'es-demo-zb-0');
    expect(updatePods.evaluate(second, elasticsearch)[0]).toMatchObject({ is: 'ready', stops: 'es-demo-za-0' });
  });

  test('has to leave, and is not replaced, when the spec asks for it no more', () => {
    const smaller = elasticsearchSnapshot({
      spec: { version: '8.19.9', nodePools: [{ name: 'mixed', replicas: 2 }] },
      running: { version: '8.15.0', nodePools: [{ name: 'mixed', replicas: 3 }] },
    });
    const snapshot = withStatefulSet(smaller, { template: wantedTemplate(smaller), updateRevision: 'new' });
    const message = expect.stringContaining('has to leave first');
    expect(verdictOf(withVolumeDeleted(snapshot, name))).toMatchObject({ is: 'blocked', yields: true, hold: { message } });
  });

  test('is not rescued from a bad template either', () => {
    const problem = { reason: 'ImagePullFailed', message: 'not found' } as const;
    const broken = withPod(upgrading(), name, { ready: false, problem });
    const effects = (snapshot: Snapshot): string[] =>
      updatePods
        .evaluate(snapshot, elasticsearch)
        .flatMap((verdict) => (verdict.is === 'ready' ? verdict.effects.map((each) => each.do) : []));
    expect(effects(broken)).not.toEqual([]);
    expect(effects(withVolumeDeleted(broken, name))).toEqual([]);
  });
});
