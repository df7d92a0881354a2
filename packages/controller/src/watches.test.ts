import { LABELS, MANAGED_BY } from '@navigator/api-types';
import { KubeClient, type KubeObject, PersistentVolumeClaims, silentLogger } from '@navigator/kube';
import { FakeApiServer, FakeClock, settle } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import { engineOfKind } from './engines/registry.ts';
import { Pilots, Watches } from './watches.ts';

const KIND = 'ElasticsearchCluster';
const engine = engineOfKind(KIND) ?? expect.fail();
const labels = { [LABELS.managedBy]: MANAGED_BY, [LABELS.kind]: KIND, [LABELS.cluster]: 'demo' };
const ready = { type: 'Ready', status: 'True', reason: 'ClusterReady', message: '', observedGeneration: 1 };
const SETTLED = {
  observedGeneration: 1,
  conditions: [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }],
  health: 'Green',
  plan: [],
};

function cluster(status: object): KubeObject {
  const metadata = { name: 'demo', namespace: 'shop', generation: 1 };
  return { apiVersion: 'navigator.dev/v1alpha1', kind: KIND, metadata, spec: {}, status };
}

function pilot(status: object): KubeObject {
  const metadata = { name: 'es-demo-mixed-0', namespace: 'shop', labels };
  return { apiVersion: 'navigator.dev/v1alpha1', kind: 'Pilot', metadata, spec: { nodePool: 'mixed' }, status };
}

/** Watches over one cluster with one Pilot, and how often the cluster is enqueued by a change of it. */
async function enqueuedBy(clusterStatus: object, report: object): Promise<number> {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const client = new KubeClient(server.transport(), { fieldManager: 'test', clock });
  server.seed(engine.resource, cluster(clusterStatus));
  server.seed(Pilots, pilot({ phase: 'Running', heartbeatTime: '2026-01-01T00:00:00Z' }));
  let enqueued = 0;
  const enqueue = (): void => {
    enqueued += 1;
  };
  const watches = new Watches({ client, engines: [engine], namespace: undefined, logger: silentLogger, clock, enqueue });
  const stop = new AbortController();
  for (const informer of watches.informers) void informer.start(stop.signal);
  await settle();
  enqueued = 0;
  server.edit(Pilots, { namespace: 'shop', name: 'es-demo-mixed-0' }, (draft) => {
    draft['status'] = report;
  });
  await settle();
  stop.abort();
  return enqueued;
}

test('a beat of a cluster with which all is well brings no pass', async () => {
  const beat = { phase: 'Running', heartbeatTime: '2026-01-01T00:01:00Z' };
  expect(await enqueuedBy(SETTLED, beat)).toBe(0);
  expect(await enqueuedBy({ ...SETTLED, health: 'Yellow' }, beat)).toBe(1);
});

test('anything else does', async () => {
  expect(await enqueuedBy(SETTLED, { phase: 'Draining', heartbeatTime: '2026-01-01T00:01:00Z' })).toBe(1);
});

test('of a claim its metadata and its sizes are kept', async () => {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const client = new KubeClient(server.transport(), { fieldManager: 'test', clock });
  const metadata = { name: 'data-es-demo-mixed-0', namespace: 'shop', labels };
  const resources = { requests: { storage: '1Gi' } };
  const spec = { volumeName: 'x', resources };
  server.seed(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec });
  const watches = new Watches({ client, engines: [engine], namespace: undefined, logger: silentLogger, clock, enqueue() {} });
  const stop = new AbortController();
  for (const informer of watches.informers) void informer.start(stop.signal);
  await settle();
  const kept = watches.cacheOf(PersistentVolumeClaims)?.lister.get('shop', metadata.name);
  expect(kept).toMatchObject({ spec: { resources }, status: {} });
  expect(Object.keys(kept?.['spec'] ?? {})).toEqual(['resources']);
  expect(kept?.metadata.labels).toEqual(labels);
  stop.abort();
});
