import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMarkerKeeper, nextMarker } from './marker-keeper.ts';
import { MARKER_FILE, readMarker, writeMarker } from './marker.ts';
import { marker } from './testing/fixtures.ts';
import { examineVolume } from './volume.ts';

const { signal } = new AbortController();
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'navigator-volume-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function put(...path: string[]): Promise<void> {
  const file = join(dir, ...path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, '');
}

test('empty folders, lost+found and the marker are not data', async () => {
  await mkdir(join(dir, 'data', 'system'), { recursive: true });
  await put('lost+found', 'inode');
  await writeMarker(dir, marker());
  expect(await examineVolume(dir, signal)).toEqual({ marker: marker(), hasFiles: false, hasSystemLocal: false });
});

test('a commit log alone is data', async () => {
  await put('commitlog', 'CommitLog-7-1.log');
  expect(await examineVolume(dir, signal)).toEqual({ hasFiles: true, hasSystemLocal: false });
});

test.each(['nb-2-big-Data.db', 'da-1-bti-Data.db'])('system.local in %s', async (file) => {
  await put('data', 'system', 'local-7ad54392bcdd35a684174e047860b377', file);
  expect((await examineVolume(dir, signal)).hasSystemLocal).toBe(true);
});

test('a table folder without rows does not hold system.local', async () => {
  await put('data', 'system', 'local-7ad54392bcdd35a684174e047860b377', 'nb-2-big-TOC.txt');
  await put('data', 'system', 'local_metadata_log-1', 'nb-1-big-Data.db');
  expect(await examineVolume(dir, signal)).toEqual({ hasFiles: true, hasSystemLocal: false });
});

test('a volume that cannot be read is unknown, not empty', async () => {
  await expect(examineVolume(join(dir, 'gone'), signal)).rejects.toThrow('ENOENT');
});

test('a torn marker is an error, not a fresh volume', async () => {
  await writeFile(join(dir, MARKER_FILE), '{"format":1,');
  await expect(examineVolume(dir, signal)).rejects.toMatchObject({ code: 'VolumeMarkerInvalid' });
});

test('the marker of a later Navigator is an error', async () => {
  await writeFile(join(dir, MARKER_FILE), JSON.stringify({ ...marker(), format: 2 }));
  await expect(readMarker(dir, signal)).rejects.toMatchObject({ code: 'VolumeMarkerInvalid' });
});

test('the marker follows the node: joined with its host id, then decommissioned for ever', async () => {
  const keeper = createMarkerKeeper(dir);
  const { hostId: _hostId, ...fresh } = marker({ state: 'New' });
  const id = 'b684d206-bdaf-4e79-9ff8-6241ca64b3dc';
  await keeper.begin(undefined, fresh);
  await keeper.keep({ service: { OperationMode: 'JOINING', LocalHostId: id, ReleaseVersion: '5.0.6' } });
  expect(await readMarker(dir, signal)).toEqual(fresh);
  await keeper.keep({ service: { OperationMode: 'NORMAL', LocalHostId: id, ReleaseVersion: '5.0.6' } });
  expect(await readMarker(dir, signal)).toEqual({ ...fresh, state: 'Joined', hostId: id });
  await keeper.keep({ service: { OperationMode: 'DECOMMISSIONED' } });
  expect(await readMarker(dir, signal)).toMatchObject({ state: 'Decommissioned', hostId: id });
  await keeper.keep({ service: { OperationMode: 'NORMAL', LocalHostId: id, ReleaseVersion: '5.0.6' } });
  expect(await readMarker(dir, signal)).toMatchObject({ state: 'Decommissioned' });
});

test('a marker that is right is not written again', async () => {
  const keeper = createMarkerKeeper(dir);
  await keeper.begin(marker(), marker());
  await keeper.keep({ service: { OperationMode: 'NORMAL', LocalHostId: marker().hostId, ReleaseVersion: '5.0.6' } });
  await expect(readFile(join(dir, MARKER_FILE))).rejects.toThrow('ENOENT');
});

test.each(['STARTING', 'JOINING', 'LEAVING', 'DRAINED', undefined])('mode %s says nothing final', (mode) => {
  expect(nextMarker(marker({ state: 'New' }), { service: { OperationMode: mode } })).toBeUndefined();
});
