import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootId, isAlive, parseRecord, parseStat, ProcessTable, readStat } from './processes.ts';

const record = { pid: 12, startTicks: 34, bootId: 'b', argv: ['etcd', '--x'] };

describe('parseRecord', () => {
  test('reads what was written', () => {
    expect(parseRecord(JSON.stringify(record))).toEqual(record);
  });

  test.each(['', '{"pid": 1', '{"pid": -1}', 'null', JSON.stringify({ ...record, argv: [] })])(
    'a damaged record is none: %s',
    (text) => {
      expect(parseRecord(text)).toBeUndefined();
    },
  );
});

describe('parseStat', () => {
  const rest = '1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000';

  test('reads state, parent and start time', () => {
    expect(parseStat(`7 (etcd) S 3 ${rest}`)).toEqual({ state: 'S', parent: 3, startTicks: 4711 });
  });

  test('a name may hold brackets and blanks', () => {
    expect(parseStat(`7 (a) b (c) R 3 ${rest}`)?.startTicks).toBe(4711);
  });

  test('an empty file is no process', () => {
    expect(parseStat('')).toBeUndefined();
  });
});

describe('isAlive', () => {
  const stat = readStat(process.pid);
  const me = { pid: process.pid, startTicks: stat?.startTicks ?? -1, bootId: bootId(), argv: ['node'] };

  test('this process is', () => {
    expect(isAlive(me)).toBe(true);
  });

  test('the same pid with another start time is somebody else', () => {
    expect(isAlive({ ...me, startTicks: me.startTicks + 1 })).toBe(false);
  });

  test('a record of an earlier boot is stale', () => {
    expect(isAlive({ ...me, bootId: 'before' })).toBe(false);
  });
});

describe('ProcessTable', () => {
  let dir = '';
  let table: ProcessTable;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'navigator-'));
    table = new ProcessTable({ pids: join(dir, 'pid'), logs: join(dir, 'log') });
  });
  afterEach(async () => {
    await table.stop('sleeper', 0);
    await rm(dir, { recursive: true });
  });

  test('starts once, and again when the arguments change', async () => {
    expect(await table.ensure('sleeper', ['sleep', '60'])).toBe(true);
    const first = await table.running('sleeper');
    expect(await table.ensure('sleeper', ['sleep', '60'])).toBe(false);
    expect(await table.ensure('sleeper', ['sleep', '61'])).toBe(true);
    expect(first !== undefined && isAlive(first)).toBe(false);
  });

  test('starts again what was killed', async () => {
    await table.ensure('sleeper', ['sleep', '60']);
    const first = await table.running('sleeper');
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => table.running('sleeper')).toBeUndefined();
    expect(await table.ensure('sleeper', ['sleep', '60'])).toBe(true);
  });

  test('never touches a process that only has the same pid', async () => {
    await table.ensure('sleeper', ['sleep', '60']);
    await table.stop('sleeper');
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    const stale = { pid: stranger.pid, startTicks: 1, bootId: bootId(), argv: ['sleep', '60'] };
    await writeFile(join(dir, 'pid', 'sleeper.json'), JSON.stringify(stale));
    expect(await table.stop('sleeper')).toBe(false);
    expect(stranger.exitCode).toBeNull();
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  });

  test('keeps what the program wrote', async () => {
    await table.ensure('sleeper', ['sh', '-c', 'echo hello; exec sleep 60']);
    await expect.poll(() => readFile(table.logPath('sleeper'), 'utf8')).toBe('hello\n');
  });
});
