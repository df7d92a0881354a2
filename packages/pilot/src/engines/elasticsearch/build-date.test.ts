import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, Zip, ZipDeflate, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildDate } from './build-date.ts';

const MANIFEST =
  'Manifest-Version: 1.0\r\nBuild-Date-UTC: 2025-12-16T22:07:45Z\r\nBuild-Date: 2025-12-16T22:07:42.115850075Z\r\n';
let folder: string;
let jar: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'navigator-jar-'));
  jar = join(folder, 'elasticsearch-8.19.9.jar');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test.each([0, 9] as const)('the manifest of a jar tells when it was built, compressed (%i) or not', async (level) => {
  const entries = { 'META-INF/': new Uint8Array(), 'META-INF/MANIFEST.MF': strToU8(MANIFEST), 'a.class': new Uint8Array(99_999) };
  await writeFile(jar, zipSync(entries, { level }));
  expect(await buildDate(jar)).toBe('2025-12-16T22:07:42.115850075Z');
});

test('also where the sizes stand behind the content, as the tools of the JDK write them', async () => {
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => (error === null ? chunks.push(chunk) : expect.fail(error.message)));
  for (const [name, content] of [
    ['META-INF/MANIFEST.MF', strToU8(MANIFEST)],
    ['a.class', new Uint8Array(9999)],
  ] as const) {
    const entry = new ZipDeflate(name);
    zip.add(entry);
    entry.push(content, true);
  }
  zip.end();
  await writeFile(jar, Buffer.concat(chunks));
  expect((await readFile(jar)).readUInt32LE(18)).toBe(0);
  expect(await buildDate(jar)).toBe('2025-12-16T22:07:42.115850075Z');
});

test.each([
  ['without a manifest', zipSync({ 'a.class': strToU8('Build-Date: 2025-12-16T22:07:42Z') })],
  ['without a date', zipSync({ 'META-INF/MANIFEST.MF': strToU8('Manifest-Version: 1.0\r\nBuild-Date: unknown\r\n') })],
  ['that is cut short', zipSync({ 'META-INF/': new Uint8Array() }).subarray(0, 20)],
  ['that is none', strToU8('Build-Date: 2025-12-16T22:07:42Z')],
])('a jar %s tells nothing', async (_what, content) => {
  await writeFile(jar, content);
  expect(await buildDate(jar)).toBeUndefined();
});
