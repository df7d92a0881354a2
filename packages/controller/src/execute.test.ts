import { ANNOTATIONS } from '@navigator/api-types';
import {
  Applier,
  isConflict,
  KubeClient,
  KubeError,
  type KubeObject,
  type ObservedCache,
  PersistentVolumeClaims,
  Pods,
  Services,
  silentLogger,
  type StatefulSet,
  StatefulSets,
} from '@navigator/kube';
import { FakeApiServer, type Faults } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import type { Effect, EventNote } from './actions/action.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { forge } from './security/forge.ts';
import { execute, type Execution, type Pass, type Tools } from './execute.ts';
import type { Plan } from './plan.ts';
import { clusterObject, statefulSetObject } from './testing/kube-objects.ts';

const NOTHING: Plan = { objects: [], pending: [], notes: [], invalid: [] };
const ACTION = { name: 'UpdateVersion', nodePool: 'mixed', why: 'spec.version is 8.19.9' } as const;
const EVENT: EventNote = {
  type: 'Normal',
  reason: 'UpdateVersion',
  message: 'Updating replica es-demo-mixed-1 to version 8.19.9',
};

/** A server that has the cluster, tools whose caches are always up to date unless `caches` says otherwise, and what was told. */
function world(options: { faults?: Faults; caches?: Record<string, KubeObject> } = {}): {
  api: FakeApiServer;
  told: EventNote[];
  /** `seen`: the StatefulSets that the plan was made from; what the caches show unless given. */
  run: (plan: Partial<Plan>, more?: { signal?: AbortSignal; seen?: readonly StatefulSet[] }) => Promise<Execution>;
  own: (object: KubeObject) => KubeObject;
} {
  const api = new FakeApiServer();
  const cluster = api.seed(elasticsearch.resource, clusterObject());
  const cacheOf: Tools['cacheOf'] = (resource): ObservedCache => ({
    resourceVersion: String(api.store.revision),
    lister: {
      get: (namespace, name) => options.caches?.[name] ?? api.get(resource, { namespace, name }),
      list: () => api.list(resource),
      byIndex: () => [],
    },
  });
  const client = new KubeClient(api.transport(options.faults === undefined ? {} : { faults: options.faults }), {
    fieldManager: 'navigator-controller',
  });
  const told: EventNote[] = [];
  const applier = new Applier({ client, cacheOf });
  const expectations = { expect: () => {}, expectDeletion: () => {} };
  const reclaimer = { reclaim: async () => false };
  const tools: Tools = {
    client,
    applier,
    reclaimer,
    cacheOf,
    expectations,
    forge,
    tell: (_cluster, note) => told.push(note),
    logger: silentLogger,
  };
  const pass = (plan: Partial<Plan>, seen?: readonly StatefulSet[]): Pass => ({
    key: 'k',
    resource: elasticsearch.resource,
    cluster,
    statefulSets: seen ?? api.list(StatefulSets).map((set) => (options.caches?.[set.metadata.name] ?? set) as StatefulSet),
    plan: { ...NOTHING, ...plan },
  });
  const own = (object: KubeObject): KubeObject => {
    const {
      uid: _uid,
      resourceVersion: _version,
      creationTimestamp: _at,
      generation: _generation,
      ...metadata
    } = object.metadata;
    const { status: _status, ...rest } = object;
    const reference = {
      apiVersion: cluster.apiVersion,
      kind: cluster.kind,
      name: 'demo',
      uid: cluster.metadata.uid ?? '',
      controller: true,
    };
    return { ...rest, metadata: { ...metadata, ownerReferences: [reference] } } as KubeObject;
  };
  return {
    api,
    told,
    own,
    run: (plan, { signal = new AbortController().signal, seen } = {}) => execute(pass(plan, seen), tools, signal),
  };
}

const service = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP: 'None' },
});
const written = (api: FakeApiServer): string[] => api.writes().map(({ plural, name }) => `${plural}/${name}`);

test('objects, then the effects in order', async () => {
  const { api, told, run, own } = world();
  const effects = [
    { do: 'apply', object: own(statefulSetObject()) },
    { do: 'event', event: EVENT },
  ] as const;
  const execution = await run({ objects: [own(service('a')), own(service('b'))], step: { action: ACTION, effects } });
  expect(execution).toEqual({
    ended: 'done',
    written: ['Service "a"', 'Service "b"', 'StatefulSet "es-demo-mixed"'],
    problems: [],
  });
  expect(written(api)).toEqual(['services/a', 'services/b', 'statefulsets/es-demo-mixed']);
  expect(told).toEqual([EVENT]);
});

test('children that stand on nothing are written at once; StatefulSets and the step wait for all of them', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const { run, own } = world({
    faults: {
      onCall: ({ verb, name = '' }) => {
        if (verb === 'patch') begun.push(name);
        return undefined;
      },
      afterCall: ({ verb, name = '' }) => {
        if (verb === 'patch') ended.push(`${name} after ${begun.length} begun`);
      },
    },
  });
  const effects = [{ do: 'apply', object: own(service('step')) }] as const;
  const objects = [own(service('a')), own(statefulSetObject()), own(service('b'))];
  await run({ objects, step: { action: ACTION, effects } });
  expect(ended).toEqual(['a after 2 begun', 'b after 2 begun', 'es-demo-mixed after 3 begun', 'step after 4 begun']);
});

test('what is as it shall be is not written again', async () => {
  const { api, run, own } = world();
  const plan = { objects: [own(service('a')), own(statefulSetObject())] };
  await run(plan);
  const before = api.writes().length;
  expect(await run(plan)).toEqual({ ended: 'done', written: [], problems: [] });
  expect(api.writes()).toHaveLength(before);
});

test('annotations come first, and end the pass', async () => {
  const { api, told, run, own } = world();
  const clusterAnnotations = { [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0' };
  const execution = await run({
    clusterAnnotations,
    objects: [own(service('a'))],
    step: { action: ACTION, effects: [{ do: 'event', event: EVENT }] },
  });
  expect(execution.ended).toBe('annotated');
  expect(written(api)).toEqual(['elasticsearchclusters/demo']);
  expect(api.get(elasticsearch.resource, { namespace: 'shop', name: 'demo' })?.metadata.annotations).toEqual(clusterAnnotations);
  expect(told).toEqual([]);
});

test('annotations are not written on a cluster that has changed since', async () => {
  const { api, run } = world();
  const members = { [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0' };
  api.edit(elasticsearch.resource, { namespace: 'shop', name: 'demo' }, (cluster) => {
    cluster.metadata.annotations = members;
  });
  const attempt = run({ clusterAnnotations: { [ANNOTATIONS.initialMembers]: 'es-demo-other-0' } });
  await expect(attempt).rejects.toSatisfy(isConflict);
  expect(api.get(elasticsearch.resource, { namespace: 'shop', name: 'demo' })?.metadata.annotations).toEqual(members);
});

test('a foreign object is reported and left alone; the others are written, the step is not begun', async () => {
  const { api, told, run, own } = world();
  const theirs = api.seed(Services, { ...service('b'), spec: { type: 'ClusterIP' } } as never);
  const execution = await run({
    objects: [own(service('a')), own(service('b')), own(service('c'))],
    step: { action: ACTION, effects: [{ do: 'event', event: EVENT }] },
  });
  expect(execution).toMatchObject({ ended: 'failed', written: ['Service "a"', 'Service "c"'] });
  expect(execution.problems).toMatchObject([
    { reason: 'ForeignObject', message: 'Service "b" exists but does not belong to this cluster; delete or rename it' },
  ]);
  expect(api.get(Services, { namespace: 'shop', name: 'b' })).toEqual(theirs);
  expect(told).toEqual([]);
});

test('an error keeps its cause and the name of the object', async () => {
  const faults: Faults = {
    onCall: ({ verb, name }) =>
      verb === 'patch' && name === 'a' ? { fault: 'error', status: 403, reason: 'Forbidden' } : undefined,
  };
  const { run, own } = world({ faults });
  const { ended, problems, written: done } = await run({ objects: [own(service('a')), own(service('b'))] });
  expect(ended).toBe('failed');
  expect(done).toEqual(['Service "b"']);
  expect(problems[0]?.message).toContain('Service "a" could not be written: PATCH');
  expect(problems[0]?.error).toBeInstanceOf(KubeError);
  expect(problems[0]?.error).toMatchObject({ code: 'KUBE_FORBIDDEN' });
});

test('without an answer the pass ends at once', async () => {
  const { api, run, own } = world({ faults: { onCall: () => ({ fault: 'request-lost' }) } });
  await expect(run({ objects: [own(service('a')), own(service('b'))] })).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  expect(api.calls).toEqual([]);
});

test('nothing is written after the signal aborted', async () => {
  const { api, run, own } = world();
  await expect(run({ objects: [own(service('a'))] }, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  expect(api.writes()).toEqual([]);
});

test('an event is told only after the write that it speaks of', async () => {
  const faults: Faults = {
    onCall: ({ verb, plural }) => (verb === 'patch' && plural === 'statefulsets' ? { fault: 'error', status: 500 } : undefined),
  };
  const { told, run, own } = world({ faults });
  const effects = [
    { do: 'apply', object: own(statefulSetObject()) },
    { do: 'event', event: EVENT },
  ] as const;
  expect((await run({ step: { action: ACTION, effects } })).ended).toBe('failed');
  expect(told).toEqual([]);
});

/** A server on which the StatefulSet is at partition 2, and a plan that lowers it. */
async function lowering(
  from: { replicas: number; partition: number },
  to: { replicas: number; partition: number },
): Promise<ReturnType<typeof world> & { plan: Partial<Plan>; caches: Record<string, KubeObject> }> {
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

test('a pod is deleted only as it was judged: same uid, same resourceVersion', async () => {
  const { api, run } = world();
  const pod = api.seed(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'es-demo-mixed-1', namespace: 'shop' } });
  const { uid = '', resourceVersion = '' } = pod.metadata;
  const effects = (seen: { uid: string; resourceVersion: string }) => [
    { do: 'deletePod', name: 'es-demo-mixed-1', ...seen } as const,
  ];
  expect((await run({ step: { action: ACTION, effects: effects({ uid: 'another', resourceVersion }) } })).ended).toBe('stale');
  expect(api.get(Pods, pod.metadata)).toBeDefined();
  // It came to life after the plan: the cache may know that by now, the plan did not.
  expect((await run({ step: { action: ACTION, effects: effects({ uid, resourceVersion: '1' }) } })).ended).toBe('stale');
  expect(await run({ step: { action: ACTION, effects: effects({ uid, resourceVersion }) } })).toMatchObject({
    ended: 'done',
    written: ['Pod "es-demo-mixed-1"'],
  });
  expect(api.get(Pods, pod.metadata)).toBeUndefined();
  expect(api.calls.at(-1)?.body).toMatchObject({ preconditions: { uid, resourceVersion } });
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

const CLAIM: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data-es-demo-mixed-0', namespace: 'shop' },
  spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
};

function growing(uid: string): Partial<Plan> {
  return { step: { action: ACTION, effects: [{ do: 'resizeClaim', name: 'data-es-demo-mixed-0', uid, size: '2Gi' }] } };
}

test('a volume is asked to grow, and nothing else of its claim is changed', async () => {
  const { api, run } = world();
  const { uid = '' } = api.seed(PersistentVolumeClaims, CLAIM).metadata;
  expect(await run(growing(uid))).toMatchObject({ ended: 'done', problems: [] });
  const claim = api.get(PersistentVolumeClaims, { namespace: 'shop', name: 'data-es-demo-mixed-0' });
  expect(claim?.spec).toEqual({ storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } });
});

test('a claim that was made anew meanwhile, or is gone, is not asked: the cache was behind', async () => {
  const { api, run } = world();
  expect(await run(growing('uid-of-none'))).toMatchObject({ ended: 'stale' });
  api.seed(PersistentVolumeClaims, CLAIM);
  expect(await run(growing('uid-of-another'))).toMatchObject({ ended: 'stale' });
});

test('a storage class that cannot expand is a problem for a person', async () => {
  const faults: Faults = {
    onCall: ({ verb, plural }) =>
      verb === 'patch' && plural === 'persistentvolumeclaims' ? { fault: 'error', status: 403, reason: 'Forbidden' } : undefined,
  };
  const { api, run } = world({ faults });
  const { uid = '' } = api.seed(PersistentVolumeClaims, CLAIM).metadata;
  const { ended, problems } = await run(growing(uid));
  expect(ended).toBe('failed');
  expect(problems).toMatchObject([{ reason: 'VolumeNotExpandable', message: expect.stringContaining('cannot grow to 2Gi') }]);
});

test('a claim that may not grow keeps none of the others from growing, and nobody is told that all grow', async () => {
  const faults: Faults = {
    onCall: ({ verb, plural, name }) =>
      verb === 'patch' && plural === 'persistentvolumeclaims' && name === 'data-es-demo-mixed-0'
        ? { fault: 'error', status: 403, reason: 'Forbidden' }
        : undefined,
  };
  const { api, run, told } = world({ faults });
  const names = ['data-es-demo-mixed-0', 'data-es-demo-mixed-1'];
  const seeded = names.map((name) => api.seed(PersistentVolumeClaims, { ...CLAIM, metadata: { ...CLAIM.metadata, name } }));
  const claims = seeded.map(({ metadata: { name, uid = '' } }) => ({ do: 'resizeClaim', name, uid, size: '2Gi' }) as const);
  const event = { do: 'event', event: { type: 'Normal', reason: 'ResizeVolume', message: 'all grow' } } as const;
  const { ended, problems } = await run({ step: { action: ACTION, effects: [...claims, event] } });
  expect([ended, problems.length]).toEqual(['failed', 1]);
  const grown = api.get(PersistentVolumeClaims, { namespace: 'shop', name: 'data-es-demo-mixed-1' });
  expect(grown?.spec?.resources?.requests).toEqual({ storage: '2Gi' });
  expect(told).toEqual([]);
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

const secrets: NonNullable<Plan['secrets']> = {
  metadata: { namespace: 'shop' },
  now: 0,
  tasks: [
    { make: 'user', wanted: { name: 'es-demo-elastic', username: 'elastic' } },
    { make: 'authority', wanted: { name: 'es-demo-ca', commonName: 'es-demo-ca' } },
  ],
};

function refusing(name: string): Faults {
  const answer = { fault: 'error', status: 403, reason: 'Forbidden' } as const;
  return {
    onCall: ({ verb, body }) => (verb === 'create' && JSON.stringify(body).includes(`"name":"${name}"`) ? answer : undefined),
  };
}

test('without a Secret that pods mount children are repaired, but no StatefulSet is made and no step done', async () => {
  const { told, run, own } = world({ faults: refusing('es-demo-elastic') });
  const objects = [own(service('a')), own(statefulSetObject())];
  const step = { action: ACTION, effects: [{ do: 'event', event: EVENT }] } as const;
  const { ended, written: done, problems } = await run({ secrets, objects, step });
  expect([ended, done, problems.map(({ reason }) => reason)]).toEqual([
    'failed',
    ['Secret "es-demo-ca"', 'Service "a"'],
    ['ApiError'],
  ]);
  expect(told).toEqual([]);
});

test('a Secret that no pod mounts holds nothing up, and is told of', async () => {
  const { told, run, own } = world({ faults: refusing('es-demo-ca') });
  const objects = [own(service('a')), own(statefulSetObject())];
  const step = { action: ACTION, effects: [{ do: 'event', event: EVENT }] } as const;
  const { ended, written: done, problems } = await run({ secrets, objects, step });
  expect([ended, done, problems.length]).toEqual([
    'failed',
    ['Secret "es-demo-elastic"', 'Service "a"', 'StatefulSet "es-demo-mixed"'],
    1,
  ]);
  expect(told).toEqual([EVENT]);
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
