import { HEARTBEAT_INTERVAL_MS, type PilotStatus } from '@navigator/api-types';
import { silentLogger } from '@navigator/kube';
import { FakeClock, settle } from '@navigator/kube/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Reporter } from './reporter.ts';

const clock = new FakeClock();
let written: PilotStatus[];
let fail: boolean;
let hang: boolean;
let inFlight: number;
let reporter: Reporter;
let over: AbortController;
let running: Promise<void>;

beforeEach(() => {
  written = [];
  fail = hang = false;
  inFlight = 0;
  over = new AbortController();
  async function reportStatus(status: PilotStatus, signal: AbortSignal): Promise<void> {
    inFlight += 1;
    if (inFlight > 1) throw new Error('two reports at once');
    if (hang) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    inFlight -= 1;
    if (fail || signal.aborted) throw new Error('the API server is away');
    written.push(status);
  }
  reporter = new Reporter({
    api: { reportStatus, watchOwn: async () => undefined },
    clock,
    log: silentLogger,
    random: () => 0.5,
  });
  running = reporter.run(over.signal);
});

afterEach(async () => {
  over.abort();
  await settle();
  await running;
});

function status(message: string, bytes = 1000): PilotStatus {
  return { observedGeneration: 1, phase: 'Running', message, data: { bytes } };
}

test('nothing is written before the Pilot exists', async () => {
  reporter.offer(status('a'));
  await clock.advance(120_000);
  expect(written).toEqual([]);
  reporter.open(true);
  await clock.advance(0);
  expect(written).toHaveLength(1);
});

test('a change is written at once, further ones together a second later, the last one wins', async () => {
  reporter.open(true);
  reporter.offer(status('a'));
  await clock.advance(0);
  expect(written.map(({ message }) => message)).toEqual(['a']);
  for (const message of ['b', 'c', 'd']) reporter.offer(status(message));
  await clock.advance(999);
  expect(written).toHaveLength(1);
  await clock.advance(1);
  expect(written.map(({ message }) => message)).toEqual(['a', 'd']);
});

test('growing data waits for the heartbeat; each report carries its time', async () => {
  reporter.open(true);
  reporter.offer(status('a', 1000));
  await clock.advance(0);
  for (let second = 2; second < 58; second += 2) {
    reporter.offer(status('a', 1000 + second));
    await clock.advance(2000);
  }
  expect(written).toHaveLength(1);
  await clock.advance(HEARTBEAT_INTERVAL_MS - 56_000);
  expect(written).toHaveLength(2);
  expect(written[1]?.data?.bytes).toBe(1056);
  expect(Date.parse(written[1]?.heartbeatTime ?? '') - Date.parse(written[0]?.heartbeatTime ?? '')).toBe(HEARTBEAT_INTERVAL_MS);
});

test('an idle pilot writes once a minute', async () => {
  reporter.open(true);
  reporter.offer(status('a'));
  await clock.advance(10 * HEARTBEAT_INTERVAL_MS);
  expect(written).toHaveLength(11);
});

test('failures are spaced and never end it; the return of the API server is used at once', async () => {
  fail = true;
  reporter.open(true);
  reporter.offer(status('a'));
  await clock.advance(120_000);
  expect(reporter.counters.errors).toBeGreaterThan(4);
  expect(reporter.counters.errors).toBeLessThan(12);
  fail = false;
  reporter.open(false);
  await clock.advance(1000);
  expect(written).toHaveLength(1);
});

test('a write that hangs is given up; only one is under way', async () => {
  hang = true;
  reporter.open(true);
  reporter.offer(status('a'));
  await clock.advance(5000);
  hang = false;
  await clock.advance(10_000);
  expect(written).toHaveLength(1);
});

test('a Pilot that was made anew gets its status again', async () => {
  reporter.open(true);
  reporter.offer(status('a'));
  await clock.advance(2000);
  reporter.close();
  reporter.open(true);
  await clock.advance(0);
  expect(written).toHaveLength(2);
});

test('the last word is written, or given up in time', async () => {
  reporter.open(true);
  reporter.offer(status('a'));
  await clock.advance(0);
  over.abort();
  await settle();
  reporter.offer(status('stopped'));
  await reporter.finish(3000);
  expect(written.at(-1)?.message).toBe('stopped');

  fail = true;
  reporter.offer(status('lost'));
  let finished = false;
  const finishing = reporter.finish(3000).then(() => (finished = true));
  await clock.advance(3000);
  expect(finished).toBe(true);
  await finishing;
});
