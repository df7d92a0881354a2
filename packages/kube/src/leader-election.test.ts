import { beforeEach, expect, test } from 'vitest';
import { Leases } from './builtin-resources.ts';
import { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import { guardWrites } from './guard-writes.ts';
import { LeaderElector } from './leader-election.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import type { MemoryTransport } from './testing/memory-transport.ts';

const lease = { namespace: 'x', name: 'navigator' };
let clock: FakeClock;
let server: FakeApiServer;

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeApiServer({ clock });
});

interface Candidate {
  readonly elector: LeaderElector;
  readonly transport: MemoryTransport;
  readonly stop: AbortController;
  readonly times: { startedAt?: number; endedAt?: number; outcome?: string };
  readonly ended: Promise<void>;
}

function candidate(identity: string, own: Clock = clock): Candidate {
  const transport = server.transport();
  const client = new KubeClient(transport, { fieldManager: 'test', clock: own });
  const elector = new LeaderElector({ client, lease, identity, clock: own, random: () => 0 });
  const stop = new AbortController();
  const times: Candidate['times'] = {};
  const ended = elector
    .run(stop.signal, async (leading) => {
      times.startedAt = clock.monotonic();
      const over = AbortSignal.any([leading, stop.signal]);
      if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
      times.endedAt = clock.monotonic();
    })
    .then((outcome) => void (times.outcome = outcome));
  return { elector, transport, stop, times, ended };
}

/** The same time, but with the wall clock of another machine. */
function skewed(byMs: number): Clock {
  return {
    now: () => clock.now() + byMs,
    monotonic: () => clock.monotonic(),
    setTimeout: (task, ms) => clock.setTimeout(task, ms),
  };
}

test('one of two leads, renews, and gives the lease back on stop: the other leads within a second', async () => {
  const first = candidate('a');
  await settle();
  const second = candidate('b');
  await clock.advance(60_000);
  expect(first.elector.isLeader()).toBe(true);
  expect(second.times.startedAt).toBeUndefined();
  expect(server.get(Leases, lease)?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15 });
  expect(server.get(Leases, lease)?.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  first.stop.abort();
  await clock.advance(1000);
  await first.ended;
  expect(first.times.outcome).toBe('stopped');
  expect(first.elector.mayBeReplaced).toBe(false);
  expect(second.elector.isLeader()).toBe(true);
  expect(server.get(Leases, lease)?.spec?.leaseTransitions).toBe(1);
});

test.each([0, 400, 800, 1200, 1600])('a leader killed %i ms after a renewal is replaced when its lease ends', async (afterMs) => {
  const first = candidate('a');
  await settle();
  const second = candidate('b');
  await clock.advance(10_000 + afterMs);
  first.transport.kill();
  const killedAt = clock.monotonic();
  await clock.advance(30_000);
  const tookMs = (second.times.startedAt ?? 0) - killedAt;
  expect(tookMs).toBeGreaterThanOrEqual(13_000);
  expect(tookMs).toBeLessThanOrEqual(16_000);
});

test.each([-3_600_000, 3_600_000])('wall clocks that differ by %i ms change nothing', async (byMs) => {
  const first = candidate('a');
  const second = candidate('b', skewed(byMs));
  await clock.advance(120_000);
  expect(first.elector.isLeader()).toBe(true);
  expect(second.times.startedAt).toBeUndefined();
  first.transport.kill();
  await clock.advance(20_000);
  expect(second.elector.isLeader()).toBe(true);
});

test.each([
  ['errors', { fault: 'error', status: 500 }],
  ['silence', { fault: 'hang' }],
  ['broken connections', { fault: 'request-lost' }],
] as const)('when the API server gives only %s, work stops before another may lead', async (_what, fault) => {
  const first = candidate('a');
  const second = candidate('b');
  await clock.advance(10_000);
  first.transport.faults = { onCall: () => fault };
  await clock.advance(60_000);
  await first.ended;
  expect(first.times.outcome).toBe('lost');
  expect(second.times.startedAt).toBeGreaterThan(first.times.endedAt ?? Number.POSITIVE_INFINITY);
});

test('replies that are lost after the renewal was done do not cost the lease', async () => {
  const first = candidate('a');
  await clock.advance(5000);
  first.transport.faults = { onCall: ({ number }) => (number % 2 === 0 ? { fault: 'reply-lost' } : undefined) };
  await clock.advance(120_000);
  expect(first.elector.isLeader()).toBe(true);
});

test('somebody else in the lease ends leading at once', async () => {
  const first = candidate('a');
  await clock.advance(5000);
  server.edit(Leases, lease, (draft) => Object.assign(draft.spec ?? {}, { holderIdentity: 'usurper' }));
  await clock.advance(2000);
  await first.ended;
  expect(first.times.outcome).toBe('lost');
  expect(server.get(Leases, lease)?.spec?.holderIdentity).toBe('usurper');
});

test('an emptied lease ends leading too: somebody may have led meanwhile', async () => {
  const first = candidate('a');
  await clock.advance(5000);
  server.edit(Leases, lease, (draft) => Object.assign(draft.spec ?? {}, { holderIdentity: '' }));
  await clock.advance(2000);
  await first.ended;
  expect(first.times.outcome).toBe('lost');
});

test('a lease that somebody deleted is taken again', async () => {
  const first = candidate('a');
  await clock.advance(5000);
  server.remove(Leases, lease);
  await clock.advance(20_000);
  expect(server.get(Leases, lease)?.spec?.holderIdentity).toBe('a');
  expect(first.elector.isLeader()).toBe(true);
});

test('a process that wakes up after a minute does not write, though no timer has run yet', async () => {
  // Frozen: its time goes on, its timers do not.
  const frozen = { isFrozen: false, ms: 0 };
  const own: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + frozen.ms,
    setTimeout: (task, ms) => clock.setTimeout(task, ms),
  };
  const first = candidate('a', own);
  await clock.advance(5000);
  const guarded = new KubeClient(
    guardWrites(first.transport, () => first.elector.isLeader()),
    { fieldManager: 'test', clock: own },
  );
  const signal = new AbortController().signal;
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'x', name: 'a' } };
  await guarded.create(Leases, { ...object, kind: 'Lease' }, signal);
  expect(first.elector.mayBeReplaced).toBe(false);
  frozen.ms = 60_000;
  expect(first.elector.isLeader()).toBe(false);
  expect(first.elector.mayBeReplaced).toBe(true);
  await expect(guarded.create(Leases, { ...object, kind: 'Lease' }, signal)).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  await expect(guarded.list(Leases, {}, signal)).resolves.toBeDefined();
});
