import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RealApi } from './real-api.ts';

/** A line of the log, and when it was read (`performance.now()`). */
export interface LogLine {
  readonly message: string;
  readonly atMs: number;
  readonly fields: Record<string, unknown>;
}

/** The program itself, as a process of its own. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** All that it has said so far. */
  readonly lines: readonly LogLine[];
  /** Called for each further line, as it is read. */
  onLine(listener: (line: LogLine) => void): void;
  /** Resolves with the line once one has this message; rejects when the process ends before. */
  says(message: string): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** Starts `main.ts` against the API server, as the administrator or as the one with this token. */
export async function startProgram({ server }: RealApi, args: readonly string[], as?: string): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'navigator-controller-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const { port, token, certificate } = server.address;
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority': certificate, 'tls-server-name': 'kubernetes' };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token: as ?? token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const flags = [
    '--kubeconfig',
    kubeconfig,
    '--pilot-image',
    'registry.test/pilot:1',
    '--http-host',
    '127.0.0.1',
    '--http-port',
    '0',
    '--lease-namespace',
    'default',
  ];
  const child = spawn(process.execPath, [MAIN, ...flags, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = ending(child);
  const log = listen(child);
  return {
    pid: child.pid ?? 0,
    lines: log.lines,
    onLine: (listener) => void log.listeners.push(listener),
    says: (message) =>
      Promise.race([
        log.says(message),
        ended.then(({ code }) => Promise.reject(new Error(`ended with ${code} before "${message}"`))),
      ]),
    kill: (signal) => child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ending(child: ChildProcess): Program['ended'] {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<Program['ended']>>();
  child.once('exit', (code, signal) => resolve({ code, signal }));
  child.once('error', reject);
  return promise;
}

interface Log {
  readonly lines: LogLine[];
  readonly listeners: ((line: LogLine) => void)[];
  says(message: string): Promise<Record<string, unknown>>;
}

function listen(child: ChildProcess): Log {
  const lines: LogLine[] = [];
  const listeners: ((line: LogLine) => void)[] = [];
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const fields: Record<string, unknown> = JSON.parse(text);
      const line = { message: String(fields['msg']), atMs: performance.now(), fields };
      lines.push(line);
      for (const listener of listeners) listener(line);
    });
  }
  const says = async (message: string): Promise<Record<string, unknown>> => {
    const already = lines.find((line) => line.message === message);
    if (already) return already.fields;
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    listeners.push((line) => line.message === message && resolve(line.fields));
    return await promise;
  };
  return { lines, listeners, says };
}
