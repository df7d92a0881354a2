import { beforeEach, expect, test } from 'vitest';
import { Applier } from './apply.ts';
import { type ConfigMap, ConfigMaps, type StatefulSet, StatefulSets } from './builtin-resources.ts';
import { KubeClient } from './client.ts';
import { Expectations } from './expectations.ts';
import { Informer } from './informer.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

const signal = new AbortController().signal;
const owner = {
  apiVersion: 'navigator.dev/v1alpha1',
  kind: 'Thing',
  name: 'demo',
  uid: 'u-1',
  controller: true,
  blockOwnerDeletion: true,
};
const ref = { namespace: 'x', name: 'a' };
let clock: FakeClock;
let server: FakeApiServer;
let expectations: Expectations;
let applier: Applier;

beforeEach(async () => {
  clock = new FakeClock();
  // This server writes amounts in its own way, and names a policy in capitals: the second is what no comparison can foresee.
  const admit = (object: KubeObject): KubeObject => {
    const text = JSON.stringify(object).replaceAll('"1024Mi"', '"1Gi"').replaceAll('"parallel"', '"Parallel"');
    return JSON.parse(text) as KubeObject;
  };
  server = new FakeApiServer({ clock, admit: { 'statefulsets.apps': admit }, collectGarbage: false });
  start();
  await settle();
});

/** A fresh process: new caches, new memory. */
function start(): void {
  const client = new KubeClient(server.transport(), { fieldManager: 'navigator-controller', clock });
  const informers = [ConfigMaps, StatefulSets].map((resource: Resource) => new Informer({ client, resource, clock }));
  for (const informer of informers) void informer.start(signal);
  const cacheOf = (resource: Resource): Informer<KubeObject> | undefined => informers.find((each) => each.resource === resource);
  expectations = new Expectations({ clock, cacheOf });
  applier = new Applier({ client, cacheOf, expectations });
}

function configMap(data: Record<string, string>): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref, labels: { app: 'demo' }, ownerReferences: [owner] }, data };
}

function statefulSet(spec: Record<string, unknown>): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...ref, ownerReferences: [owner] },
    spec,
  } as unknown as StatefulSet;
}

async function outcomeOf(object: KubeObject): Promise<string> {
  const { outcome, because } = await applier.apply(object, { signal, key: 'k' });
  await settle();
  return because ? `${outcome} because ${because}` : outcome;
}

test('creates once, then writes nothing', async () => {
  expect(await outcomeOf(configMap({ a: '1' }))).toBe('created because missing');
  for (let pass = 0; pass < 5; pass += 1) expect(await outcomeOf(configMap({ a: '1' }))).toBe('unchanged');
  expect(server.writes()).toHaveLength(1);
});

test('writes nothing after a restart either', async () => {
  await outcomeOf(configMap({ a: '1' }));
  await outcomeOf(statefulSet({ resources: { requests: { memory: '1024Mi' } } }));
  start();
  await settle();
  expect(await outcomeOf(configMap({ a: '1' }))).toBe('unchanged');
  expect(await outcomeOf(statefulSet({ resources: { requests: { memory: '1024Mi' } } }))).toBe('unchanged');
});

test('repairs a hand edit of our fields, and leaves the fields of others', async () => {
  await outcomeOf(configMap({ a: '1', b: '2' }));
  server.edit(ConfigMaps, ref, (draft) => {
    draft.data = { a: 'edited', b: '2', theirs: 'x' };
    draft.metadata.labels = { ...draft.metadata.labels, theirs: 'y' };
  });
  await settle();
  expect(await outcomeOf(configMap({ a: '1', b: '2' }))).toBe('updated because data.a');
  expect(await outcomeOf(configMap({ a: '1', b: '2' }))).toBe('unchanged');
  expect(server.get(ConfigMaps, ref)?.data).toEqual({ a: '1', b: '2', theirs: 'x' });
  expect(server.get(ConfigMaps, ref)?.metadata.labels).toEqual({ app: 'demo', theirs: 'y' });
});

test('a field that left our wish leaves the object', async () => {
  await outcomeOf(configMap({ a: '1', b: '2' }));
  expect(await outcomeOf(configMap({ a: '1' }))).toBe('updated because desired');
  expect(server.get(ConfigMaps, ref)?.data).toEqual({ a: '1' });
  expect(await outcomeOf(configMap({ a: '1' }))).toBe('unchanged');
});

test('somebody who removes our mark, our owner or a whole object gets it repaired', async () => {
  await outcomeOf(configMap({ a: '1' }));
  server.edit(ConfigMaps, ref, (draft) => (draft.metadata.annotations = {}));
  await settle();
  expect(await outcomeOf(configMap({ a: '1' }))).toBe('updated because desired');
  server.remove(ConfigMaps, ref);
  await settle();
  expect(await outcomeOf(configMap({ a: '1' }))).toBe('created because missing');
});

test('a value that the server keeps in another form is written once, not for ever; an edit of it is still repaired', async () => {
  const desired = statefulSet({ podManagementPolicy: 'parallel', replicas: 3 });
  expect(await outcomeOf(desired)).toBe('created because missing');
  expect(await outcomeOf(desired)).toBe('unchanged');
  start();
  await settle();
  expect(await outcomeOf(desired)).toBe('updated because spec.podManagementPolicy');
  expect(await outcomeOf(desired)).toBe('unchanged');
  server.edit(StatefulSets, ref, (draft) => Object.assign(draft.spec ?? {}, { podManagementPolicy: 'OrderedReady' }));
  await settle();
  expect(await outcomeOf(desired)).toBe('updated because spec.podManagementPolicy');
  expect(server.get(StatefulSets, ref)?.spec?.podManagementPolicy).toBe('Parallel');
});

test('never adopts what is not ours, whether the cache shows it or not', async () => {
  server.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref }, data: { a: 'theirs' } });
  await expect(applier.apply(configMap({ a: '1' }), { signal })).rejects.toMatchObject({
    code: 'KUBE_FOREIGN_OBJECT',
    retryable: false,
  });
  await settle();
  await expect(applier.apply(configMap({ a: '1' }), { signal })).rejects.toMatchObject({ code: 'KUBE_FOREIGN_OBJECT' });
  expect(server.get(ConfigMaps, ref)?.data).toEqual({ a: 'theirs' });
});

test('what the cache lacks is created with one call; what exists beside the cache is looked at and put right', async () => {
  await outcomeOf(configMap({ a: '1' }));
  expect(server.calls.filter(({ verb }) => verb !== 'list' && verb !== 'watch').map(({ verb }) => verb)).toEqual(['patch']);
  const blind = new Applier({
    client: new KubeClient(server.transport(), { fieldManager: 'navigator-controller', clock }),
    cacheOf: () => undefined,
  });
  server.calls.length = 0;
  expect(await blind.apply(configMap({ a: '2' }), { signal })).toMatchObject({ outcome: 'updated', because: 'desired' });
  expect(server.calls.map(({ verb, status }) => `${verb} ${status}`)).toEqual(['patch 409', 'get 200', 'patch 200']);
});

test('what shall exist already is not created: a claim that is gone stays gone', async () => {
  const gone = { ...configMap({ a: '1' }), metadata: { ...ref, uid: 'u-9' } };
  await expect(applier.apply(gone, { signal })).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
  expect(server.get(ConfigMaps, ref)).toBeUndefined();
});

test('another owner of the same name but another uid is foreign too', async () => {
  const other = { ...owner, uid: 'u-0' };
  server.seed(ConfigMaps, { ...configMap({ a: '1' }), metadata: { ...ref, ownerReferences: [other] } });
  await expect(applier.apply(configMap({ a: '1' }), { signal })).rejects.toThrow(/belongs to Thing demo \(u-0\)/);
});

test('a namesake made after we looked is refused by its uid', async () => {
  await outcomeOf(configMap({ a: '1' }));
  const cached = applier.apply(configMap({ a: '2' }), { signal });
  // Between our look at the cache and the write: deleted and made anew by somebody else.
  server.remove(ConfigMaps, ref);
  server.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref }, data: { a: 'theirs' } });
  await expect(cached).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
  expect(server.get(ConfigMaps, ref)?.data).toEqual({ a: 'theirs' });
});

test('an object that is being deleted is left alone', async () => {
  await outcomeOf(configMap({ a: '1' }));
  server.edit(ConfigMaps, ref, (draft) => (draft.metadata.finalizers = ['somebody/else']));
  server.remove(ConfigMaps, ref);
  await settle();
  expect(await outcomeOf(configMap({ a: '2' }))).toBe('terminating');
});

test('a write is expected until the cache shows it', async () => {
  await outcomeOf(configMap({ a: '1' }));
  expect(expectations.satisfied('k')).toBe(true);
  const applying = applier.apply(configMap({ a: '2' }), { signal, key: 'k' });
  const { object } = await applying;
  expect(object.metadata.resourceVersion).toBeDefined();
  await settle();
  expect(expectations.satisfied('k')).toBe(true);
});
