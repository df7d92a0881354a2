// A controller that is away while people edit for an hour (T11): when it is back, the cluster goes to the last spec at once,
// as if nothing had been asked for in between, and nothing is lost on the way. NAVIGATOR_ABSENCE_SEED repeats a run.
import { ANNOTATIONS } from '@navigator/api-types';
import { type KubeObject, PersistentVolumeClaims, StatefulSets } from '@navigator/kube';
import { Random } from '@navigator/kube/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { creations, versionsOf, writesIn } from './audit.ts';
import { startController, type Surroundings } from './harness.ts';
import { editAtRandom, type EditableSpec } from './random-edits.ts';
import { type RealApi, startRealApi } from './real-api.ts';
import { type ClusterKind, createCluster, eventsOf, find, KINDS, patchSpec, ready } from './scenario.ts';

const SEED = Number(process.env['NAVIGATOR_ABSENCE_SEED'] ?? 20_260);
/** One a minute. */
const EDITS = 60;
const DEADLINE_MS = 240_000;
let api: RealApi;

beforeAll(async () => {
  api = await startRealApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const place = (name: string): Promise<Surroundings> => api.namespace(name, AbortSignal.timeout(DEADLINE_MS));

async function clusterOf(around: Surroundings, kind: ClusterKind): Promise<KubeObject> {
  const cluster = await find(around, kind.resource, 'demo');
  if (!cluster) throw new TypeError('no cluster');
  return cluster;
}

/** A cluster that is Ready, and whose controller has stopped. */
async function abandoned(around: Surroundings, kind: ClusterKind): Promise<void> {
  await using _controller = startController(api.connect(), { namespaces: [around.namespace] });
  await createCluster(around, kind.resource, { name: 'demo', spec: kind.spec });
  await ready(around, kind.resource, 'demo');
}

/** Edits as many times as an hour has minutes. Returns each version that was ever asked for. */
async function editForAnHour(around: Surroundings, kind: ClusterKind): Promise<readonly string[]> {
  const random = new Random(SEED);
  const versions = new Set<string>();
  for (let edit = 0; edit < EDITS; edit += 1) {
    const spec = structuredClone((await clusterOf(around, kind))['spec']) as EditableSpec;
    editAtRandom(spec, random);
    versions.add(spec.version);
    await patchSpec(around, kind.resource, { name: 'demo', spec });
  }
  return [...versions];
}

/** The StatefulSets' specs by name: the whole of what Kubernetes is asked for. */
async function setsOf(around: Surroundings): Promise<Record<string, unknown>> {
  const { items } = await around.client.list(StatefulSets, { namespace: around.namespace }, around.signal);
  return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec]));
}

async function claimUids(around: Surroundings): Promise<ReadonlySet<string>> {
  const { items } = await around.client.list(PersistentVolumeClaims, { namespace: around.namespace }, around.signal);
  return new Set(items.map(({ metadata }) => metadata.uid ?? ''));
}

test.each(KINDS)('$resource.kind edited for an hour while nobody looks', { timeout: DEADLINE_MS }, async (kind) => {
  const around = await place(`absent-${kind.prefix}`);
  await abandoned(around, kind);
  const [before, set, claims] = [
    await clusterOf(around, kind),
    await find(around, StatefulSets, `${kind.prefix}-demo-${kind.pool}`),
    await claimUids(around),
  ];
  const asked = await editForAnHour(around, kind);
  const last = (await clusterOf(around, kind))['spec'] as EditableSpec;
  // What is written down is Ready of an older generation, and kubectl sees that.
  expect(await kubectlWait(around, kind)).toBe(false);
  const isBack = new Date().toISOString();
  await using _controller = startController(api.connect(), { namespaces: [around.namespace] });
  const started = performance.now();
  await ready(around, kind.resource, 'demo');
  expect(await kubectlWait(around, kind)).toBe(true);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`absence: ${kind.resource.kind}, seed ${SEED}, ${EDITS} edits, ${asked.length} versions, Ready after ${seconds} s`);

  const writes = (await writesIn(api, around.namespace)).filter(({ at }) => at >= isBack);
  // Only the last version was ever rolled out, each pod was made anew at most once, and nothing but pods was deleted.
  expect(versionsOf(writes, `${kind.prefix}-demo-${kind.pool}`)).toEqual([last.version]);
  expect(Object.entries(creations(writes, 'pods')).filter(([, count]) => count > 1)).toEqual([]);
  expect(writes.filter(({ verb, resource }) => verb.startsWith('delete') && resource !== 'pods')).toEqual([]);
  const after = await clusterOf(around, kind);
  const between = asked.filter((version) => version !== last.version);
  const told = (await eventsOf(around, after)).map(({ message }) => message ?? '');
  expect(told.filter((message) => between.some((version) => message.endsWith(` ${version}`)))).toEqual([]);
  expect((await find(around, StatefulSets, `${kind.prefix}-demo-${kind.pool}`))?.metadata.uid).toBe(set?.metadata.uid);
  expect(claims.isSubsetOf(await claimUids(around))).toBe(true);
  for (const name of [ANNOTATIONS.initialMembers, ANNOTATIONS.clusterId])
    expect(after.metadata.annotations?.[name]).toBe(before.metadata.annotations?.[name]);

  // A twin that got the last spec in one edit looks the same.
  const twin = await place(`twin-${kind.prefix}`);
  await abandoned(twin, kind);
  await patchSpec(twin, kind.resource, { name: 'demo', spec: last });
  await using _other = startController(api.connect(), { namespaces: [twin.namespace] });
  await ready(twin, kind.resource, 'demo');
  expect(comparable(await setsOf(around), around)).toEqual(comparable(await setsOf(twin), twin));
});

/** Whether `kubectl wait` returns within a second. */
async function kubectlWait({ namespace }: Surroundings, { resource }: ClusterKind): Promise<boolean> {
  const flags = ['--namespace', namespace, '--for=condition=Ready', '--timeout=1s'];
  const { code } = await api.server.kubectl(['wait', ...flags, `${resource.plural}.${resource.group}/demo`]);
  return code === 0;
}

/** Without the names of namespaces, which are parts of addresses. */
function comparable(sets: Record<string, unknown>, { namespace }: Surroundings): unknown {
  return JSON.parse(JSON.stringify(sets).replaceAll(namespace, 'NAMESPACE'));
}
