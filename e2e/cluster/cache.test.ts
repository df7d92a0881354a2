import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cachePath, cached, hashOf } from './cache.ts';
import { cacheRoot, statePaths } from './paths.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'navigator-'));
  vi.stubEnv('NAVIGATOR_CACHE', dir);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

test('the root: NAVIGATOR_CACHE, then XDG_CACHE_HOME, then the home folder', () => {
  expect(cacheRoot({ NAVIGATOR_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/a');
  expect(cacheRoot({ XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/b/navigator');
  expect(cacheRoot({ HOME: '/c' })).toBe('/c/.cache/navigator');
});

test('each local cluster has a state folder of its own', () => {
  expect(statePaths('/a', 0).dir).toBe('/a/cluster');
  expect(statePaths('/a', 2).dir).toBe('/a/cluster-2');
});

test('parts of a key do not run into each other', () => {
  expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']));
  expect(hashOf(['a', 1])).toBe(hashOf(['a', '1']));
});

test('an entry is made once', async () => {
  const make = vi.fn<(path: string) => Promise<void>>((path) => writeFile(path, 'made'));
  await Promise.all([cached('x/one', make), cached('x/one', make)]);
  expect(await cached('x/one', make)).toBe(cachePath('x/one'));
  expect(make).toHaveBeenCalledTimes(1);
  expect(await readFile(cachePath('x/one'), 'utf8')).toBe('made');
});

async function fail(path: string): Promise<void> {
  await writeFile(path, 'half');
  throw new Error('killed');
}

test('a failure leaves no entry, and the next try starts clean', async () => {
  await expect(cached('x/two', fail)).rejects.toThrow('killed');
  expect(existsSync(cachePath('x/two'))).toBe(false);
  await cached('x/two', async (path) => {
    expect(existsSync(path)).toBe(false);
    await writeFile(path, 'whole');
  });
  expect(await readdir(cachePath('x'))).toEqual(['two']);
});
