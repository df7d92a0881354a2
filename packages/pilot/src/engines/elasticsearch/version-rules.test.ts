import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataVersion } from '../../data-version.ts';
import { versionRules } from './version-rules.ts';

const { signal } = new AbortController();
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'navigator-es-'));
  await mkdir(join(home, 'lib'));
  await mkdir(join(home, 'data', '_state'), { recursive: true });
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

async function image(version: string): Promise<DataVersion> {
  await rm(join(home, 'lib'), { recursive: true });
  await mkdir(join(home, 'lib'));
  for (const name of ['elasticsearch-core', 'elasticsearch', 'lucene-core']) {
    await writeFile(join(home, 'lib', `${name}-${version}.jar`), '');
  }
  const places = { home, entrypoint: 'x', runDir: 'run' };
  expect(await versionRules(places).imageVersion()).toBe(version);
  return new DataVersion(versionRules(places));
}

test('not even a patch release goes back', async () => {
  const newer = await image('8.19.9');
  await newer.check(signal);
  await newer.starting(signal);
  await newer.served('8.19.9');
  const older = await image('8.19.8');
  expect(await older.check(signal)).toMatchObject({ phase: 'Refused', message: expect.stringContaining('8.19.9 or newer') });
});

test.each(['_state/segments_b', 'nodes/0/_state/node-1.st', 'indices/x'])('the data are opened when %s appears', async (path) => {
  await (await image('8.15.0')).served('8.15.0');
  const newer = await image('8.19.9');
  await newer.check(signal);
  await newer.starting(signal);
  await mkdir(join(home, 'data', path, '..'), { recursive: true });
  await writeFile(join(home, 'data', path), '');
  expect(await (await image('8.15.0')).check(signal)).toMatchObject({ phase: 'Refused' });
});
