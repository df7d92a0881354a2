import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { laterExit, type Order, Records } from './records.ts';

const now = new Date('2026-01-01T00:00:00.000Z');
const exit = { at: now.toISOString(), code: 1, lastLines: ['bad'] };
const order: Order = { uid: 'u', generation: 1, spec: { cluster: { kind: 'K', name: 'c' }, nodePool: 'p', seeds: [] } };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'navigator-records-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('a new pod has no past', async () => {
  const records = new Records(directory);
  expect(await records.recover(now)).toBeUndefined();
  expect(await records.order()).toBeUndefined();
});

test('the next pilot knows how the process ended', async () => {
  const first = new Records(directory);
  await first.started(7, now);
  await first.exited({ restarts: 1, exit });
  expect(await new Records(directory).recover(now)).toEqual({ restarts: 1, exit });
});

test('a pilot that was killed is known by what it could not write, once', async () => {
  await new Records(directory).started(7, now);
  const found = await new Records(directory).recover(now);
  expect(found?.restarts).toBe(1);
  expect(found?.exit.lastLines[0]).toContain('killed as a whole');
  expect(await new Records(directory).recover(now)).toEqual(found);
});

test('a stop that was asked for is no exit', async () => {
  const records = new Records(directory);
  await records.started(7, now);
  await records.stopped();
  expect(await new Records(directory).recover(now)).toBeUndefined();
});

test('a torn file is no past', async () => {
  await writeFile(join(directory, 'last-exit.json'), '{"restarts":');
  await writeFile(join(directory, 'order.json'), '{"uid":"u"}');
  expect(await new Records(directory).recover(now)).toBeUndefined();
  expect(await new Records(directory).order()).toBeUndefined();
});

test('of orders that come together the last is kept', async () => {
  const records = new Records(directory);
  await Promise.all([1, 2, 3].map((generation) => records.keepOrder({ ...order, generation })));
  expect((await new Records(directory).order())?.generation).toBe(3);
});

test('the later exit counts, wherever it is known from', () => {
  const later = { ...exit, at: '2026-01-02T00:00:00.000Z' };
  expect(laterExit(exit, later)).toBe(later);
  expect(laterExit(later, exit)).toBe(later);
  expect(laterExit(undefined, exit)).toBe(exit);
  expect(laterExit(exit, undefined)).toBe(exit);
});
