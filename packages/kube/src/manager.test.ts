import { expect, test } from 'vitest';
import { ConfigMaps, Leases } from './builtin-resources.ts';
import { KubeClient } from './client.ts';
import { Controller } from './controller.ts';
import { Informer } from './informer.ts';
import { LeaderElector } from './leader-election.ts';
import { silentLogger } from './logger.ts';
import { Manager } from './manager.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import type { MemoryTransport } from './testing/memory-transport.ts';

const lease = { namespace: 'x', name: 'navigator' };

interface World {
  readonly clock: FakeClock;
  readonly server: FakeApiServer;
  readonly transport: MemoryTransport;
  readonly manager: Manager;
  readonly stop: AbortController;
  readonly log: string[];
  readonly ended: Promise<void>;
}

/** A controller whose reconcile takes a second. */
function world(): World {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  server.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'x', name: 'a' } });
  const transport = server.transport();
  const client = new KubeClient(transport, { fieldManager: 'test', clock });
  const log: string[] = [];
  const informer = new Informer({ client, resource: ConfigMaps, clock });
  const controller = new Controller({
    name: 'test',
    logger: silentLogger,
    clock,
    reconcile: async ({ name }, signal) => {
      log.push(`begin ${name}`);
      await new Promise((resolve) => {
        clock.setTimeout(() => resolve(undefined), 1000);
        signal.addEventListener('abort', resolve, { once: true });
      });
      log.push(signal.aborted ? `aborted ${name}` : `end ${name}`);
    },
  });
  informer.addHandler({ add: ({ metadata }) => controller.enqueue({ name: metadata.name }) });
  const elector = new LeaderElector({ client, lease, identity: 'me', clock, random: () => 0 });
  const stop = new AbortController();
  const manager = new Manager({
    logger: silentLogger,
    clock,
    services: [{ name: 'health', start: async () => void log.push('health up'), stop: async () => void log.push('health down') }],
    informers: [informer],
    elector,
    controllers: [controller],
    closers: [async () => void log.push(`closed, lease held by "${server.get(Leases, lease)?.spec?.holderIdentity}"`)],
  });
  return { clock, server, transport, manager, stop, log, ended: manager.run(stop.signal) };
}

test('SIGTERM in the middle of a reconcile: it ends, the lease is given back, all in order', async () => {
  const { clock, manager, stop, log, ended } = world();
  await clock.advance(500);
  expect(manager.isLeading).toBe(true);
  expect(manager.readiness()).toEqual({ ready: true, waitingFor: [] });
  stop.abort();
  await clock.advance(5000);
  await ended;
  expect(log).toEqual(['health up', 'begin a', 'end a', 'closed, lease held by ""', 'health down']);
  expect(clock.pending).toBe(0);
});

test('no worker before the caches are in step, though health answers', async () => {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const transport = server.transport({ faults: { onCall: () => ({ fault: 'error', status: 503 }) } });
  const informer = new Informer({
    client: new KubeClient(transport, { fieldManager: 'test', clock }),
    resource: ConfigMaps,
    clock,
  });
  const seen: string[] = [];
  const controller = new Controller({
    name: 'test',
    logger: silentLogger,
    clock,
    reconcile: async ({ name }) => void seen.push(name),
  });
  controller.enqueue({ name: 'a' });
  const manager = new Manager({ logger: silentLogger, clock, informers: [informer], controllers: [controller] });
  const stop = new AbortController();
  const ended = manager.run(stop.signal);
  await clock.advance(10_000);
  expect(manager.readiness()).toEqual({ ready: false, waitingFor: ['configmaps'] });
  expect(seen).toEqual([]);
  transport.faults = {};
  await clock.advance(60_000);
  expect(seen).toEqual(['a']);
  stop.abort();
  await settle();
  await ended;
});

test('a lost lease aborts what is in work and ends the process with an error', async () => {
  const { clock, server, log, ended } = world();
  const failed = ended.catch((error: unknown) => error);
  await clock.advance(500);
  server.edit(Leases, lease, (draft) => Object.assign(draft.spec ?? {}, { holderIdentity: 'usurper' }));
  server.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'x', name: 'b' } });
  await clock.advance(30_000);
  await expect(failed).resolves.toMatchObject({ code: 'KUBE_LEASE_LOST' });
  expect(log).toContain('aborted b');
  expect(log.at(-1)).toBe('health down');
});

test('work that never ends does not keep the process, and its lease is not given back', async () => {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const client = new KubeClient(server.transport(), { fieldManager: 'test', clock });
  const controller = new Controller({ name: 'test', logger: silentLogger, clock, reconcile: () => new Promise(() => undefined) });
  const elector = new LeaderElector({ client, lease, identity: 'me', clock });
  const manager = new Manager({ logger: silentLogger, clock, informers: [], elector, controllers: [controller], graceMs: 1000 });
  const stop = new AbortController();
  const ended = manager.run(stop.signal).catch((error: unknown) => error);
  controller.enqueue({ name: 'stuck' });
  await clock.advance(100);
  stop.abort();
  await clock.advance(3000);
  await expect(ended).resolves.toMatchObject({ code: 'KUBE_STUCK_WORK' });
  expect(server.get(Leases, lease)?.spec?.holderIdentity).toBe('me');
});

test('a stop while still waiting for the lease ends quietly', async () => {
  const first = world();
  await first.clock.advance(100);
  first.stop.abort();
  await first.clock.advance(2000);
  await first.ended;
  const waiting = world();
  waiting.transport.faults = { onCall: ({ plural }) => (plural === 'leases' ? { fault: 'error', status: 500 } : undefined) };
  await waiting.clock.advance(5000);
  expect(waiting.manager.isLeading).toBe(false);
  waiting.stop.abort();
  await waiting.clock.advance(3000);
  await waiting.ended;
  expect(waiting.log).toEqual(['health up', 'closed, lease held by "undefined"', 'health down']);
});
