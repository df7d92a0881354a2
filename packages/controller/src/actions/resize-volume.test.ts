import { describe, expect, test } from 'vitest';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { buildStatefulSet, templateHash } from '../resources/stateful-set.ts';
import { plan } from '../plan.ts';
import type { ClaimView, ClusterSnapshot, StatefulSetView } from '../snapshot.ts';
import { elasticsearchSnapshot, type SnapshotOptions, withNode, withoutPod, withPilotStatus } from '../testing/snapshots.ts';
import { effectsOf } from '../testing/verdicts.ts';
import type { Effect, Verdict } from './action.ts';
import { resizeVolume } from './resize-volume.ts';

type Claims = Readonly<Record<number, Partial<ClaimView>>>;

/** Three nodes whose volumes and template have 1Gi, where nothing else is said; the spec asks for 2Gi. */
function growing(claims: Claims = {}, set: Partial<StatefulSetView> = {}, options: SnapshotOptions = {}): ClusterSnapshot {
  const all = [0, 1, 2].map((ordinal): ClaimView => {
    const name = `data-es-demo-mixed-${ordinal}`;
    return { name, uid: `uid-${ordinal}`, owners: [], requested: '1Gi', capacity: '1Gi', ...claims[ordinal] };
  });
  const spec = { nodePools: [{ name: 'mixed', persistence: { size: '2Gi' } }] };
  const snapshot = elasticsearchSnapshot({ spec, claims: all, ...options });
  const pools = snapshot.pools.map((pool) =>
    pool.statefulSet === undefined ? pool : { ...pool, statefulSet: { ...pool.statefulSet, claimSize: '1Gi', ...set } },
  );
  return { ...snapshot, pools };
}

const ALL_ASK: Claims = { 0: { requested: '2Gi' }, 1: { requested: '2Gi' }, 2: { requested: '2Gi' } };
const GROWN = { requested: '2Gi', capacity: '2Gi' };
const ALL_GROWN: Claims = { 0: GROWN, 1: GROWN, 2: GROWN };

function verdictOf(snapshot: ClusterSnapshot): Verdict | undefined {
  const verdicts = resizeVolume.evaluate(snapshot, elasticsearch);
  expect(verdicts.length).toBeLessThan(2);
  return verdicts[0];
}

function deedsOf(verdict: Verdict | undefined): readonly Effect[] {
  return effectsOf(verdict).filter((effect) => effect.do !== 'event');
}

test('the StatefulSet keeps a template that the spec asks for otherwise as well; its claims grow all the same', () => {
  const fixed = [{ field: 'storageClass', asked: 'slow', has: 'fast' }] as const;
  const pinned = (snapshot: ClusterSnapshot): ClusterSnapshot => ({
    ...snapshot,
    pools: snapshot.pools.map((pool) => ({ ...pool, fixed })),
  });
  expect(deedsOf(verdictOf(pinned(growing())))).toHaveLength(3);
  expect(verdictOf(growing(ALL_GROWN))).toMatchObject({ is: 'ready' });
  expect(verdictOf(pinned(growing(ALL_GROWN)))).toBeUndefined();
});

describe('claims', () => {
  test('all that are smaller than asked for are asked to grow at once, each as it was seen', () => {
    expect(deedsOf(verdictOf(growing({ 1: { requested: '2Gi' } })))).toEqual([
      { do: 'resizeClaim', name: 'data-es-demo-mixed-0', uid: 'uid-0', size: '2Gi' },
      { do: 'resizeClaim', name: 'data-es-demo-mixed-2', uid: 'uid-2', size: '2Gi' },
    ]);
  });

  test('also while nodes are missing or a change is rolled out: a full disk cannot wait for health', () => {
    expect(verdictOf(withoutPod(growing(), 'es-demo-mixed-1'))).toMatchObject({ is: 'ready' });
    expect(verdictOf(growing({}, { partition: 1 }))).toMatchObject({ is: 'ready' });
    expect(verdictOf(growing({}, { onDelete: true }))).toMatchObject({ is: 'ready' });
  });

  test('nothing shrinks: a claim that asks for more is left as it is', () => {
    expect(
      verdictOf(growing({ 0: { requested: '3Gi', capacity: '3Gi' }, 1: GROWN, 2: GROWN }, { claimSize: '3Gi' })),
    ).toBeUndefined();
  });

  test('one without a volume cannot grow yet, the others do', () => {
    const claims: Claims = { 0: { capacity: undefined } as never };
    expect(deedsOf(verdictOf(growing(claims)))).toHaveLength(2);
    const rest = verdictOf(growing({ 0: { capacity: undefined } as never, 1: GROWN, 2: GROWN }));
    expect(rest).toMatchObject({
      is: 'waiting',
      hold: { reason: 'VolumeResizing', message: expect.stringContaining('no volume yet') },
    });
  });

  test('one that is being deleted, and those of nodes that are gone, are left alone', () => {
    expect(deedsOf(verdictOf(growing({ 0: { leaving: true } })))).toHaveLength(2);
    const former: ClaimView = { name: 'data-es-demo-mixed-7', uid: 'uid-7', owners: [], requested: '1Gi', capacity: '1Gi' };
    const snapshot = growing(ALL_GROWN, { claimSize: '2Gi' });
    expect(verdictOf({ ...snapshot, claims: [...snapshot.claims, former] })).toBeUndefined();
  });

  test('it waits until each has its size, with the words of Kubernetes', () => {
    const resizeMessage = 'Waiting for user to (re-)start a pod';
    expect(verdictOf(growing({ ...ALL_ASK, 0: GROWN, 1: { requested: '2Gi', resizeMessage } }))).toMatchObject({
      is: 'waiting',
      action: { target: 'data-es-demo-mixed-1' },
      hold: { reason: 'VolumeResizing', message: `Volume claim "data-es-demo-mixed-1" has 1Gi of 2Gi: ${resizeMessage}` },
    });
  });
});

describe('the claim template', () => {
  test('when all have grown the StatefulSet is deleted without its pods', () => {
    expect(deedsOf(verdictOf(growing(ALL_GROWN)))).toMatchObject([
      { do: 'delete', kind: 'StatefulSet', name: 'es-demo-mixed', uid: 'uid-es-demo-mixed', keepsPods: true },
    ]);
  });

  test.each<[string, ClusterSnapshot]>([
    ['a pod is missing', withoutPod(growing(ALL_GROWN), 'es-demo-mixed-1')],
    [
      'a pod is being stopped',
      withNode(growing(ALL_GROWN), 'es-demo-mixed-0', (node) =>
        node.pod === undefined ? node : { ...node, pod: { ...node.pod, deleting: true } },
      ),
    ],
    ['a roll has begun', growing(ALL_GROWN, { partition: 2 })],
    ['lost nodes are replaced', growing(ALL_GROWN, { onDelete: true })],
    ['the last write is not observed', growing(ALL_GROWN, { observed: false })],
    ['the template is another one', growing(ALL_GROWN, { template: 'other' })],
    ['it is being scaled', growing(ALL_GROWN, { replicas: 2 })],
    ['a change is still to be rolled out', outdated()],
  ])('not while %s', (_name, snapshot) => {
    expect(verdictOf(snapshot)).toMatchObject({ is: 'blocked', hold: { reason: 'ActionRunning' } });
  });

  /** The StatefulSet has the new template, its pods do not: one that dies would come back from the new one. */
  function outdated(): ClusterSnapshot {
    const pools = [{ name: 'mixed', persistence: { size: '2Gi' } }];
    const running = { nodePools: [{ name: 'mixed', persistence: { size: '2Gi' }, restartedAt: 'before' }] };
    const snapshot = growing(ALL_GROWN, {}, { spec: { nodePools: pools }, running });
    const template = templateHash({ snapshot, engine: elasticsearch, pool: snapshot.cluster.spec.nodePools[0]! });
    return growing(ALL_GROWN, { template, updateRevision: 'new' }, { spec: { nodePools: pools }, running });
  }

  test('as long as the StatefulSet lives it is applied with the template that it has', () => {
    const snapshot = growing();
    const [pool] = snapshot.cluster.spec.nodePools;
    const build = (from: ClusterSnapshot): unknown =>
      pool &&
      buildStatefulSet({ snapshot: from, engine: elasticsearch, pool, replicas: 3, partition: 3 }).spec?.volumeClaimTemplates?.[0]
        ?.spec?.resources?.requests?.['storage'];
    expect(build(snapshot)).toBe('1Gi');
    expect(
      build(elasticsearchSnapshot({ exists: false, spec: { nodePools: [{ name: 'mixed', persistence: { size: '2Gi' } }] } })),
    ).toBe('2Gi');
  });
});

test('nothing is to be done when all is as asked, and where data is in an emptyDir', () => {
  expect(verdictOf(growing(ALL_GROWN, { claimSize: '2Gi' }))).toBeUndefined();
  const spec = { nodePools: [{ name: 'mixed', persistence: { size: '2Gi', enabled: false } }] };
  expect(verdictOf(growing({}, {}, { spec }))).toBeUndefined();
});

describe('a storage class may refuse for ever', () => {
  const refused = growing();
  const upgraded = { ...refused, cluster: { ...refused.cluster, spec: { ...refused.cluster.spec, version: '8.15.3' } } };

  test('what is ready in the lane comes before it', () => {
    const { step, pending } = plan(withTemplateSeen(upgraded), elasticsearch);
    expect(step?.action.name).toBe('UpdateVersion');
    expect(pending.map(({ action }) => action)).toContain('ResizeVolume');
  });

  test('while the lane waits it is done', () => {
    const sick = withPilotStatus(withTemplateSeen(upgraded), 'es-demo-mixed-0', { health: 'Unhealthy' });
    expect(plan(sick, elasticsearch).step?.action.name).toBe('ResizeVolume');
  });

  test('the claims of all pools are one step, after a StatefulSet that is made again', () => {
    const size = (name: string) => ({ name, persistence: { size: '2Gi' } });
    const claim = (pool: string, ordinal: number, at: string): ClaimView => {
      const name = `data-es-demo-${pool}-${ordinal}`;
      return { name, uid: `uid-${name}`, owners: [], requested: at, capacity: at };
    };
    const given = (pools: readonly (readonly [string, string])[]): ClusterSnapshot => {
      const claims = pools.flatMap(([pool, at]) => [0, 1, 2].map((ordinal) => claim(pool, ordinal, at)));
      return growing({}, {}, { claims, spec: { nodePools: pools.map(([pool]) => size(pool)) } });
    };
    const both = resizeVolume.evaluate(
      given([
        ['aa', '1Gi'],
        ['bb', '1Gi'],
      ]),
      elasticsearch,
    );
    expect(both.map((verdict) => deedsOf(verdict).length)).toEqual([6]);
    const half = resizeVolume.evaluate(
      given([
        ['aa', '1Gi'],
        ['bb', '2Gi'],
      ]),
      elasticsearch,
    );
    expect(half.map(deedsOf)).toMatchObject([[{ do: 'delete', name: 'es-demo-bb' }], [{}, {}, {}]]);
  });
});

/** The StatefulSet has the template that the spec asks for, and its pods are of the one before. */
function withTemplateSeen(snapshot: ClusterSnapshot): ClusterSnapshot {
  const pools = snapshot.pools.map((pool) => {
    if (pool.statefulSet === undefined || pool.spec === undefined) return pool;
    const template = templateHash({ snapshot, engine: elasticsearch, pool: pool.spec });
    return { ...pool, statefulSet: { ...pool.statefulSet, template, updateRevision: 'newest' } };
  });
  return { ...snapshot, pools };
}
