import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PilotStatus } from '@navigator/api-types';
import { type Clock, silentLogger, systemClock } from '@navigator/kube';
import { FakeClock } from '@navigator/kube/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OwnPilot } from './api/pilot-api.ts';
import type { NodeEngine, Observation, VersionRules } from './engines/engine.ts';
import type { Supervised } from './process/supervisor.ts';
import { runPilot } from './run.ts';
import { VolumeLock } from './volume-lock.ts';

/** Whole pilots over real processes: a small Node program plays the database. */

const own: OwnPilot = { uid: 'u', generation: 3, spec: { cluster: { kind: 'K', name: 'c' }, nodePool: 'p', seeds: [] } };
/** Runs until SIGTERM, then ends as a JVM does. */
const DATABASE = `process.on('SIGTERM', () => { console.log('bye'); process.exit(143); }); setInterval(() => {}, 1000); console.log('up');`;

let runDir: string;
let reports: PilotStatus[];
let logged: string;
let stop: AbortController;
let apiIsUp: boolean;
let serverState: OwnPilot | undefined;
let tell: ((pilot: OwnPilot | undefined) => void) | undefined;
let child: Supervised | undefined;
let port: number;
let drained: number;
let observation: Observation | Error;
let versions: VersionRules | undefined;
let drain: () => Promise<void>;

beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'navigator-run-'));
  reports = [];
  logged = '';
  stop = new AbortController();
  apiIsUp = true;
  serverState = own;
  tell = child = versions = undefined;
  port = drained = 0;
  observation = { ready: true, alive: true, version: '1.2.3' };
  drain = async () => undefined;
});

afterEach(async () => {
  child?.signal('SIGKILL');
  await rm(runDir, { recursive: true });
});

function engine(script: string): NodeEngine {
  return {
    drainTimeoutMs: 300,
    ...(versions === undefined ? {} : { versions }),
    checkVolume: async () => ({ start: true }),
    prepare: async () => ({ file: process.execPath, args: ['-e', script], env: {} }),
    async observe() {
      if (observation instanceof Error) throw observation;
      return observation;
    },
    async drain(signal) {
      drained += 1;
      const aborted = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('too late')), { once: true }),
      );
      await Promise.race([drain(), aborted]);
    },
  };
}

function start(script: string, clock: Clock = systemClock): Promise<number> {
  const output = { write: (chunk: Buffer) => void (logged += chunk.toString()) };
  return runPilot({
    node: engine(script),
    api: {
      async watchOwn(changed, signal) {
        tell = changed;
        if (apiIsUp) changed(serverState);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
      async reportStatus(status) {
        if (!apiIsUp) throw new Error('the API server is away');
        reports.push(status);
      },
    },
    clock,
    log: silentLogger,
    podUid: 'pod-1',
    runDir,
    port: 0,
    env: process.env,
    stdout: output,
    stderr: output,
    stop: stop.signal,
    onSpawned: (process) => (child = process),
    onListening: (listening) => (port = listening),
  });
}

function phases(): (string | undefined)[] {
  return reports.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
}

async function ask(path: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    get({ port, path, agent: false }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 8000, interval: 20 });
}

async function eventually(holds: () => Promise<void>): Promise<void> {
  await vi.waitFor(holds, { timeout: 8000, interval: 20 });
}

/** A pilot without an order of before does not give the API server time to tell a newer one. */
async function forgetOrder(): Promise<void> {
  await rm(join(runDir, 'order.json'), { force: true });
}

test('a whole life: start, serve, drain, SIGTERM, success', async () => {
  const exit = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  expect(await ask('/readyz')).toBe(200);
  expect(await ask('/livez')).toBe(200);
  expect(await ask('/metrics')).toBe(200);
  expect(await ask('/stop')).toBe(404);
  await until(() => logged.includes('up\n'));
  stop.abort();
  expect(await exit).toBe(0);
  expect(drained).toBe(1);
  expect(logged).toBe('up\nbye\n');
  expect(reports.at(-1)).toMatchObject({ phase: 'Stopped', observedGeneration: 3, podUid: 'pod-1' });
  expect(reports.at(-1)).not.toHaveProperty('lastExit');
});

test('draining is told while it lasts, and a drain that hangs is cut at its deadline', async () => {
  drain = () => new Promise(() => undefined);
  const exit = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  stop.abort();
  await until(async () => (await ask('/readyz')) === 503);
  expect(await ask('/livez')).toBe(200);
  expect(await exit).toBe(0);
});

test('a stop because the process showed no life is kept like an exit, for there is no other trace of it', async () => {
  const clock = new FakeClock();
  const exit = start(DATABASE, clock);
  await eventually(async () => {
    await clock.advance(1000);
    expect(reports.at(-1)?.phase).toBe('Running');
  });
  await until(() => logged.includes('up\n'));
  observation = { ready: false, alive: false, message: 'JMX does not listen' };
  await eventually(async () => {
    await clock.advance(2000);
    expect(await ask('/livez')).toBe(503);
  });
  stop.abort();
  await eventually(async () => {
    await clock.advance(500);
    expect(reports.at(-1)?.phase).toBe('Stopped');
  });
  expect(await exit).toBe(0);
  expect(reports.at(-1)?.process?.restarts).toBe(1);
  expect(reports.at(-1)?.lastExit?.code).toBe(143);
  expect(reports.at(-1)?.lastExit?.lastLines.at(-1)).toMatch(/^stopped: the process has shown no sign of life for \d+ s$/);
}, 30_000);

test('a database that never served is not drained, only stopped', async () => {
  observation = new Error('nothing listens');
  const exit = start(DATABASE);
  await until(() => logged.includes('up\n'));
  stop.abort();
  expect(await exit).toBe(0);
  expect(drained).toBe(0);
});

test('a crash ends the container with its code; exit and last lines are in status, also after the restart', async () => {
  const crash = await start(`console.error('out of disk'); process.exit(3);`);
  expect(crash).toBe(3);
  expect(reports.at(-1)).toMatchObject({
    phase: 'Failed',
    process: { restarts: 1 },
    lastExit: { code: 3, lastLines: ['out of disk'] },
  });

  const exit = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  expect(reports.at(-1)).toMatchObject({ process: { restarts: 1 }, lastExit: { code: 3 } });
  await until(() => logged.includes('up\n'));
  child?.signal('SIGKILL');
  expect(await exit).toBe(137);
  expect(reports.at(-1)).toMatchObject({
    phase: 'Failed',
    process: { restarts: 2 },
    lastExit: { signal: 'SIGKILL', lastLines: ['up'] },
  });
});

test('a database killed while the API server is away comes back, and then serves throughout', async () => {
  const first = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  apiIsUp = false;
  child?.signal('SIGKILL');
  expect(await first).toBe(137);

  port = 0;
  const second = start(DATABASE);
  await until(async () => port !== 0 && (await ask('/readyz')) === 200);
  apiIsUp = true;
  tell?.(own);
  await until(() => reports.at(-1)?.phase === 'Running' && reports.at(-1)?.process?.restarts === 1);
  expect(reports.at(-1)?.lastExit?.signal).toBe('SIGKILL');
  stop.abort();
  expect(await second).toBe(0);
}, 30_000);

test('a new pod does not start without its order', async () => {
  serverState = undefined;
  const exit = start(DATABASE);
  await until(async () => port !== 0 && (await ask('/livez')) === 200);
  expect(await ask('/readyz')).toBe(503);
  expect(child).toBeUndefined();
  tell?.(own);
  await until(() => reports.at(-1)?.phase === 'Running');
  stop.abort();
  await exit;
  expect(phases().at(-1)).toBe('Stopped');
});

test('what the status knows of an earlier pod is kept', async () => {
  const lastExit = { at: '2026-01-01T00:00:00.000Z', code: 1, lastLines: ['before'] };
  serverState = { ...own, lastExit };
  const exit = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  expect(reports.every((report) => report.lastExit?.code === 1)).toBe(true);
  stop.abort();
  await exit;
});

test('the version of the data is told in every phase, and an older image is refused', async () => {
  const volume = join(runDir, 'volume');
  await mkdir(volume);
  let image = '1.2.3';
  versions = { folder: volume, witnesses: [''], imageVersion: async () => image, canGoBack: () => false };
  const healthy = observation;
  observation = new Error('nothing listens');
  expect(await start(`console.error('never came to the data'); process.exit(3);`)).toBe(3);
  expect(reports.at(-1)).not.toHaveProperty('dataVersion');

  observation = healthy;
  await forgetOrder();
  const serving = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  expect(reports.at(-1)).toMatchObject({ version: '1.2.3', dataVersion: '1.2.3' });
  stop.abort();
  expect(await serving).toBe(0);
  expect(reports.at(-1)).toMatchObject({ phase: 'Stopped', dataVersion: '1.2.3' });

  image = '1.3.0';
  await forgetOrder();
  stop = new AbortController();
  observation = new Error('nothing listens');
  const opens = `require('fs').writeFileSync(${JSON.stringify(join(volume, 'new'))}, ''); process.exit(4);`;
  expect(await start(opens)).toBe(4);
  expect(reports.at(-1)).toMatchObject({ phase: 'Failed', dataVersion: '1.3.0' });

  image = '1.2.3';
  await forgetOrder();
  const refused = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Refused');
  expect(reports.at(-1)).toMatchObject({ dataVersion: '1.3.0', message: expect.stringContaining('set spec.version to 1.3.0') });
  stop.abort();
  expect(await refused).toBe(0);
}, 20_000);

test('while another pod runs on the volume nothing is started on it', async () => {
  versions = { folder: runDir, witnesses: [], imageVersion: async () => '1.2.3', canGoBack: () => false };
  const before = new VolumeLock(runDir, silentLogger);
  expect(await before.take(AbortSignal.timeout(5000))).toBeUndefined();
  const exit = start(DATABASE);
  await until(() => reports.at(-1)?.message?.includes('another pod') === true);
  expect(reports.at(-1)?.phase).toBe('Waiting');
  expect(child).toBeUndefined();
  await before[Symbol.asyncDispose]();
  await until(() => reports.at(-1)?.phase === 'Running');
  stop.abort();
  expect(await exit).toBe(0);
  expect((await readdir(runDir)).filter((name) => name.endsWith('.sock'))).toEqual([]);
});

const suspended: OwnPilot = { ...own, generation: 4, spec: { ...own.spec, desired: 'Suspended' } };

test('a suspended node is drained and stopped, stays so over restarts, and starts when that is lifted', async () => {
  const first = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running' && logged.includes('up\n'));
  tell?.(suspended);
  expect(await first).toBe(0);
  expect(drained).toBe(1);
  expect(logged).toBe('up\nbye\n');
  // With the very report that tells that the order was seen.
  expect(reports.filter(({ observedGeneration }) => observedGeneration === 4).map(({ phase }) => phase)).not.toContain('Running');
  expect(reports.at(-1)).toMatchObject({ phase: 'Stopped', observedGeneration: 4 });
  expect(reports.at(-1)).not.toHaveProperty('lastExit');

  child = undefined;
  serverState = suspended;
  const second = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Suspended');
  expect(await ask('/livez')).toBe(200);
  expect(await ask('/readyz')).toBe(503);
  stop.abort();
  expect(await second).toBe(0);

  expect(child).toBeUndefined();

  stop = new AbortController();
  const third = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Suspended');
  tell?.({ ...own, generation: 5 });
  await until(() => reports.at(-1)?.phase === 'Running');
  expect(reports.at(-1)).toMatchObject({ observedGeneration: 5, process: { restarts: 0 } });
  stop.abort();
  expect(await third).toBe(0);
}, 30_000);

test('a suspension that is taken back with the next word stops the process all the same, for it was told that it would', async () => {
  const exit = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running' && logged.includes('up\n'));
  tell?.(suspended);
  tell?.({ ...own, generation: 5 });
  expect(await exit).toBe(0);
  expect(reports.filter(({ observedGeneration }) => observedGeneration === 5).map(({ phase }) => phase)).not.toContain('Running');

  const second = start(DATABASE);
  await until(() => reports.at(-1)?.phase === 'Running');
  stop.abort();
  expect(await second).toBe(0);
}, 30_000);

test('a process that ignores SIGTERM is killed when its node is suspended, for nobody else would', async () => {
  const clock = new FakeClock();
  const exit = start(`process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up');`, clock);
  await until(() => logged.includes('up\n'));
  tell?.(suspended);
  await until(() => logged.includes('no\n'));
  await eventually(async () => {
    await clock.advance(10_000);
    expect(reports.at(-1)?.phase).toBe('Stopped');
  });
  expect(await exit).toBe(137);
}, 30_000);

test('an entrypoint that cannot be executed is a failure with its reason', async () => {
  const node = { ...engine(''), prepare: async () => ({ file: join(runDir, 'missing'), args: [], env: {} }) };
  const code = await runPilot({
    node,
    api: { watchOwn: async (changed) => changed(own), reportStatus: async (status) => void reports.push(status) },
    clock: systemClock,
    log: silentLogger,
    podUid: 'pod-1',
    runDir,
    port: 0,
    env: {},
    stdout: process.stdout,
    stderr: process.stderr,
    stop: stop.signal,
  });
  expect(code).toBe(127);
  expect(reports.at(-1)?.lastExit?.lastLines[0]).toContain('cannot execute');
});
