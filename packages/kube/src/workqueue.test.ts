import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExponentialRateLimiter } from './rate-limiter.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import { WorkQueue } from './workqueue.ts';

const alwaysZero = (): number => 0;

function queueWith(clock: FakeClock): WorkQueue {
  return new WorkQueue({ clock, rateLimiter: new ExponentialRateLimiter({ baseMs: 5, maxMs: 60_000 }, alwaysZero) });
}

test('a key added while it is in work comes again after done, once', async () => {
  const queue = queueWith(new FakeClock());
  queue.add('a');
  queue.add('a');
  expect(await queue.get()).toBe('a');
  queue.add('a');
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done('a');
  expect(queue.length).toBe(1);
  expect(await queue.get()).toBe('a');
  queue.done('a');
  expect(queue.length).toBe(0);
});

test('addAfter: the earlier time stands', async () => {
  const clock = new FakeClock();
  const queue = queueWith(clock);
  queue.addAfter('a', 1000);
  queue.addAfter('a', 5000);
  queue.addAfter('a', 200);
  await clock.advance(199);
  expect(queue.length).toBe(0);
  await clock.advance(1);
  expect(queue.length).toBe(1);
  await clock.advance(10_000);
  expect(queue.length).toBe(1);
});

test('a date is over when the key is handed out before it: who looks now says when to look next', async () => {
  const clock = new FakeClock();
  const queue = queueWith(clock);
  queue.addAfter('a', 1000);
  queue.add('a');
  queue.done((await queue.get()) ?? '');
  expect(clock.pending).toBe(0);
  queue.add('a');
  expect(await queue.get()).toBe('a');
  queue.addAfter('a', 1000);
  await clock.advance(1000);
  queue.done('a');
  expect(queue.length, 'a date that is set while the key is in work stands').toBe(1);
});

test('failures back off 5, 10, 20 ms … to a minute, and forget starts anew', async () => {
  const clock = new FakeClock();
  const queue = queueWith(clock);
  const delays: number[] = [];
  for (let failure = 0; failure < 16; failure += 1) {
    queue.addRateLimited('a');
    delays.push(clock.nextInMs ?? -1);
    await clock.advanceToNext();
    queue.done((await queue.get()) ?? '');
  }
  expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
  expect(delays.at(-1)).toBe(60_000);
  queue.forget('a');
  queue.addRateLimited('a');
  expect(clock.nextInMs).toBe(5);
});

test('drain waits for keys in work and gives out nothing more', async () => {
  const queue = queueWith(new FakeClock());
  queue.add('a');
  queue.add('b');
  expect(await queue.get()).toBe('a');
  let drained = false;
  const draining = queue.drain().then(() => (drained = true));
  expect(await queue.get()).toBeUndefined();
  await settle();
  expect(drained).toBe(false);
  queue.done('a');
  await draining;
  expect(drained).toBe(true);
});

type Step =
  | { do: 'add'; key: string }
  | { do: 'get' }
  | { do: 'done'; index: number }
  | { do: 'after'; key: string; ms: number }
  | { do: 'advance'; ms: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), key }),
    fc.record({ do: fc.constant('get' as const) }),
    fc.record({ do: fc.constant('done' as const), index: fc.nat(3) }),
    fc.record({ do: fc.constant('after' as const), key, ms: fc.nat(100) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.nat(60) }),
  ),
  { maxLength: 60 },
);

test('whatever happens: never two workers on a key, every add is followed by work, nothing is handed out unasked', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script: Step[]) => {
      const clock = new FakeClock();
      const queue = queueWith(clock);
      const working: string[] = [];
      /** Keys added (or due) since they were last handed out. */
      const owed = new Set<string>();
      const taken = (got: string | undefined): void => {
        if (got === undefined) return;
        expect(working).not.toContain(got);
        expect(owed.has(got)).toBe(true);
        owed.delete(got);
        working.push(got);
      };
      const add = queue.add.bind(queue);
      queue.add = (added) => {
        owed.add(added);
        add(added);
      };
      for (const step of script) {
        if (step.do === 'add') queue.add(step.key);
        else if (step.do === 'after') queue.addAfter(step.key, step.ms);
        else if (step.do === 'advance') await clock.advance(step.ms);
        else if (step.do === 'get') void queue.get().then(taken);
        else {
          const [finished] = working.splice(step.index % Math.max(1, working.length), 1);
          if (finished !== undefined) queue.done(finished);
        }
        await settle();
      }
      // Let everything come to its end: then nothing may be owed.
      for (let round = 0; round < 200; round += 1) {
        for (const finished of working.splice(0)) queue.done(finished);
        await clock.advance(100);
        if (queue.length > 0) void queue.get().then(taken);
        await settle();
      }
      expect([...owed]).toEqual([]);
      expect(queue.length).toBe(0);
      queue.shutDown();
    }),
    { numRuns: 60 },
  );
});
