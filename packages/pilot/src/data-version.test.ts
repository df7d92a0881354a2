import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataVersion, VERSION_FILE } from './data-version.ts';
import type { StartVerdict } from './engines/engine.ts';
import { areOfOneLine } from './versions.ts';

const { signal } = new AbortController();
const START = { start: true };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'navigator-version-'));
  await mkdir(join(folder, 'state'));
  await writeFile(join(folder, 'state', 'segment-1'), 'old');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** When versions were built; of others nobody knows. */
const BUILT: Readonly<Record<string, string>> = {
  '8.19.9': '2025-12-16T22:07:42.115850075Z',
  '9.2.0': '2025-10-21T10:06:21.288851013Z',
  '9.2.3': '2025-12-16T04:00:00Z',
  '9.3.0': '2026-02-01T00:00:00Z',
};

/** A pilot's look at the volume: a new one for each container. */
function pilotOf(image: string | undefined): DataVersion {
  const imageVersion = (): Promise<string | undefined> => Promise.resolve(image);
  const imageBuiltAt = (): Promise<string | undefined> => Promise.resolve(BUILT[image ?? '']);
  return new DataVersion({ folder, witnesses: ['', 'state'], imageVersion, imageBuiltAt, canGoBack: areOfOneLine });
}

/** The process opens the data, as each version does before it serves. */
async function open(): Promise<void> {
  await writeFile(join(folder, 'state', 'segment-2'), 'new');
}

async function gate(image: string | undefined): Promise<StartVerdict> {
  return await pilotOf(image).check(signal);
}

/** Passes the gate and starts; the container is then killed unless told otherwise. */
async function start(image: string): Promise<DataVersion> {
  const pilot = pilotOf(image);
  expect(await pilot.check(signal)).toEqual(START);
  await pilot.starting(signal);
  return pilot;
}

async function serve(image: string): Promise<void> {
  const pilot = await start(image);
  await pilot.served(image);
  expect(pilot.known).toBe(image);
}

test('data without a record may be opened by any version', async () => {
  expect(await gate('4.0.0')).toEqual(START);
  expect(await gate(undefined)).toEqual(START);
  expect(await readdir(folder)).toEqual(['state']);
});

test('what a version has served is refused to older ones, with both versions and the way out', async () => {
  await serve('5.0.6');
  expect(await gate('4.1.10')).toEqual({
    start: false,
    phase: 'Refused',
    message: 'the data on the volume are of version 5.0.6, which 4.1.10 cannot open: set spec.version to 5.0.6 or newer',
  });
  expect(await gate('5.0.6')).toEqual(START);
  expect(await gate('5.1.0')).toEqual(START);
});

test('a higher number that was built long before is refused, and the way out told; one that was built with it is not', async () => {
  await serve('8.19.9');
  const refused = await gate('9.2.0');
  expect(refused).toMatchObject({ start: false, phase: 'Refused' });
  expect(JSON.stringify(refused)).toContain(
    'of version 8.19.9, and 9.2.0 was built before it (2025-10-21 and 2025-12-16), so it may not know all that is in them: set spec.version to one that was released after 8.19.9, or back to 8.19.9',
  );
  for (const image of ['8.19.9', '9.2.3', '9.3.0', '10.0.0']) expect(await gate(image)).toEqual(START);
});

test('when a version was built is known of one that never served, too', async () => {
  await serve('8.15.0');
  await start('8.19.9');
  await open();
  expect(await gate('9.2.0')).toMatchObject({ start: false, phase: 'Refused' });
});

test('a record that an earlier pilot wrote without the date gets it at the next start', async () => {
  await writeFile(join(folder, VERSION_FILE), JSON.stringify({ version: '8.19.9' }));
  expect(await gate('9.2.0')).toEqual(START);
  await start('8.19.9');
  expect(await gate('9.2.0')).toMatchObject({ start: false, phase: 'Refused' });
});

test('one that never reached the data leaves what is known of the one before', async () => {
  await serve('8.19.9');
  await start('9.3.0');
  expect(await gate('9.2.0')).toMatchObject({ start: false, phase: 'Refused' });
});

test('the engine may allow a way back, and the older version is then what is remembered', async () => {
  await serve('4.1.10');
  await serve('4.1.4');
  const pilot = pilotOf('4.1.4');
  await pilot.check(signal);
  expect(pilot.known).toBe('4.1.4');
});

test('a newer version that opened the data and never served bars the way back, however it ended', async () => {
  await serve('4.1.10');
  await start('5.0.6');
  await open();
  expect(await gate('4.1.10')).toMatchObject({ start: false, phase: 'Refused' });
  expect(await gate('4.1.10')).toMatchObject({ start: false, phase: 'Refused' });
  expect(await gate('5.0.6')).toEqual(START);
});

test('a newer version that never reached the data leaves the way back open', async () => {
  await serve('4.1.10');
  await start('5.0.6');
  expect(await gate('4.1.10')).toEqual(START);
});

test('an image that never came to its start leaves the way back open', async () => {
  await serve('4.1.10');
  expect(await gate('5.0.6')).toEqual(START);
  await open();
  expect(await gate('4.1.10')).toEqual(START);
});

test('a file that is written in place is seen, whichever way the clock went', async () => {
  await serve('4.1.10');
  await start('5.0.6');
  await utimes(join(folder, 'state', 'segment-1'), new Date(0), new Date(0));
  expect(await gate('4.1.10')).toMatchObject({ phase: 'Refused' });
});

test('the end of the process says at once which version the data have', async () => {
  await serve('4.1.10');
  const pilot = await start('5.0.6');
  await open();
  await pilot.settle(signal);
  expect(pilot.known).toBe('5.0.6');
});

test('an image whose version cannot be told does not get at data that have one, and is not refused for good', async () => {
  await serve('4.1.10');
  expect(await gate(undefined)).toMatchObject({ start: false, phase: 'Waiting', message: expect.stringContaining('4.1.10') });
  expect(await gate('latest')).toMatchObject({ start: false, phase: 'Waiting' });
});

test('a record that cannot be read is an error, not an absent one', async () => {
  await writeFile(join(folder, VERSION_FILE), '{"version"');
  await expect(gate('5.0.6')).rejects.toMatchObject({ code: 'VersionRecordInvalid' });
  await rm(folder, { recursive: true });
  await writeFile(folder, 'not a folder');
  await expect(start('5.0.6')).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('restarts of one version write nothing', async () => {
  await serve('4.1.10');
  await rm(join(folder, VERSION_FILE));
  const pilot = pilotOf('4.1.10');
  await writeFile(join(folder, VERSION_FILE), '{"version":"4.1.10"}\n');
  await pilot.check(signal);
  await rm(join(folder, VERSION_FILE));
  await pilot.starting(signal);
  await pilot.served('4.1.10');
  await pilot.settle(signal);
  expect(await readdir(folder)).toEqual(['state']);
});
