import { LABELS, MANAGED_BY } from '@navigator/api-types';
import { KubeClient, type KubeObject, PersistentVolumeClaims, Secrets, silentLogger } from '@navigator/kube';
import { FakeApiServer, FakeClock, settle } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import type { ClusterRef } from './cluster-key.ts';
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

/** Watches over one cluster with one Pilot, and whom they call. */
async function watching(clusterStatus: object) {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const transport = server.transport();
  const client = new KubeClient(transport, { fieldManager: 'test', clock });
  server.seed(engine.resource, cluster(clusterStatus));
  server.seed(Pilots, pilot({ phase: 'Running', heartbeatTime: '2026-01-01T00:00:00Z' }));
  const calls: string[] = [];
  const enqueue = ({ name }: ClusterRef): void => void calls.push(`enqueue ${name}`);
  const caughtUp = ({ name }: ClusterRef): void => void calls.push(`caught up ${name}`);
  const parts = { client, engines: [engine], namespace: undefined, logger: silentLogger, clock };
  const watches = new Watches({ ...parts, enqueue, caughtUp });
  const stop = new AbortController();
  for (const informer of watches.informers) void informer.start(stop.signal);
  await settle();
  calls.length = 0;
  return { server, transport, clock, watches, calls, [Symbol.dispose]: () => stop.abort() };
}

/** How often the cluster is enqueued by a report of its Pilot. */
async function enqueuedBy(clusterStatus: object, report: object): Promise<number> {
  using scene = await watching(clusterStatus);
  scene.server.edit(Pilots, { namespace: 'shop', name: 'es-demo-mixed-0' }, (draft) => {
    draft['status'] = report;
  });
  await settle();
  return scene.calls.filter((call) => call === 'enqueue demo').length;
}

test('a beat of a cluster with which all is well brings no pass', async () => {
  const beat = { phase: 'Running', heartbeatTime: '2026-01-01T00:01:00Z' };
  expect(await enqueuedBy(SETTLED, beat)).toBe(0);
  expect(await enqueuedBy({ ...SETTLED, health: 'Yellow' }, beat)).toBe(1);
});

test('anything else does', async () => {
  expect(await enqueuedBy(SETTLED, { phase: 'Draining', heartbeatTime: '2026-01-01T00:01:00Z' })).toBe(1);
});

test('a Secret with another content, of which only the metadata is seen, brings a pass', async () => {
  using scene = await watching(SETTLED);
  const metadata = { name: 'es-demo-elastic-user', namespace: 'shop', labels };
  scene.server.seed(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data: { password: 'b2xk' } });
  await settle();
  scene.calls.length = 0;
  scene.server.edit(Secrets, { namespace: 'shop', name: metadata.name }, (draft) => void (draft['data'] = { password: 'bmV3' }));
  await settle();
  expect(scene.calls).toEqual(['enqueue demo']);
});

const KEY = `${KIND}/shop/demo`;
const DEMO = { namespace: 'shop', name: 'demo' };
const WORSE = { ...SETTLED, health: 'Yellow' };

/** What is called when a status is written that the controller awaits, and `also` is done to the cluster in the same event. */
async function calledBy(before: object, status: object, also: (draft: KubeObject) => void = () => {}): Promise<string[]> {
  using scene = await watching(before);
  scene.watches.echoes.expect(KEY, status);
  scene.server.edit(engine.resource, DEMO, (draft) => {
    draft['status'] = structuredClone(status);
    also(draft);
  });
  await settle();
  return scene.calls;
}

test('a status that a pass wrote is no news when it comes back, but may be what another pass waits for', async () => {
  expect(await calledBy(WORSE, { ...WORSE, health: 'Red' })).toEqual(['caught up demo']);
  expect(await calledBy(WORSE, SETTLED)).toEqual(['caught up demo']);
});

test('with anything else in the same event it is news', async () => {
  const edits: ((draft: KubeObject) => void)[] = [
    (draft) => void (draft['spec'] = { paused: true }),
    (draft) => void (draft.metadata = { ...draft.metadata, annotations: { 'navigator.dev/cluster-id': 'x' } }),
    (draft) => void (draft['status'] = { ...WORSE, health: 'Green' }),
  ];
  for (const edit of edits) expect(await calledBy(WORSE, { ...WORSE, health: 'Red' }, edit)).toEqual(['enqueue demo']);
});

test('a status that somebody else wrote is news, also before and after ours', async () => {
  using scene = await watching(WORSE);
  const write = async (status: object): Promise<void> => {
    scene.server.edit(engine.resource, DEMO, (draft) => void (draft['status'] = structuredClone(status)));
    await settle();
  };
  const ours = { ...WORSE, health: 'Red' };
  scene.watches.echoes.expect(KEY, ours);
  await write({ ...WORSE, health: 'Unknown' });
  await write(ours);
  await write(SETTLED);
  await write(ours);
  expect(scene.calls).toEqual(['enqueue demo', 'caught up demo', 'enqueue demo', 'enqueue demo']);
});

test('a status is news when the next pass decides by it: a version, a refusal, or that beats count again', async () => {
  const plan = [{ action: 'Scale', nodePool: 'mixed', why: 'w', blocked: { reason: 'ApiError', message: 'exceeded quota' } }];
  const refused = { ...WORSE, plan };
  expect(await calledBy(WORSE, { ...WORSE, version: '8.19.9' })).toEqual(['enqueue demo']);
  expect(await calledBy(WORSE, refused)).toEqual(['enqueue demo']);
  const reworded = [{ ...plan[0], blocked: { reason: 'ApiError', message: 'exceeded quota, request 2' } }];
  expect(await calledBy(refused, { ...WORSE, plan: reworded })).toEqual(['caught up demo']);
  expect(await calledBy(SETTLED, WORSE)).toEqual(['enqueue demo']);
});

test('what a list brings after a gap is told from an echo by all that it says', async () => {
  using scene = await watching(WORSE);
  const { server, clock, transport, calls } = scene;
  const ours = { ...WORSE, health: 'Red' };
  scene.watches.echoes.expect(KEY, ours);
  transport.faults = { onEvent: () => [] };
  server.edit(engine.resource, DEMO, (draft) => void (draft['spec'] = { paused: true }));
  server.edit(engine.resource, DEMO, (draft) => void (draft['status'] = structuredClone(ours)));
  await settle();
  expect(calls).toEqual([]);
  transport.faults = {};
  server.store.tick(10);
  server.store.compact();
  transport.breakWatches();
  await clock.advance(120_000);
  expect(calls).toEqual(['enqueue demo']);
});

test('of a claim its metadata and its sizes are kept', async () => {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const client = new KubeClient(server.transport(), { fieldManager: 'test', clock });
  const metadata = { name: 'data-es-demo-mixed-0', namespace: 'shop', labels };
  const resources = { requests: { storage: '1Gi' } };
  const spec = { volumeName: 'x', resources };
  server.seed(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec });
  const watches = new Watches({
    client,
    engines: [engine],
    namespace: undefined,
    logger: silentLogger,
    clock,
    enqueue() {},
    caughtUp() {},
  });
  const stop = new AbortController();
  for (const informer of watches.informers) void informer.start(stop.signal);
  await settle();
  const kept = watches.cacheOf(PersistentVolumeClaims)?.lister.get('shop', metadata.name);
  expect(kept).toMatchObject({ spec: { resources }, status: {} });
  expect(Object.keys(kept?.['spec'] ?? {})).toEqual(['resources']);
  expect(kept?.metadata.labels).toEqual(labels);
  stop.abort();
});
