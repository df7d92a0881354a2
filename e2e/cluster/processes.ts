// The lab's long-running programs. Each is recorded in a file with its pid, its start time and the machine's boot id: a
// pid alone may belong to somebody else by now, and only the three together name one process.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { waitFor } from './wait.ts';

const recordSchema = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks between the machine's boot and the process's start (field 22 of /proc/PID/stat). */
  startTicks: z.number().int().nonnegative(),
  bootId: z.string().min(1),
  argv: z.array(z.string()).min(1),
});

/** One process, named so that it cannot be mistaken for a later one with the same pid. */
export type ProcessRecord = z.infer<typeof recordSchema>;

/** What /proc/PID/stat says of a process. */
export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly startTicks: number;
}

/** Reads a record's text. Undefined when it is damaged (a crash while writing) or of another form. */
export function parseRecord(text: string): ProcessRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Parses /proc/PID/stat. The second field is the program's name in brackets, and may itself hold brackets and blanks. */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const [state, parent] = fields;
  const startTicks = Number(fields[19]);
  if (state === undefined || !Number.isInteger(startTicks)) return undefined;
  return { state, parent: Number(parent), startTicks };
}

/** The process's stat, or undefined when there is no such process. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Changes with each boot of the machine. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Whether exactly this process still runs (a zombie does not). */
export function isAlive(record: ProcessRecord): boolean {
  if (record.bootId !== bootId()) return false;
  const stat = readStat(record.pid);
  return stat !== undefined && stat.startTicks === record.startTicks && !'ZX'.includes(stat.state);
}

/** All pids of the machine. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Starts, finds and stops the programs recorded in one folder. */
export class ProcessTable {
  readonly #pidDir: string;
  readonly #logDir: string;

  constructor(dirs: { readonly pids: string; readonly logs: string }) {
    this.#pidDir = dirs.pids;
    this.#logDir = dirs.logs;
  }

  /** The log file of a program. */
  logPath(name: string): string {
    return join(this.#logDir, `${name}.log`);
  }

  /** The recorded process, if it still runs. */
  async running(name: string): Promise<ProcessRecord | undefined> {
    const text = await readFile(this.#recordPath(name), 'utf8').catch(() => '');
    const record = parseRecord(text);
    return record !== undefined && isAlive(record) ? record : undefined;
  }

  /**
   * Makes sure that the program runs with exactly these arguments; starts it again when they changed.
   * Says whether it was started now.
   */
  async ensure(name: string, argv: readonly [string, ...string[]]): Promise<boolean> {
    const current = await this.running(name);
    if (current !== undefined) {
      if (JSON.stringify(current.argv) === JSON.stringify(argv)) return false;
      await this.stop(name);
    }
    await this.#start(name, argv);
    return true;
  }

  /** Ends the program with SIGTERM, after `graceMs` with SIGKILL, and forgets it. Does nothing when it is gone. */
  async stop(name: string, graceMs = 10_000): Promise<boolean> {
    const record = await this.running(name);
    if (record !== undefined) await endProcess(record, graceMs);
    await rm(this.#recordPath(name), { force: true });
    return record !== undefined;
  }

  async #start(name: string, argv: readonly [string, ...string[]]): Promise<void> {
    mkdirSync(this.#pidDir, { recursive: true });
    mkdirSync(this.#logDir, { recursive: true });
    const log = openSync(this.logPath(name), 'a');
    const [command, ...args] = argv;
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
    child.on('error', () => undefined); // seen below: no pid
    closeSync(log);
    child.unref();
    const stat = child.pid === undefined ? undefined : readStat(child.pid);
    if (child.pid === undefined || stat === undefined) throw new Error(`${name}: cannot start ${command}`);
    const record: ProcessRecord = {
      pid: child.pid,
      startTicks: stat.startTicks,
      bootId: bootId(),
      argv: [...argv],
    };
    const path = this.#recordPath(name);
    await writeFile(`${path}.tmp`, JSON.stringify(record));
    await rename(`${path}.tmp`, path);
  }

  #recordPath(name: string): string {
    return join(this.#pidDir, `${name}.json`);
  }
}

/** Ends one process: SIGTERM, and SIGKILL when it is still there after `graceMs`. Returns when it is gone. */
export async function endProcess(record: ProcessRecord, graceMs: number): Promise<void> {
  const gone = async (): Promise<boolean> => !isAlive(record);
  const what = `end of process ${record.pid} (${record.argv[0] ?? ''})`;
  if (graceMs > 0) {
    signalPid(record.pid, 'SIGTERM');
    const ended = await waitFor(gone, { what, deadlineMs: graceMs, everyMs: 50 }).catch(() => false);
    if (ended) return;
  }
  if (isAlive(record)) signalPid(record.pid, 'SIGKILL');
  await waitFor(gone, { what, deadlineMs: 10_000, everyMs: 50 });
}

/** Sends a signal; a process that is already gone is no error. */
export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
