// ResizeVolume on the real StatefulSet controller, garbage collector and admission: the StatefulSet is made again around its
// pods, which keep their uid and their revision. No kubelet and no storage driver: the test says what claims have.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  controllerOf,
  defineResource,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  type Pod,
  Pods,
  StatefulSets,
} from '@navigator/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Running, startController } from '../../controller/test/harness.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

const Clusters = defineResource({
  group: 'navigator.dev',
  version: 'v1alpha1',
  kind: 'ElasticsearchCluster',
  plural: 'elasticsearchclusters',
});
const Crds = defineResource({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});
const StorageClasses = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
});
const ControllerRevisions = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
});

const namespace = 'default';
const signal = new AbortController().signal;
const DEADLINE_MS = 60_000;

let real: RealCluster;
let client: KubeClient;
let controller: Running;

beforeAll(async () => {
  real = await startRealCluster();
  client = real.client;
  await installCrds();
  for (const [name, allowVolumeExpansion] of [
    ['grows', true],
    ['fixed', false],
  ] as const) {
    const provisioner = 'driver.test';
    await client.create(
      StorageClasses,
      { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, provisioner, allowVolumeExpansion },
      signal,
    );
  }
  controller = startController(await real.connect());
});

afterAll(async () => {
  await controller?.stop();
  await controller?.transport.close();
  await real?.[Symbol.asyncDispose]();
});

async function installCrds(): Promise<void> {
  const folder = join(import.meta.dirname, '../../../deploy/crds');
  for (const file of await readdir(folder)) {
    await client.create(Crds, parse(await readFile(join(folder, file), 'utf8'), { version: '1.1' }) as KubeObject, signal);
  }
  await until('the kinds are served', async () => {
    try {
      return await client.list(Clusters, { namespace }, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await pause(50);
  }
}

function clusterOf(name: string, storageClass: string): KubeObject {
  const pool = { name: 'mixed', replicas: 3, persistence: { size: '1Gi', storageClass } };
  const spec = { version: '8.19.9', security: { enabled: false }, nodePools: [pool] };
  return { apiVersion: 'navigator.dev/v1alpha1', kind: 'ElasticsearchCluster', metadata: { name, namespace }, spec };
}

async function podsOf(name: string): Promise<readonly Pod[]> {
  const { items } = await client.list<Pod>(Pods, { namespace, labelSelector: `navigator.dev/cluster=${name}` }, signal);
  return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

async function claimsOf(name: string): Promise<readonly PersistentVolumeClaim[]> {
  const labelSelector = `navigator.dev/cluster=${name}`;
  return (await client.list<PersistentVolumeClaim>(PersistentVolumeClaims, { namespace, labelSelector }, signal)).items;
}

/** Says what a storage driver would: the claims have a volume of the size that they ask for. */
async function provision(name: string): Promise<void> {
  for (const { metadata, spec } of await claimsOf(name)) {
    const claim: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: metadata.name, namespace },
      status: { phase: 'Bound', capacity: { storage: spec?.resources?.requests?.['storage'] ?? '' } },
    };
    await client.applyStatus(PersistentVolumeClaims, claim, signal);
  }
}

async function start(name: string, storageClass: string): Promise<readonly Pod[]> {
  await client.create(Clusters, clusterOf(name, storageClass), signal);
  const pods = await until('three pods', async () => {
    const all = await podsOf(name);
    return all.length === 3 && all;
  });
  await provision(name);
  return pods;
}

async function ask(name: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  const cluster = await client.get(Clusters, { namespace, name }, signal);
  const spec = structuredClone(cluster['spec']) as { nodePools: Record<string, unknown>[] };
  const pool = spec.nodePools[0] ?? {};
  Object.assign(pool, { ...fields, persistence: { ...(pool['persistence'] as object), ...(fields['persistence'] as object) } });
  await client.mergePatch(Clusters, { namespace, name }, { body: { spec: { nodePools: spec.nodePools } } }, signal);
}

async function setOf(name: string) {
  try {
    return await client.get(StatefulSets, { namespace, name: `es-${name}-mixed` }, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function idsOf(pods: readonly Pod[]): readonly unknown[] {
  return pods.map(({ metadata }) => [metadata.name, metadata.uid, metadata.labels?.['controller-revision-hash']]);
}

test('volumes grow, and the StatefulSet is made again around pods that notice nothing', async () => {
  const before = await start('demo', 'grows');
  const old = await setOf('demo');
  await ask('demo', { persistence: { size: '2Gi' } });
  await until('every claim asks for more', async () =>
    (await claimsOf('demo')).every(({ spec }) => spec?.resources?.requests?.['storage'] === '2Gi'),
  );
  expect((await setOf('demo'))?.metadata.uid, 'nothing is made again before the volumes have grown').toBe(old?.metadata.uid);
  await provision('demo');
  const set = await until('the StatefulSet has the new template', async () => {
    const now = await setOf('demo');
    return now?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'] === '2Gi' && now;
  });
  expect(set.metadata.uid).not.toBe(old?.metadata.uid);
  await until('it has its pods again', async () =>
    (await podsOf('demo')).every((pod) => controllerOf(pod)?.uid === set.metadata.uid),
  );
  const observed = await until('it is observed', async () => {
    const now = await setOf('demo');
    return now?.status?.updatedReplicas === 3 && now;
  });
  expect(idsOf(await podsOf('demo'))).toEqual(idsOf(before));
  expect(observed.status).toMatchObject({
    currentRevision: old?.status?.currentRevision ?? before[0]?.metadata.labels?.['controller-revision-hash'],
    updateRevision: before[0]?.metadata.labels?.['controller-revision-hash'],
    replicas: 3,
  });
  const { items } = await client.list(ControllerRevisions, { namespace }, signal);
  const revisions = items.filter(({ metadata }) => metadata.name.startsWith('es-demo-mixed-'));
  expect(revisions.map((revision) => controllerOf(revision)?.uid)).toEqual([set.metadata.uid]);
});

test('a change after that is rolled as ever: the new template waits behind the partition', async () => {
  const before = idsOf(await podsOf('demo'));
  await ask('demo', { restartedAt: 'now' });
  const set = await until('the new template is observed', async () => {
    const now = await setOf('demo');
    return now?.status?.updateRevision !== now?.status?.currentRevision && now?.status?.currentRevision !== undefined && now;
  });
  expect(set.spec?.updateStrategy?.rollingUpdate?.partition).toBe(3);
  await ask('demo', { persistence: { size: '3Gi' } });
  await until('every claim asks for more', async () =>
    (await claimsOf('demo')).every(({ spec }) => spec?.resources?.requests?.['storage'] === '3Gi'),
  );
  await provision('demo');
  const status = await until('the StatefulSet waits for the roll', async () => {
    const cluster = await client.get(Clusters, { namespace, name: 'demo' }, signal);
    const { plan = [] } = cluster['status'] as { plan?: { action: string; blocked?: { message: string } }[] };
    return plan.find(({ action, blocked }) => action === 'ResizeVolume' && blocked?.message.includes('rolling a change out'));
  });
  expect(status).toBeDefined();
  expect(idsOf(await podsOf('demo'))).toEqual(before);
  expect((await setOf('demo'))?.metadata.uid).toBe(set.metadata.uid);
});

test('a storage class that cannot expand is named, and nothing else changes', async () => {
  const before = await start('stuck', 'fixed');
  await ask('stuck', { persistence: { size: '2Gi' } });
  const condition = await until('the condition says so', async () => {
    const cluster = await client.get(Clusters, { namespace, name: 'stuck' }, signal);
    const { conditions = [] } = cluster['status'] as { conditions?: { type: string; reason: string; message: string }[] };
    return conditions.find(({ type, reason }) => type === 'Stalled' && reason === 'VolumeNotExpandable');
  });
  expect(condition.message).toMatch(/data-es-stuck-mixed-\d" cannot grow to 2Gi.*storageclass/i);
  expect(idsOf(await podsOf('stuck'))).toEqual(idsOf(before));
});

test('a claim of another uid is not patched', async () => {
  const body = { metadata: { uid: 'of-another' }, spec: { resources: { requests: { storage: '5Gi' } } } };
  const patch = client.mergePatch(PersistentVolumeClaims, { namespace, name: 'data-es-demo-mixed-0' }, { body }, signal);
  await expect(patch).rejects.toMatchObject({ status: 422, fields: expect.arrayContaining(['metadata.uid']) });
});
