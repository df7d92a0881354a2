import { setTimeout as delay } from 'node:timers/promises';
import type { PilotStatus } from '@navigator/api-types';

/** As in packages/pilot/src/reporter.ts. */
const JITTER = 0.1;
const TICK_MS = 50;
/** A pilot has one report in flight; 15,000 of them would have as many connections, which the world shares out. */
const AT_ONCE = 32;
/** A beat that comes later than this shows that the API server cannot keep up. */
const LATE_MS = 5000;

interface Beat {
  status: PilotStatus;
  dueMs: number;
}

/** The hearts of all pilots: each reports again when nothing has changed for an interval, give or take a tenth. */
export class Beats {
  on = false;
  written = 0;
  late = 0;
  readonly #intervalMs: number;
  readonly #write: (key: string, signal: AbortSignal) => Promise<void>;
  readonly #hearts = new Map<string, Beat>();

  constructor(intervalMs: number, write: (key: string, signal: AbortSignal) => Promise<void>) {
    this.#intervalMs = intervalMs;
    this.#write = write;
  }

  get size(): number {
    return this.#hearts.size;
  }

  /** What this pilot reported last. */
  last(key: string): PilotStatus | undefined {
    return this.#hearts.get(key)?.status;
  }

  /** It has just reported this. */
  reported(key: string, status: PilotStatus): void {
    this.#hearts.set(key, { status, dueMs: performance.now() + this.#nextMs() });
  }

  /** Beats until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const flying = new Set<Promise<void>>();
    while (!signal.aborted) {
      await delay(TICK_MS, undefined, { signal }).catch(() => {});
      if (!this.on) this.#putOff();
      for (const [key, beat] of this.#hearts) {
        if (signal.aborted || beat.dueMs > performance.now()) continue;
        if (flying.size >= AT_ONCE) await Promise.race(flying);
        const call: Promise<void> = this.#one(key, beat, signal).finally(() => flying.delete(call));
        flying.add(call);
      }
    }
    await Promise.all(flying);
  }

  async #one(key: string, beat: Beat, signal: AbortSignal): Promise<void> {
    if (performance.now() - beat.dueMs > LATE_MS) this.late += 1;
    beat.dueMs = performance.now() + this.#nextMs();
    try {
      await this.#write(key, signal);
      this.written += 1;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** While nobody may beat, what falls due does so later, spread over an interval. */
  #putOff(): void {
    const now = performance.now();
    for (const beat of this.#hearts.values()) if (beat.dueMs <= now) beat.dueMs = now + this.#intervalMs * Math.random();
  }

  #nextMs(): number {
    return this.#intervalMs * (1 - JITTER + 2 * JITTER * Math.random());
  }
}
