import { join } from 'node:path';
import { pilotSpecSchema, processExitSchema, type ProcessExit } from '@navigator/api-types';
import { z } from 'zod';
import { readJsonFile, removeFile, writeJsonFile } from './json-file.ts';

const exitRecordSchema = z.object({ restarts: z.int().min(0), exit: processExitSchema });
/** How the process last ended by itself in this pod, and how often it did. */
export type ExitRecord = z.infer<typeof exitRecordSchema>;

const runningSchema = z.object({ pid: z.int(), startedAt: z.iso.datetime() });

const orderSchema = z.object({ uid: z.string(), generation: z.int(), spec: pilotSpecSchema });
/** The order that the pilot last got: enough to start again while the API server is away. */
export type Order = z.infer<typeof orderSchema>;

/**
 * What a pilot leaves to the next one in the same pod, as files in a folder that outlives container restarts:
 * `last-exit.json`, `running.json` (there only while the process runs), `order.json`.
 */
export class Records {
  readonly #directory: string;
  /** One write of the order at a time: two would share a temporary file. */
  #keeping: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * The last exit. If the previous pilot could not write one, the whole container was killed with it, and that is what
   * is recorded now.
   */
  async recover(now: Date): Promise<ExitRecord | undefined> {
    const last = await readJsonFile(this.#path('last-exit.json'), exitRecordSchema);
    const running = await readJsonFile(this.#path('running.json'), runningSchema);
    if (running === undefined) return last;
    const killed = `the container was killed as a whole (the pilot killed, memory exhausted, or the machine went down) before ${now.toISOString()}; the process had run since ${running.startedAt}`;
    const record = { restarts: (last?.restarts ?? 0) + 1, exit: { at: now.toISOString(), lastLines: [killed] } };
    await this.exited(record);
    return record;
  }

  /** The process runs: if nothing else is written, the next pilot knows that this one was killed. */
  async started(pid: number, startedAt: Date): Promise<void> {
    await writeJsonFile(this.#path('running.json'), { pid, startedAt: startedAt.toISOString() });
  }

  /** The process ended by itself. */
  async exited(record: ExitRecord): Promise<void> {
    await writeJsonFile(this.#path('last-exit.json'), record);
    await removeFile(this.#path('running.json'));
  }

  /** The process was stopped because the pod was asked to stop: no exit worth a record. */
  async stopped(): Promise<void> {
    await removeFile(this.#path('running.json'));
  }

  async order(): Promise<Order | undefined> {
    return await readJsonFile(this.#path('order.json'), orderSchema);
  }

  async keepOrder(order: Order): Promise<void> {
    const write = (): Promise<void> => writeJsonFile(this.#path('order.json'), order);
    this.#keeping = this.#keeping.then(write, write);
    await this.#keeping;
  }

  /** Waits until the orders that shall be kept are, or could not be. */
  async kept(): Promise<void> {
    await this.#keeping.catch(() => undefined);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** The later one of two exits: the Pilot's status may know of one in an earlier pod. */
export function laterExit(a: ProcessExit | undefined, b: ProcessExit | undefined): ProcessExit | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(b.at) > Date.parse(a.at) ? b : a;
}
