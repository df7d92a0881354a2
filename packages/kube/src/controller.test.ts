import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { Controller, type ControllerOptions, TerminalError } from './controller.ts';
import { KubeError } from './errors.ts';
import { silentLogger } from './logger.ts';
import { PrometheusMetrics } from './metrics.ts';
import { ExponentialRateLimiter } from './rate-limiter.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

const never = new AbortController().signal;

function controller(clock: FakeClock, options: Partial<ControllerOptions> & Pick<ControllerOptions, 'reconcile'>): Controller {
  const rateLimiter = new ExponentialRateLimiter({ baseMs: 5, maxMs: 60_000 }, () => 0);
  const made = new Controller({ name: 'test', logger: silentLogger, clock, rateLimiter, ...options });
  void made.start(never);
  return made;
}

test('an error is retried with backoff, success ends it, requeueAfter comes again', async () => {
  const clock = new FakeClock();
  const at: number[] = [];
  const made = controller(clock, {
    reconcile: async () => {
      at.push(clock.monotonic());
      if (at.length <= 2) throw new Error('not yet');
      return at.length === 3 ? { requeueAfterMs: 1000 } : undefined;
    },
  });
  made.enqueue({ namespace: 'x', name: 'a' });
  await clock.advance(60_000);
  expect(at).toEqual([0, 5, 15, 1015]);
});

test('a terminal error is not retried; the server asking for a pause is obeyed', async () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  const made = controller(clock, {
    reconcile: async ({ name }) => {
      calls.push(`${name}@${clock.monotonic()}`);
      if (name === 'bad') throw new TerminalError('nobody can do this');
      if (calls.length < 3) throw new KubeError('KUBE_THROTTLED', 'wait', { retryAfterMs: 7000, retryable: true });
    },
  });
  made.enqueue({ name: 'bad' });
  made.enqueue({ name: 'slow' });
  await clock.advance(60_000);
  expect(calls).toEqual(['bad@0', 'slow@0', 'slow@7000']);
});

test('one broken key slows no other, and no key is in work twice', async () => {
  const clock = new FakeClock();
  const active = new Map<string, number>();
  let most = 0;
  let worst = 0;
  const done: string[] = [];
  const gates: (() => void)[] = [];
  const made = controller(clock, {
    concurrency: 3,
    reconcile: async ({ name }) => {
      active.set(name, (active.get(name) ?? 0) + 1);
      worst = Math.max(worst, active.get(name) ?? 0);
      most = Math.max(
        most,
        [...active.values()].reduce((sum, each) => sum + each, 0),
      );
      await new Promise<void>((resolve) => gates.push(resolve));
      active.set(name, (active.get(name) ?? 1) - 1);
      done.push(name);
      if (name === 'broken') throw new Error('always');
    },
  });
  for (let round = 0; round < 30; round += 1) {
    for (const name of ['broken', 'a', 'b', 'c', 'd']) made.enqueue({ name });
    await settle();
    for (const open of gates.splice(0)) open();
    await clock.advance(1);
  }
  expect(worst).toBe(1);
  expect(most).toBe(3);
  expect(done.filter((name) => name === 'd').length).toBeGreaterThanOrEqual(10);
});

test('a key whose own writes are not visible yet is put off, not run', async () => {
  const clock = new FakeClock();
  let isVisible = false;
  const at: number[] = [];
  const made = controller(clock, {
    expectations: { satisfied: () => isVisible },
    reconcile: async () => void at.push(clock.monotonic()),
  });
  made.enqueue({ name: 'a' });
  await clock.advance(900);
  expect(at).toEqual([]);
  isVisible = true;
  await clock.advance(1000);
  expect(at).toEqual([1000]);
});

test('caches that caught up wake who was put off for that, at once, and nobody else', async () => {
  const clock = new FakeClock();
  let isVisible = false;
  const at: string[] = [];
  const made = controller(clock, {
    expectations: { satisfied: () => isVisible },
    reconcile: async ({ name }) => void at.push(`${name}@${clock.monotonic()}`),
  });
  made.enqueue({ name: 'a' });
  await clock.advance(100);
  isVisible = true;
  made.caughtUp({ name: 'a' });
  made.caughtUp({ name: 'b' });
  await clock.advance(10_000);
  expect(at).toEqual(['a@100']);
  made.caughtUp({ name: 'a' });
  await clock.advance(10_000);
  expect(at).toEqual(['a@100']);
});

test('a reconcile that takes too long has its signal aborted and is retried', async () => {
  const clock = new FakeClock();
  const reasons: unknown[] = [];
  const made = controller(clock, {
    reconcileTimeoutMs: 1000,
    reconcile: async (_request, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      reasons.push(signal.reason);
      throw new Error('given up');
    },
  });
  made.enqueue({ name: 'a' });
  await clock.advance(1004);
  expect(reasons).toHaveLength(1);
  expect(reasons[0]).toMatchObject({ name: 'TimeoutError' });
  await clock.advance(1005);
  expect(reasons).toHaveLength(2);
});

test('stop lets the key in work finish; after the grace period its signal aborts', async () => {
  const clock = new FakeClock();
  const ended: string[] = [];
  const made = controller(clock, {
    reconcile: async ({ name }, signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
        clock.setTimeout(() => resolve(undefined), 500);
      });
      ended.push(`${name} ${signal.aborted ? 'aborted' : 'finished'}`);
    },
  });
  made.enqueue({ name: 'a' });
  made.enqueue({ name: 'never started' });
  await settle();
  const stopping = made.stop(1000);
  await clock.advance(500);
  await stopping;
  expect(ended).toEqual(['a finished']);
});

test('metrics have the names that dashboards know', async () => {
  const clock = new FakeClock();
  const registry = new Registry();
  const made = controller(clock, {
    metrics: new PrometheusMetrics(registry),
    reconcile: async ({ name }) => {
      if (name === 'bad') throw new TerminalError('no');
    },
  });
  made.enqueue({ name: 'good' });
  made.enqueue({ name: 'bad' });
  await clock.advance(10);
  const text = await registry.metrics();
  expect(text).toContain('controller_runtime_reconcile_total{controller="test",result="success"} 1');
  expect(text).toContain('controller_runtime_terminal_reconcile_errors_total{controller="test"} 1');
  expect(text).toContain('workqueue_adds_total{name="test"} 2');
  expect(text).toContain('workqueue_depth{name="test"} 0');
});

test('many passes that wait for nothing leave timers and sockets their turn: else the Lease would be lost', async () => {
  const passes = 100;
  let done = 0;
  const all = Promise.withResolvers<void>();
  const reconcile = async (): Promise<void> => {
    for (const end = performance.now() + 2; performance.now() < end;);
    done += 1;
    if (done === passes) all.resolve();
  };
  const made = new Controller({ name: 'busy', reconcile, concurrency: 4, logger: silentLogger, clock: systemClock });
  for (let index = 0; index < passes; index += 1) made.enqueue({ namespace: 'x', name: `c${index}` });
  let doneAtTimer = passes;
  setTimeout(() => (doneAtTimer = done), 0);
  void made.start(never);
  await all.promise;
  expect(doneAtTimer).toBeLessThan(passes / 2);
  await made.stop(0);
});
