import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { PILOT_ONLY_ENV } from '@navigator/api-types';
import type { Command } from '../engines/engine.ts';
import { PilotError } from '../errors.ts';
import type { Exit } from '../lifecycle.ts';
import { LastLines } from './last-lines.ts';

/** Where the database's output goes: the container's log. */
export interface Output {
  write(chunk: Buffer): void;
}

/** A running database process. */
export interface Supervised {
  readonly pid: number;
  /** Settles once, when the process has ended. Never rejects. */
  readonly ended: Promise<Exit>;
  /** The last lines that it printed. */
  readonly lastLines: LastLines;
  /** Sends a signal; does nothing when the process has ended. */
  signal(signal: NodeJS.Signals): void;
}

export interface SpawnOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
}

/**
 * A pipe can outlive the process when a grandchild holds it (Elasticsearch's launcher and its server share one), so the
 * last lines are waited for only so long.
 */
const PIPE_DRAIN_MS = 1000;

/**
 * Starts the database's own entrypoint, passes its output on unchanged and keeps the last lines.
 * @throws PilotError `ProcessNotStarted` when the file cannot be executed.
 */
export async function supervise(command: Command, options: SpawnOptions): Promise<Supervised> {
  const child = spawn(command.file, [...command.args], {
    env: { ...withoutOurs(options.env), ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastLines = new LastLines();
  const piped = [passOn(child.stdout, options.stdout, lastLines), passOn(child.stderr, options.stderr, lastLines)];
  const ended = endOf(child, Promise.all(piped));
  await started(child, command.file);
  return {
    pid: child.pid ?? 0,
    ended,
    lastLines,
    signal(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    },
  };
}

function withoutOurs(env: SpawnOptions['env']): SpawnOptions['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !Object.hasOwn(PILOT_ONLY_ENV, name)));
}

async function started(child: ChildProcessByStdio<null, Readable, Readable>, file: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', () => resolve());
  child.once('error', (cause) => {
    reject(new PilotError('ProcessNotStarted', `cannot execute ${file}: ${cause.message}`, { cause }));
  });
  await promise;
  // A later error is a signal that could not be sent; the process has then ended, which `ended` tells.
  child.on('error', () => undefined);
}

async function endOf(child: ChildProcessByStdio<null, Readable, Readable>, pipes: Promise<unknown>): Promise<Exit> {
  const { promise, resolve } = Promise.withResolvers<Exit>();
  child.once('exit', (code, signal) => resolve({ code, signal }));
  const exit = await promise;
  const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
  const timer = setTimeout(giveUp, PIPE_DRAIN_MS);
  await Promise.race([pipes, late]);
  clearTimeout(timer);
  return exit;
}

async function passOn(stream: Readable, output: Output, lastLines: LastLines): Promise<void> {
  const feed = lastLines.feed();
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.on('data', (chunk: Buffer) => {
    output.write(chunk);
    feed.push(chunk);
  });
  stream.once('close', () => {
    feed.end();
    resolve();
  });
  stream.on('error', () => undefined);
  await promise;
}
