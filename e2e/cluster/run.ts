// The one place where the lab starts a program and waits for it. Every call has a deadline: past it the program's whole
// process group is killed, so that nothing it started is left behind.
import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';

/** How to run a program. */
export interface RunOptions {
  /** Milliseconds after which the program and its children are killed. Default 60,000. */
  readonly deadlineMs?: number;
  readonly cwd?: string;
  /** Set on top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to the program's standard input. */
  readonly input?: string;
  /** A file that receives standard output and error instead of the result. */
  readonly logPath?: string;
  readonly signal?: AbortSignal;
}

/** What a program wrote. Empty when a log file was given. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program failed, was killed at its deadline, or could not be started. */
export class RunError extends Error {
  readonly code = 'RunFailed';
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(message: string, exitCode: number | undefined, stderr: string) {
    super(stderr.trim() === '' ? message : `${message}: ${lastLines(stderr, 8)}`);
    this.name = 'RunError';
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** Runs a program to its end. Throws RunError unless it exits with 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const deadlineMs = options.deadlineMs ?? 60_000;
  const shown = [command, ...args].join(' ').slice(0, 200);
  const log = options.logPath === undefined ? undefined : openSync(options.logPath, 'a');
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  try {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      detached: true,
      stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
    });
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => undefined); // a program may end without reading its input
    child.stdin?.end(options.input ?? '');
    let ending: string | undefined;
    const end = (why: string): void => {
      ending = why;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer = setTimeout(() => end(`was stopped after ${deadlineMs / 1000} s`), deadlineMs);
    const onAbort = (): void => end('was cancelled');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', (error) => reject(new RunError(`${shown}: ${error.message}`, undefined, '')));
      child.on('close', resolve);
    }).finally(() => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    });
    const stderr = Buffer.concat(err).toString();
    if (ending !== undefined) throw new RunError(`${shown} ${ending}`, undefined, stderr);
    if (exitCode !== 0) {
      const where = options.logPath === undefined ? '' : ` (see ${options.logPath})`;
      throw new RunError(`${shown} exited with ${exitCode}${where}`, exitCode ?? undefined, stderr);
    }
    return { stdout: Buffer.concat(out).toString(), stderr };
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** Runs a program and says whether it exited with 0. */
export async function succeeds(command: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  try {
    await run(command, args, options);
    return true;
  } catch (error) {
    if (error instanceof RunError) return false;
    throw error;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
