import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@navigator/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VolumeLock } from './volume-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'navigator-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const soon = (): AbortSignal => AbortSignal.timeout(5000);

test('a second pilot waits until the first one has ended, and leaves nothing behind meanwhile', async () => {
  await using first = new VolumeLock(folder, silentLogger);
  expect(await first.take(soon())).toBeUndefined();
  expect(await first.take(soon())).toBeUndefined();
  await using second = new VolumeLock(folder, silentLogger);
  expect(await second.take(soon())).toContain('another pod');
  expect(await second.take(soon())).toContain('another pod');
  expect(await readdir(folder)).toHaveLength(1);
  await first[Symbol.asyncDispose]();
  expect(await second.take(soon())).toBeUndefined();
});

test('of two that come at once at most one goes on', async () => {
  const locks = [new VolumeLock(folder, silentLogger), new VolumeLock(folder, silentLogger)];
  const answers = await Promise.all(locks.map((lock) => lock.take(soon())));
  expect(answers.filter((answer) => answer === undefined).length).toBeLessThan(2);
  for (const lock of locks) await lock[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

test('a pilot that was killed holds nothing', async () => {
  const path = join(folder, '.navigator-0123abcd.sock');
  const holder = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`,
  ]);
  await once(holder.stdout, 'data');
  await using lock = new VolumeLock(folder, silentLogger);
  expect(await lock.take(soon())).toContain('.navigator-0123abcd.sock');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await readdir(folder)).toEqual(['.navigator-0123abcd.sock']);
  expect(await lock.take(soon())).toBeUndefined();
  expect(await readdir(folder)).not.toContain('.navigator-0123abcd.sock');
});

test('where a socket cannot be made, all is as without a lock', async () => {
  await using lock = new VolumeLock(join(folder, 'x'.repeat(120)), silentLogger);
  expect(await lock.take(soon())).toBeUndefined();
});
