import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { install } from './install.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'navigator-install-'));
  await mkdir(join(root, 'image', 'lib'), { recursive: true });
  for (const name of ['node', 'tini', 'pilot.js', 'lib/jolokia.jar']) await writeFile(join(root, 'image', name), `${name} v1`);
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

test('copies every part, programs executable for every user', async () => {
  await install(join(root, 'image'), join(root, 'shared'));
  expect((await readdir(join(root, 'shared'))).toSorted()).toEqual(['lib', 'node', 'pilot.js', 'tini']);
  expect((await stat(join(root, 'shared', 'node'))).mode & 0o777).toBe(0o755);
  expect(await readFile(join(root, 'shared', 'lib', 'jolokia.jar'), 'utf8')).toBe('lib/jolokia.jar v1');
});

test('a second run repairs what a killed one left and brings a newer version', async () => {
  const shared = join(root, 'shared');
  await install(join(root, 'image'), shared);
  await mkdir(join(shared, '.lib.new'));
  await writeFile(join(shared, '.node.new'), 'half');
  await writeFile(join(root, 'image', 'pilot.js'), 'pilot.js v2');
  await install(join(root, 'image'), shared);
  expect((await readdir(shared)).toSorted()).toEqual(['lib', 'node', 'pilot.js', 'tini']);
  expect(await readFile(join(shared, 'pilot.js'), 'utf8')).toBe('pilot.js v2');
});
