// The runtime against a real kube-apiserver: what the fake one could get wrong.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ensureBuild, programPath } from '../../../e2e/cluster/binaries.ts';
import { silentProgress } from '../../../e2e/cluster/progress.ts';
import {
  Applier,
  type ConfigMap,
  ConfigMaps,
  controllerReference,
  EventRecorder,
  Events,
  Expectations,
  type HttpTransport,
  Informer,
  KubeClient,
  type KubeObject,
  LeaderElector,
  Leases,
  metadataOf,
  Namespaces,
  NetworkPolicies,
  PodDisruptionBudgets,
  type Resource,
  resourceOf,
  RoleBindings,
  Roles,
  Secrets,
  ServiceAccounts,
  Services,
  type StatefulSet,
  StatefulSets,
} from '../src/index.ts';
import { describeApiServer } from '../src/testing/apiserver.contract.ts';
import { type RealApiServer, startRealApiServer } from '../src/testing/real-apiserver.ts';
import { children } from './children.ts';

const namespace = 'kube-test';
const stop = new AbortController();
const { signal } = stop;
let server: RealApiServer;
let transport: HttpTransport;
let client: KubeClient;
let owner: ConfigMap;

beforeAll(async () => {
  await ensureBuild('kubernetes', silentProgress);
  await ensureBuild('etcd', silentProgress);
  server = await startRealApiServer({
    etcd: programPath('etcd'),
    kubeApiServer: programPath('kube-apiserver'),
    kubectl: programPath('kubectl'),
  });
  transport = await server.transport();
  client = new KubeClient(transport, { fieldManager: 'navigator-controller' });
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, signal);
  owner = await client.create(
    ConfigMaps,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner', namespace } },
    signal,
  );
});

afterAll(async () => {
  stop.abort();
  await transport?.close();
  await server?.[Symbol.asyncDispose]();
});

describeApiServer('a real API server', async () => {
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'contract' } }, signal);
  return { transport, namespace: 'contract' };
});

const kinds: readonly Resource[] = [
  StatefulSets,
  Services,
  ServiceAccounts,
  Roles,
  RoleBindings,
  PodDisruptionBudgets,
  NetworkPolicies,
  ConfigMaps,
  Secrets,
];

/** A fresh process: its caches in step. */
async function freshApplier(): Promise<{
  applier: Applier;
  informers: Informer<KubeObject>[];
  inStep: (object: KubeObject) => Promise<void>;
}> {
  const informers = kinds.map(
    (resource) => new Informer({ client, resource, labelSelector: 'app.kubernetes.io/managed-by=navigator' }),
  );
  for (const informer of informers) void informer.start(signal);
  await Promise.all(informers.map((informer) => informer.waitForSync(AbortSignal.timeout(20_000))));
  const cacheOf = (resource: Resource): Informer<KubeObject> | undefined => informers.find((each) => each.resource === resource);
  const inStep = async (object: KubeObject): Promise<void> => {
    const { name, resourceVersion } = object.metadata;
    const cached = (): KubeObject | undefined => cacheOf(resourceOf(object))?.lister.get(namespace, name);
    await expect.poll(() => cached()?.metadata.resourceVersion, { timeout: 10_000, interval: 10 }).toBe(resourceVersion);
  };
  return { applier: new Applier({ client, cacheOf }), informers, inStep };
}

test('children of every kind are written once; then nothing, though the server defaults and normalises', async () => {
  const wanted = children(namespace, [controllerReference(owner)]);
  const { applier, inStep } = await freshApplier();
  const first: string[] = [];
  for (const object of wanted) {
    const applied = await applier.apply(object, { signal });
    first.push(`${object.kind} ${applied.outcome}`);
    await expect(client.applyNew(resourceOf(object), object, signal)).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    await inStep(applied.object);
  }
  expect(first).toEqual(wanted.map(({ kind }) => `${kind} created`));
  const writes = transport.requests.writes();
  for (const object of wanted) {
    expect(await applier.apply(object, { signal })).toMatchObject({ outcome: 'unchanged' });
  }
  const restarted = await freshApplier();
  for (const object of wanted) {
    const applied = await restarted.applier.apply(object, { signal });
    expect(`${object.kind} ${applied.outcome} ${applied.because ?? ''}`).toBe(`${object.kind} unchanged `);
  }
  expect(transport.requests.writes()).toBe(writes);
});

const name = 'es-demo-mixed';
const edits: { kind: Resource; patch: Record<string, unknown>; because: string }[] = [
  { kind: StatefulSets, patch: { spec: { replicas: 7 } }, because: 'spec.replicas' },
  {
    kind: StatefulSets,
    patch: { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
    because: 'spec.updateStrategy.rollingUpdate.partition',
  },
  {
    kind: StatefulSets,
    patch: { metadata: { labels: { 'navigator.dev/cluster': 'other' } } },
    because: 'metadata.labels.navigator.dev/cluster',
  },
  { kind: Services, patch: { spec: { selector: { extra: 'key' } } }, because: 'spec.selector.extra' },
  { kind: Services, patch: { spec: { publishNotReadyAddresses: false } }, because: 'spec.publishNotReadyAddresses' },
  { kind: Roles, patch: { rules: [] }, because: 'rules' },
  { kind: RoleBindings, patch: { subjects: null }, because: 'subjects' },
  { kind: PodDisruptionBudgets, patch: { spec: { maxUnavailable: '50%' } }, because: 'spec.maxUnavailable' },
  { kind: NetworkPolicies, patch: { spec: { ingress: [{}] } }, because: 'spec.ingress' },
  {
    kind: NetworkPolicies,
    patch: { spec: { podSelector: { matchLabels: { extra: 'key' } } } },
    because: 'spec.podSelector.matchLabels',
  },
  { kind: ConfigMaps, patch: { data: { 'elasticsearch.yml': 'edited' } }, because: 'data.elasticsearch.yml' },
  { kind: ConfigMaps, patch: { data: { 'elasticsearch.yml': null } }, because: 'data.elasticsearch.yml' },
  { kind: Secrets, patch: { data: { password: 'b3RoZXI=' } }, because: 'data.password' },
  { kind: ServiceAccounts, patch: { automountServiceAccountToken: true }, because: 'automountServiceAccountToken' },
  { kind: Services, patch: { metadata: { ownerReferences: null } }, because: '' },
];

test('every hand edit of our fields is found and repaired', async () => {
  const wanted = children(namespace, [controllerReference(owner)]);
  const human = new KubeClient(transport, { fieldManager: 'kubectl-edit' });
  const { applier, inStep } = await freshApplier();
  for (const { kind, patch, because } of edits) {
    const desired = wanted.find((object) => object.kind === kind.kind);
    if (!desired) throw new Error(kind.kind);
    const before = await client.get(kind, { namespace, name }, signal);
    const edited = await human.mergePatch(kind, { namespace, name }, { body: patch }, signal);
    expect(edited.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
    await inStep(edited);
    if (because === '') {
      await expect(applier.apply(desired, { signal })).rejects.toMatchObject({ code: 'KUBE_FOREIGN_OBJECT' });
      continue;
    }
    const repaired = await applier.apply(desired, { signal });
    expect(`${kind.kind} ${repaired.because}`).toContain(`${kind.kind} ${because}`);
    await inStep(repaired.object);
    const again = await applier.apply(desired, { signal });
    expect(`${kind.kind} ${because} ${again.outcome} ${again.because ?? ''}`).toBe(`${kind.kind} ${because} unchanged `);
  }
});

test("a field that leaves our wish leaves the object, and a uid that is not the object's is refused", async () => {
  const { applier, inStep } = await freshApplier();
  const base = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'fields', namespace, labels: { 'app.kubernetes.io/managed-by': 'navigator' } },
  };
  const made = await applier.apply({ ...base, data: { a: '1', b: '2' } }, { signal });
  await inStep(made.object);
  const { object } = await applier.apply({ ...base, data: { a: '1' } }, { signal });
  expect(object['data']).toEqual({ a: '1' });
  const stale = { ...base, metadata: { ...base.metadata, uid: owner.metadata.uid ?? '' } };
  await expect(client.apply(ConfigMaps, stale, signal)).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
  await expect(client.delete(ConfigMaps, base.metadata, { uid: owner.metadata.uid ?? '' }, signal)).rejects.toMatchObject({
    code: 'KUBE_CONFLICT',
  });
});

test('status is applied apart, and a write is expected until the cache shows it', async () => {
  const { informers, inStep } = await freshApplier();
  const sets = informers[0];
  const expectations = new Expectations({ clock: (await import('../src/clock.ts')).systemClock, cacheOf: () => sets });
  const status = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace },
    status: { replicas: 2 },
  } as unknown as StatefulSet;
  const written = await client.applyStatus(StatefulSets, status, signal);
  expect(written.status?.replicas).toBe(2);
  expectations.expect('k', StatefulSets, written);
  await inStep(written);
  expect(expectations.satisfied('k')).toBe(true);
});

test('kubectl describe shows our events in the order in which they happened, with counts', async () => {
  const recorder = new EventRecorder({ client, component: 'navigator-controller', instance: 'test' });
  const subject = await client.get(StatefulSets, { namespace, name }, signal);
  const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    recorder.event(subject, { type, reason, message });
  say('Normal', 'CreateNodePool', 'Created node pool "mixed"');
  await recorder.flush(signal);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  for (let each = 0; each < 5; each += 1) say('Warning', 'ErrUpdateVersion', 'Pilot "es-demo-mixed-2" has not finished updating');
  await recorder.flush(signal);
  const described = await server.kubectl('-n', namespace, 'describe', 'statefulset', name);
  const events = described.slice(described.indexOf('Events:'));
  expect(events).toMatch(/CreateNodePool.*navigator-controller\s+Created node pool "mixed"[\s\S]*ErrUpdateVersion/);
  expect(events).toMatch(/ErrUpdateVersion\s+\S+ \(x5 over \S+\)\s+navigator-controller/);
  const { items } = await client.list(Events, { namespace }, signal);
  expect(items).toHaveLength(2);
});

test('of two candidates one leads, and the other as soon as it stops', async () => {
  const lease = { namespace, name: 'leader' };
  const led: string[] = [];
  const run = (identity: string): { stop: AbortController; ended: Promise<string> } => {
    const own = new AbortController();
    const elector = new LeaderElector({ client, lease, identity, retryPeriodMs: 100 });
    const ended = elector.run(own.signal, async () => {
      led.push(identity);
      if (!own.signal.aborted) await new Promise((resolve) => own.signal.addEventListener('abort', resolve, { once: true }));
    });
    return { stop: own, ended };
  };
  const first = run('a');
  await expect.poll(() => led).toEqual(['a']);
  const second = run('b');
  await expect.poll(async () => (await client.get(Leases, lease, signal)).spec?.renewTime).toBeDefined();
  first.stop.abort();
  await expect(first.ended).resolves.toBe('stopped');
  await expect.poll(() => led, { timeout: 3000 }).toEqual(['a', 'b']);
  second.stop.abort();
  await second.ended;
  expect((await client.get(Leases, lease, signal)).spec).toMatchObject({ leaseTransitions: 1 });
});

test('a watch goes on after the API server was killed and started again, without missing anything', async () => {
  const informer = new Informer({ client, resource: ConfigMaps, namespace });
  const seen: string[] = [];
  informer.addHandler({ add: ({ metadata }) => seen.push(metadata.name) });
  void informer.start(signal);
  await informer.waitForSync(signal);
  const lists = transport.requests.total(({ verb, resource }) => verb === 'list' && resource === 'configmaps');
  await server.kill();
  await server.start();
  await client.create(
    ConfigMaps,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'after-restart', namespace } },
    signal,
  );
  await expect.poll(() => seen, { timeout: 40_000 }).toContain('after-restart');
  expect(transport.requests.total(({ verb, resource }) => verb === 'list' && resource === 'configmaps')).toBe(lists);
}, 120_000);

test('lists of several pages are whole', async () => {
  for (let each = 0; each < 620; each += 1) {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `many-${each}`, namespace, labels: { many: 'yes' } },
    };
    await client.create(ConfigMaps, object, signal);
  }
  const before = transport.requests.total(({ verb }) => verb === 'list');
  const { items, resourceVersion } = await client.list(ConfigMaps, { namespace, labelSelector: 'many=yes' }, signal);
  expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(620);
  expect(transport.requests.total(({ verb }) => verb === 'list')).toBe(before + 2);
  expect(items[0]).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  expect(resourceVersion).toMatch(/^\d+$/);
});

test('of Secrets lists and watches bring the metadata alone where that is asked for', async () => {
  const labels = { 'kube-test': 'metadata' };
  const secret = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels },
    stringData: { key: 'hidden' },
  });
  await client.create(Secrets, secret('listed'), signal);
  const kept: KubeObject[] = [];
  const informer = new Informer({
    client,
    resource: metadataOf(Secrets),
    namespace,
    labelSelector: 'kube-test=metadata',
    transform: (object) => (kept.push(object), object),
  });
  const over = new AbortController();
  const running = informer.start(over.signal);
  await informer.waitForSync(AbortSignal.timeout(10_000));
  await client.create(Secrets, secret('watched'), signal);
  await vi.waitFor(() => expect(informer.size).toBe(2), 10_000);
  over.abort();
  await running;
  expect(kept.map(({ metadata }) => metadata.name)).toEqual(['listed', 'watched']);
  for (const object of kept) expect(Object.keys(object).toSorted()).toEqual(['apiVersion', 'kind', 'metadata']);
  expect((await client.get(Secrets, { namespace, name: 'listed' }, signal)).data?.['key']).toBe('aGlkZGVu');
});
