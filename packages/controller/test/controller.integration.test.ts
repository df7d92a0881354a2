import { setTimeout as delay } from 'node:timers/promises';
import { isInvalid, type KubeObject, PersistentVolumeClaims, Pods, type Resource, Services, StatefulSets } from '@navigator/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pilots } from '../src/watches.ts';
import { callsSince, type Running, startController, type Surroundings, until } from './harness.ts';
import { type RealApi, startRealApi } from './real-api.ts';
import { conditionOf, createCluster, eventsOf, find, KINDS, patchSpec, ready, statusOf } from './scenario.ts';

const DEADLINE_MS = 90_000;
let api: RealApi;

beforeAll(async () => {
  api = await startRealApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** A namespace of its own and a controller that watches only it. */
async function stage(namespace: string): Promise<{ around: Surroundings; controller: Running }> {
  const around = await api.namespace(namespace, AbortSignal.timeout(DEADLINE_MS));
  return { around, controller: startController(api.connect(), { namespaces: [namespace] }) };
}

/** Waits until a second has gone by without a write. */
async function quiet(around: Surroundings, { transport }: Running): Promise<void> {
  let before = -1;
  let since = performance.now();
  await until('no writes for a second', around, async () => {
    const now = transport.requests.writes();
    if (now !== before) since = performance.now();
    before = now;
    return performance.now() - since > 1000;
  });
}

test.each(KINDS)(
  '$resource.kind: children, Ready, and then silence',
  { timeout: DEADLINE_MS },
  async ({ resource, prefix, pool, spec }) => {
    const { around, controller } = await stage(`life-${prefix}`);
    await using _controller = controller;
    await until('caches in step', around, async () => controller.process.manager.isLeading);
    const before = controller.transport.requests.snapshot();
    const startedAt = performance.now();
    const cluster = await createCluster(around, resource, { name: 'demo', spec });
    const status = await ready(around, resource, 'demo');
    const tookMs = Math.round(performance.now() - startedAt);
    expect(status).toMatchObject({
      health: 'Green',
      version: spec.version,
      nodePools: [{ name: pool, replicas: 3, pods: 3, ready: 3, updated: 3 }],
    });
    expect((await find(around, StatefulSets, `${prefix}-demo-${pool}`))?.spec).toMatchObject({
      replicas: 3,
      updateStrategy: { rollingUpdate: { partition: 3 } },
    });
    expect((await around.client.list(Pilots, { namespace: around.namespace }, around.signal)).items).toHaveLength(3);
    await quiet(around, controller);
    const calls = callsSince(before, controller.transport.requests.snapshot());
    const sum = Object.values(calls).reduce((total, count) => total + count, 0);
    console.log(
      `${resource.kind}: Ready after ${tookMs} ms with simulated pilots, ${sum} API requests: ${JSON.stringify(calls)}`,
    );
    await steady(around, controller);
    const reasons = (await eventsOf(around, cluster)).map(({ reason }) => reason);
    expect(reasons).toEqual(['CreateNodePool', 'CreatePilot', 'CreatePilot', 'CreatePilot']);
  },
);

/** Five seconds in which every pilot reports again and again and others touch every object: not one write from us. */
async function steady(around: Surroundings, controller: Running): Promise<void> {
  const passes = await reconciles(controller);
  const before = controller.transport.requests.snapshot();
  around.world.beating = true;
  const end = performance.now() + 5000;
  for (let round = 0; performance.now() < end; round += 1) {
    await around.world.step(around.signal);
    const body = { metadata: { annotations: { 'example.com/touched': String(round) } } };
    await touch(around, Pods, body);
    await touch(around, StatefulSets, body);
    await touch(around, Services, body);
    await delay(100);
  }
  around.world.beating = false;
  // Were nothing looked at, silence would prove nothing.
  expect(await reconciles(controller)).toBeGreaterThan(passes + 10);
  expect(callsSince(before, controller.transport.requests.snapshot())).toEqual({});
}

async function touch<T extends KubeObject>(
  around: Surroundings,
  resource: Resource<T>,
  body: Record<string, unknown>,
): Promise<void> {
  const { items } = await around.client.list(resource, { namespace: around.namespace }, around.signal);
  for (const { metadata } of items) await around.client.mergePatch(resource, metadata, { body }, around.signal);
}

async function reconciles({ process }: Running): Promise<number> {
  const answer = await fetch(`${process.http.address()}/metrics`, { signal: AbortSignal.timeout(5000) });
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('controller_runtime_reconcile_total'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test.each(KINDS)(
  '$resource.kind: an upgrade and a scale asked for together happen in that order',
  { timeout: DEADLINE_MS },
  async (kind) => {
    const { resource, pool, prefix } = kind;
    const { around, controller } = await stage(`story-${prefix}`);
    await using _controller = controller;
    const cluster = await createCluster(around, resource, { name: 'demo', spec: kind.spec });
    await ready(around, resource, 'demo');
    const version = pool === 'mixed' ? '8.19.9' : '5.0.6';
    await patchSpec(around, resource, { name: 'demo', spec: { version, nodePools: [{ name: pool, replicas: 4 }] } });
    const status = await ready(around, resource, 'demo');
    expect(status).toMatchObject({ version, nodePools: [{ replicas: 4, ready: 4, updated: 4 }] });
    const set = await find(around, StatefulSets, `${prefix}-demo-${pool}`);
    expect(set?.spec).toMatchObject({ replicas: 4, updateStrategy: { rollingUpdate: { partition: 4 } } });
    await controller.stop();
    const messages = (await eventsOf(around, cluster))
      .map(({ message }) => message ?? '')
      .filter((message) => /replica/.test(message));
    const node = (ordinal: number): string => `${prefix}-demo-${pool}-${ordinal}`;
    expect(messages).toEqual([
      ...[2, 1, 0].map((ordinal) => `Updating replica ${node(ordinal)} to version ${version}`),
      `Scaled node pool "${pool}" to 4 replicas`,
    ]);
  },
);

test.each(KINDS)(
  '$resource.kind: paused, nothing changes but the status',
  { timeout: DEADLINE_MS },
  async ({ resource, prefix, pool, spec }) => {
    const { around, controller } = await stage(`paused-${prefix}`);
    await using _controller = controller;
    await createCluster(around, resource, { name: 'demo', spec });
    await ready(around, resource, 'demo');
    await patchSpec(around, resource, { name: 'demo', spec: { paused: true } });
    const service = `${prefix}-demo-nodes`;
    const paused = async (): Promise<boolean> =>
      conditionOf(await statusOf(around, resource, 'demo'), 'Paused')?.status === 'True';
    await until('Paused', around, paused);
    const uid = (await find(around, Services, service))?.metadata.uid ?? '';
    await around.client.delete(Services, { namespace: around.namespace, name: service }, { uid }, around.signal);
    await quiet(around, controller);
    expect(await find(around, Services, service)).toBeUndefined();
    await patchSpec(around, resource, { name: 'demo', spec: { paused: false } });
    await until('the Service is back', around, async () => (await find(around, Services, service)) !== undefined);
    expect(await find(around, StatefulSets, `${prefix}-demo-${pool}`)).toBeDefined();
  },
);

test.each(KINDS)(
  '$resource.kind: a foreign object is not adopted, and said so',
  { timeout: DEADLINE_MS },
  async ({ resource, prefix, pool, spec }) => {
    const { around, controller } = await stage(`foreign-${prefix}`);
    await using _controller = controller;
    const name = `${prefix}-demo-nodes`;
    const metadata = { name, namespace: around.namespace, labels: { mine: 'yes' } };
    const theirs = await around.client.create(
      Services,
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
      around.signal,
    );
    await createCluster(around, resource, { name: 'demo', spec });
    const stalled = await until('Stalled', around, async () => {
      const condition = conditionOf(await statusOf(around, resource, 'demo'), 'Stalled');
      return condition?.status === 'True' ? condition : undefined;
    });
    expect(stalled).toMatchObject({
      reason: 'ForeignObject',
      message: `Service "${name}" exists but does not belong to this cluster; delete or rename it`,
    });
    expect(conditionOf(await statusOf(around, resource, 'demo'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ForeignObject',
    });
    expect(await find(around, Services, name)).toEqual(theirs);
    expect(await find(around, StatefulSets, `${prefix}-demo-${pool}`)).toBeUndefined();
  },
);

test.each(KINDS)(
  '$resource.kind: deleted, it is left to the garbage collector',
  { timeout: DEADLINE_MS },
  async ({ resource, spec, prefix }) => {
    const { around, controller } = await stage(`deleted-${prefix}`);
    await using _controller = controller;
    const reclaimed = { ...spec, volumeReclaimPolicy: 'Delete' };
    const cluster = await createCluster(around, resource, { name: 'demo', spec: reclaimed });
    await ready(around, resource, 'demo');
    await until('the claims belong to the cluster', around, async () => {
      const { items } = await around.client.list(PersistentVolumeClaims, { namespace: around.namespace }, around.signal);
      return (
        items.length === 3 &&
        items.every(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid))
      );
    });
    await quiet(around, controller);
    await around.client.delete(resource, cluster.metadata, { uid: cluster.metadata.uid ?? '' }, around.signal);
    const before = controller.transport.requests.snapshot();
    await quiet(around, controller);
    expect(callsSince(before, controller.transport.requests.snapshot())).toEqual({});
  },
);

test('a bad spec is refused at the door, with the path of the field', { timeout: DEADLINE_MS }, async () => {
  const around = await api.namespace('bad', AbortSignal.timeout(DEADLINE_MS));
  const attempt = createCluster(around, KINDS[0].resource, {
    name: 'demo',
    spec: { version: '8.19.9', nodePools: [{ name: 'warm', roles: ['data'] }] },
  });
  await expect(attempt).rejects.toSatisfy(isInvalid);
  await expect(attempt).rejects.toThrow('nodePools');
});
