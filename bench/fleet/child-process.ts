import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { type ProcessStat, statOf } from './process-stat.ts';

const STOP_MS = 15_000;

/** A Node process of this run; what it says goes to a file. */
export class NodeProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcess;

  constructor(options: {
    readonly flags?: readonly string[];
    readonly args: readonly string[];
    readonly logFile: string;
    readonly env?: Readonly<Record<string, string>>;
  }) {
    const log = openSync(options.logFile, 'a');
    this.#child = spawn(process.execPath, [...(options.flags ?? []), ...options.args], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...options.env },
    });
    closeSync(log);
    if (this.#child.pid === undefined) throw new Error('the process could not be started');
    this.pid = this.#child.pid;
  }

  /** Its CPU and memory. @throws when it has ended. */
  stat(): ProcessStat {
    return statOf(this.pid);
  }

  /** Tells it something over the channel that Node gives to child processes. */
  send(message: Readonly<Record<string, unknown>>): void {
    this.#child.send(message);
  }

  /** The next thing that it says over that channel. */
  async answer(): Promise<unknown> {
    const message: readonly unknown[] = await once(this.#child, 'message');
    return message[0];
  }

  /** SIGTERM, and SIGKILL when that is not enough. Resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
