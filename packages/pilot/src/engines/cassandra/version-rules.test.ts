import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataVersion } from '../../data-version.ts';
import type { VersionRules } from '../engine.ts';
import { versionRules } from './version-rules.ts';
import { examineVolume } from './volume.ts';

const { signal } = new AbortController();
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'navigator-cassandra-'));
  await mkdir(join(root, 'data', 'commitlog'), { recursive: true });
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function image(jar: string): Promise<VersionRules> {
  await rm(join(root, 'lib'), { recursive: true, force: true });
  await mkdir(join(root, 'lib'));
  for (const name of ['cassandra-driver-core-3.12.1-shaded.jar', jar]) await writeFile(join(root, 'lib', name), '');
  return versionRules({ imageConf: 'etc', imageLib: join(root, 'lib'), data: join(root, 'data') });
}

test.each(['apache-cassandra-5.0.6.jar', 'cassandra-all-5.0.6.jar'])('the version of an image with %s', async (jar) => {
  expect(await (await image(jar)).imageVersion()).toBe('5.0.6');
});

test('an image without a jar does not tell', async () => {
  expect(await (await image('other.jar')).imageVersion()).toBeUndefined();
});

test.each([
  ['4.1.10', '4.1.4', true],
  ['4.1.0', '4.0.19', false],
  ['5.0.6', '4.1.10', false],
])('data of %s may be opened by %s: %s', async (data, older, may) => {
  expect((await image('x')).canGoBack(data, older)).toBe(may);
});

test('a new commit log segment shows that the data were opened; the record itself is no data', async () => {
  const older = new DataVersion(await image('apache-cassandra-4.1.10.jar'));
  await older.served('4.1.10');
  expect(await examineVolume(join(root, 'data'), signal)).toEqual({ hasFiles: false, hasSystemLocal: false });
  const newer = new DataVersion(await image('apache-cassandra-5.0.6.jar'));
  await newer.check(signal);
  await newer.starting(signal);
  await writeFile(join(root, 'data', 'commitlog', 'CommitLog-8-1.log'), '');
  const back = new DataVersion(await image('apache-cassandra-4.1.10.jar'));
  expect(await back.check(signal)).toMatchObject({ phase: 'Refused' });
});
