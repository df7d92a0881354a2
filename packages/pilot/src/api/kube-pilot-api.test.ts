import { GROUP, type PilotStatus, VERSION } from '@navigator/api-types';
import { defineResource, type KubeObject, silentLogger } from '@navigator/kube';
import { FakeApiServer, FakeClock, type MemoryTransport, settle } from '@navigator/kube/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Reporter } from '../reporter.ts';
import { kubePilotApi } from './kube-pilot-api.ts';

interface Pilot extends KubeObject {
  spec: { nodePool: string };
  status?: PilotStatus;
}

const Pilots = defineResource<Pilot>({ group: GROUP, version: VERSION, kind: 'Pilot', plural: 'pilots' });
const ref = { namespace: 'shop', name: 'es-demo-mixed-0' };
const spec = { cluster: { kind: 'ElasticsearchCluster', name: 'demo' }, nodePool: 'mixed', seeds: [] };

let clock: FakeClock;
let server: FakeApiServer;
let transport: MemoryTransport;
let reporter: Reporter;
let over: AbortController;
let running: Promise<unknown>;

beforeEach(async () => {
  clock = new FakeClock();
  server = new FakeApiServer({ clock });
  transport = server.transport();
  over = new AbortController();
  seed();
  const api = kubePilotApi({ transport, ...ref, clock, log: silentLogger });
  reporter = new Reporter({ api, clock, log: silentLogger, random: () => 0.5 });
  const watching = api.watchOwn((own) => (own === undefined ? reporter.close() : reporter.open(false)), over.signal);
  running = Promise.all([watching, reporter.run(over.signal)]);
  await settle();
});

afterEach(async () => {
  over.abort();
  transport.kill();
  await settle();
  await running;
});

function seed(): void {
  server.seed(Pilots, { apiVersion: `${GROUP}/${VERSION}`, kind: 'Pilot', metadata: { ...ref }, spec });
}

async function report(health: PilotStatus['health']): Promise<void> {
  reporter.offer({ observedGeneration: 1, health });
  await clock.advance(1000);
  await settle();
}

function told(): PilotStatus['health'] {
  return server.get(Pilots, ref)?.status?.health;
}

function reads(): number {
  return server.calls.filter(({ verb }) => verb === 'get').length;
}

test('a report that the server does late does not replace the one that followed it', async () => {
  await report('Unknown');
  const late: unknown[] = [];
  transport.faults = {
    onCall: ({ verb, body }) => {
      if (verb !== 'patch' || late.length > 0) return undefined;
      late.push(body);
      return { fault: 'hang' };
    },
  };
  await report('Healthy');
  reporter.offer({ observedGeneration: 1, health: 'Unhealthy' });
  await clock.advance(30_000);
  expect(told()).toBe('Unhealthy');

  const path = `/apis/${GROUP}/${VERSION}/namespaces/shop/pilots/es-demo-mixed-0/status`;
  const query = { fieldManager: 'navigator-pilot', force: true };
  const contentType = 'application/apply-patch+yaml';
  expect(server.handle({ method: 'PATCH', path, query, contentType, body: late[0] })).toMatchObject({ status: 409 });
  expect(told()).toBe('Unhealthy');
});

test('a report that was done without an answer is replaced at once by the next one', async () => {
  await report('Unknown');
  let lost = 0;
  transport.faults = {
    onCall: ({ verb }) => (verb === 'patch' && lost++ === 0 ? { fault: 'reply-lost' } : undefined),
    onEvent: () => [], // and the watch does not tell either
  };
  await report('Healthy');
  expect(told()).toBe('Healthy');
  await report('Unhealthy');
  await clock.advance(5000);
  expect(told()).toBe('Unhealthy');
  expect(reads()).toBe(1);
});

test('while the controller writes the spec, reports get through, and those that it tells cost no read', async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    server.edit(Pilots, ref, (pilot) => (pilot.spec = { ...pilot.spec, nodePool: `p${turn}` }));
    await report(turn % 2 === 0 ? 'Healthy' : 'Unhealthy');
    expect(told()).toBe(turn % 2 === 0 ? 'Healthy' : 'Unhealthy');
  }
  expect(reads()).toBe(0);
  expect(reporter.counters.errors).toBe(0);
});

test('a spec that is written at every single report does not shut the pilot up for good', async () => {
  let writes = 0;
  transport.faults = {
    onCall: ({ verb }) => {
      if (verb === 'patch' && writes < 20) server.edit(Pilots, ref, (pilot) => (pilot.spec.nodePool = `p${(writes += 1)}`));
      return undefined;
    },
    onEvent: () => [],
  };
  await report('Healthy');
  expect(told()).toBeUndefined();
  expect(writes).toBeLessThan(6);
  await clock.advance(600_000);
  expect(told()).toBe('Healthy');
});

test('heartbeats read nothing', async () => {
  await report('Healthy');
  await clock.advance(600_000);
  expect(reporter.counters.written).toBeGreaterThan(9);
  expect(reads()).toBe(0);
});

test('a Pilot that is made anew is reported to', async () => {
  await report('Healthy');
  server.remove(Pilots, ref);
  await settle();
  seed();
  await settle();
  await report('Unhealthy');
  expect(told()).toBe('Unhealthy');
});
