import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PilotSpec } from '@navigator/api-types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetForming, membersToForm } from './volume.ts';

const members = ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'];
const joining: PilotSpec = { cluster: { kind: 'K', name: 'demo' }, nodePool: 'mixed', seeds: [] };
const forming: PilotSpec = { ...joining, bootstrap: { initialMembers: members } };
const master = { podName: 'es-demo-mixed-1', isMaster: true };

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'navigator-data-'));
});
afterEach(async () => {
  await rm(data, { recursive: true });
});

test('an empty master that is named forms the cluster', async () => {
  expect(await membersToForm(data, forming, master)).toEqual(members);
});

test('a fresh ext4 volume is empty', async () => {
  await mkdir(join(data, 'lost+found'));
  await writeFile(join(data, '.navigator-version.json.new'), '');
  expect(await membersToForm(data, forming, master)).toEqual(members);
});

test.each([
  ['without the order to form', joining, master],
  ['that is not named', forming, { ...master, podName: 'es-demo-mixed-3' }],
  ['without the master role', forming, { ...master, isMaster: false }],
])('a node %s only joins', async (_name, spec, node) => {
  expect(await membersToForm(data, spec, node)).toBeUndefined();
  expect(await readdir(data)).toEqual([]);
});

test('a volume that holds data of before never forms a second cluster', async () => {
  await mkdir(join(data, '_state'));
  expect(await membersToForm(data, forming, master)).toBeUndefined();
});

test('a node that crashed while the cluster formed goes on forming it, with the same members only', async () => {
  await membersToForm(data, forming, master);
  await mkdir(join(data, '_state'));
  expect(await membersToForm(data, forming, master)).toEqual(members);
  const others = { ...joining, bootstrap: { initialMembers: ['es-demo-mixed-1'] } };
  expect(await membersToForm(data, others, master)).toBeUndefined();
});

test('once the cluster has formed nothing makes this volume form one again', async () => {
  await membersToForm(data, forming, master);
  await mkdir(join(data, '_state'));
  await forgetForming(data);
  await forgetForming(data);
  expect(await membersToForm(data, forming, master)).toBeUndefined();
});

test('a torn mark is no mark', async () => {
  await writeFile(join(data, '.navigator-forming.json'), '{"initialMem');
  await mkdir(join(data, '_state'));
  expect(await membersToForm(data, forming, master)).toBeUndefined();
});
