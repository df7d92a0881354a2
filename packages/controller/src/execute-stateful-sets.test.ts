import { type KubeObject, Pods, Services, StatefulSets } from '@navigator/kube';
import type { FakeApiServer, Faults } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import type { Effect } from './actions/action.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import type { Plan } from './plan.ts';
import { ACTION, EVENT, service, world, type World } from './testing/execution.ts';
import { statefulSetObject } from './testing/kube-objects.ts';

/** A server on which the StatefulSet is at partition 2, and a plan that lowers it. */
async function lowering(
  from: { replicas: number; partition: number },
  to: { replicas: number; partition: number },
): Promise<World & { plan: Partial<Plan>; caches: Record<string, KubeObject> }> {
  const caches: Record<string, KubeObject> = {};
  const it = world({ caches });
  await it.run({ objects: [it.own(statefulSetObject('mixed', from))] });
  const effects = [{ do: 'apply', object: it.own(statefulSetObject('mixed', to)) }] as const;
  return { ...it, caches, plan: { step: { action: ACTION, effects } } };
}

const ref = { namespace: 'shop', name: 'es-demo-mixed' };

test.each([
  { from: { replicas: 3, partition: 3 }, to: { replicas: 3, partition: 2 } },
  { from: { replicas: 3, partition: 3 }, to: { replicas: 2, partition: 3 } },
  // Up as well: from an old cache it would bring back the old template.
  { from: { replicas: 3, partition: 2 }, to: { replicas: 3, partition: 3 } },
  { from: { replicas: 2, partition: 2 }, to: { replicas: 3, partition: 3 } },
])('$from → $to reads StatefulSet and cluster live and writes with the resourceVersion', async ({ from, to }) => {
  const { api, run, plan } = await lowering(from, to);
  const version = api.get(StatefulSets, ref)?.metadata.resourceVersion;
  api.calls.length = 0;
  expect((await run(plan)).ended).toBe('done');
  expect(api.calls.map(({ verb, plural }) => `${verb} ${plural}`)).toEqual([
    'get statefulsets',
    'get elasticsearchclusters',
    'patch statefulsets',
  ]);
  expect(api.calls[2]?.body).toMatchObject({ metadata: { resourceVersion: version } });
  api.calls.length = 0;
  await run({ objects: [] });
  expect(api.calls).toEqual([]);
});

test('a StatefulSet that is as it shall be is not read', async () => {
  const { api, run, own } = await lowering({ replicas: 3, partition: 3 }, { replicas: 3, partition: 2 });
  api.calls.length = 0;
  expect((await run({ objects: [own(statefulSetObject('mixed', { replicas: 3, partition: 3 }))] })).ended).toBe('done');
  expect(api.calls).toEqual([]);
});

test('a spec that changed since the decision moves no pods', async () => {
  const { api, run, plan } = await lowering({ replicas: 3, partition: 3 }, { replicas: 3, partition: 2 });
  api.edit(
    elasticsearch.resource,
    { namespace: 'shop', name: 'demo' },
    (cluster) => void (cluster['spec'] = { version: '9.9.9' }),
  );
  expect((await run(plan)).ended).toBe('stale');
});

test('a StatefulSet that the plan knew nothing of is left as it is, unless it lost its labels', async () => {
  const { api, run, own } = await lowering({ replicas: 3, partition: 3 }, { replicas: 3, partition: 3 });
  const created = { objects: [own(statefulSetObject('mixed', { replicas: 1, partition: 1 }))] };
  expect((await run(created, { seen: [] })).ended).toBe('stale');
  expect(api.get(StatefulSets, ref)?.spec?.replicas).toBe(3);
  api.edit(StatefulSets, ref, ({ metadata }) => void (metadata.labels = {}));
  expect((await run(created, { seen: [] })).ended).toBe('done');
});

test.each<[string, (api: FakeApiServer) => void]>([
  ['was edited', (api) => void api.edit(StatefulSets, ref, (set) => void (set.spec ? (set.spec.replicas = 5) : undefined))],
  ['is gone', (api) => api.remove(StatefulSets, ref)],
  [
    'was made anew',
    (api) => {
      const old = api.get(StatefulSets, ref);
      api.remove(StatefulSets, ref);
      if (old) api.seed(StatefulSets, { ...old, metadata: { ...old.metadata, uid: 'new' } });
    },
  ],
])('a StatefulSet that %s since the decision does not lose pods', async (_name, change) => {
  const { api, run, plan, caches } = await lowering({ replicas: 3, partition: 3 }, { replicas: 3, partition: 2 });
  const cached = api.get(StatefulSets, ref);
  if (cached) caches['es-demo-mixed'] = cached;
  change(api);
  const before = api.get(StatefulSets, ref);
  expect((await run(plan)).ended).toBe('stale');
  expect(api.get(StatefulSets, ref)).toEqual(before);
});

test.each([
  ['delete', {}],
  ['shrink', { replicas: 1 }],
] as const)('a StatefulSet is taken away from (%s) only as it was seen, and only for the newest spec', async (verb, more) => {
  const { api, run } = world();
  const set = api.seed(StatefulSets, statefulSetObject());
  const { name, uid = '', resourceVersion = '' } = set.metadata;
  const step = (seen: { uid: string; resourceVersion: string }): Partial<Plan> => ({
    step: { action: ACTION, effects: [{ do: verb, kind: 'StatefulSet', name, ...seen, ...more } as Effect] },
  });
  expect((await run(step({ uid: 'another', resourceVersion }))).ended).toBe('stale');
  expect((await run(step({ uid, resourceVersion: '1' }))).ended).toBe('stale');
  expect(api.get(StatefulSets, set.metadata)?.spec?.replicas).toBe(statefulSetObject().spec?.replicas);
  expect((await run(step({ uid, resourceVersion }))).ended).toBe('done');
  expect(api.get(StatefulSets, set.metadata)?.spec?.replicas).toBe(verb === 'shrink' ? 1 : undefined);
});

test('nothing is taken away for a spec that has changed since', async () => {
  const { api, run } = world();
  const set = api.seed(StatefulSets, statefulSetObject());
  const { name, uid = '', resourceVersion = '' } = set.metadata;
  api.edit(elasticsearch.resource, { namespace: 'shop', name: 'demo' }, (draft) => void (draft.metadata.generation = 99));
  const effects = [{ do: 'delete', kind: 'StatefulSet', name, uid, resourceVersion }] as const;
  expect((await run({ step: { action: ACTION, effects } })).ended).toBe('stale');
  expect(api.get(StatefulSets, set.metadata)).toBeDefined();
});

test('a StatefulSet that keeps its pods is deleted without them', async () => {
  const { api, run, own } = world();
  const set = api.seed(StatefulSets, own(statefulSetObject()));
  const { uid = '', resourceVersion = '' } = set.metadata;
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'es-demo-mixed-0',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'es-demo-mixed', uid, controller: true }],
    },
  };
  api.seed(Pods, pod);
  const effect = { do: 'delete', kind: 'StatefulSet', name: 'es-demo-mixed', uid, resourceVersion, keepsPods: true } as const;
  expect(await run({ step: { action: ACTION, effects: [effect] } })).toMatchObject({ ended: 'done' });
  expect(api.get(StatefulSets, { namespace: 'shop', name: 'es-demo-mixed' })).toBeUndefined();
  expect(api.get(Pods, { namespace: 'shop', name: 'es-demo-mixed-0' })?.metadata.ownerReferences).toEqual([]);
});

test('after a problem with what pods stand on StatefulSets that are there are repaired, and no other is made', async () => {
  const { api, run, own } = world();
  await run({ objects: [own(statefulSetObject('mixed'))] });
  api.seed(Services, { ...service('b'), spec: { type: 'ClusterIP' } } as never);
  api.edit(StatefulSets, ref, (set) => void (set.spec ? (set.spec.replicas = 7) : undefined));
  const objects = [own(service('b')), own(statefulSetObject('mixed')), own(statefulSetObject('other'))];
  const { ended } = await run({ objects });
  expect(ended).toBe('failed');
  expect(api.list(StatefulSets).map(({ metadata, spec }) => [metadata.name, spec?.replicas])).toEqual([['es-demo-mixed', 2]]);
});

/** A policy refuses the StatefulSet of this pool. */
function refusing(pool: string): Faults {
  return {
    onCall: ({ verb, name }) =>
      verb === 'patch' && name === `es-demo-${pool}` ? { fault: 'error', status: 422, reason: 'Invalid' } : undefined,
  };
}

test('a StatefulSet that is refused holds up neither another one nor a step that has nothing to do with it', async () => {
  const { api, run, own, told } = world({ faults: refusing('mixed') });
  const action = { name: 'CreateNodePool', nodePool: 'hot', why: 'spec.nodePools has "hot"' } as const;
  const effects = [
    { do: 'apply', object: own(statefulSetObject('hot')) },
    { do: 'event', event: EVENT },
  ] as const;
  const objects = [own(statefulSetObject('mixed')), own(statefulSetObject('other'))];
  const { ended, problems } = await run({ objects, step: { action, effects } });
  expect([ended, problems.length]).toEqual(['failed', 1]);
  expect(api.list(StatefulSets).map(({ metadata }) => metadata.name)).toEqual(['es-demo-hot', 'es-demo-other']);
  expect(told).toEqual([EVENT]);
});

test('but nothing is done to its own pool, and no node is stopped anywhere', async () => {
  const { run, own, told } = world({ faults: refusing('mixed') });
  const objects = [own(statefulSetObject('mixed'))];
  const effects = [{ do: 'event', event: EVENT }] as const;
  const ended = [
    await run({ objects, step: { action: ACTION, effects } }),
    await run({ objects, step: { action: { ...ACTION, nodePool: 'hot' }, effects, stops: 'es-demo-hot-2' } }),
  ];
  expect(told).toEqual([]);
  const because = { reason: 'ApiError', message: expect.stringContaining('StatefulSet "es-demo-mixed" could not be written') };
  expect(ended, 'a step that is held is told as refused, so that others go first').toMatchObject([
    { problems: [because], refused: because },
    { problems: [because], refused: because },
  ]);
});

test('a budget that is refused holds nothing up', async () => {
  const { api, run, own, told } = world({
    faults: { onCall: ({ name }) => (name === 'budget' ? { fault: 'error', status: 403, reason: 'Forbidden' } : undefined) },
  });
  const metadata = { name: 'budget', namespace: 'shop' };
  const budget = own({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: {} });
  const step = { action: ACTION, effects: [{ do: 'event', event: EVENT }] } as const;
  const { ended } = await run({ objects: [budget, own(statefulSetObject('mixed'))], step });
  expect(ended, 'it is told, and tried again').toBe('failed');
  expect(api.list(StatefulSets)).toHaveLength(1);
  expect(told).toEqual([EVENT]);
});
