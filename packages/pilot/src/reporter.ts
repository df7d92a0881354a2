import { HEARTBEAT_INTERVAL_MS, type PilotStatus } from '@navigator/api-types';
import { type Clock, deadline, isConflict, type Logger, sleep } from '@navigator/kube';
import type { PilotApi } from './api/pilot-api.ts';
import { isSignificant } from './status.ts';

/** At most one report a second, one in flight. */
const MIN_INTERVAL_MS = 1000;
const MAX_BACKOFF_MS = 30_000;
const WRITE_TIMEOUT_MS = 10_000;
/** How often a report is sent again at once because somebody else wrote the Pilot meanwhile; after that with growing pauses. */
const MAX_CONFLICTS = 3;
/** Beats are spread by a tenth, so that pilots that started together do not report together for ever. */
const JITTER = 0.1;

export interface ReporterParts {
  readonly api: PilotApi;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
}

/**
 * Writes the Pilot's status: changes at once (coalesced), amounts of data and the sign of life with the heartbeat.
 * Failures are retried for ever and stay here: losing the API server never touches the database.
 */
export class Reporter {
  readonly #parts: ReporterParts;
  #wanted: PilotStatus | undefined;
  #written: PilotStatus | undefined;
  #open = false;
  #failures = 0;
  #conflicts = 0;
  #lastTryMs = -Infinity;
  #beatMs = 0;
  #wake = Promise.withResolvers<void>();
  /** Told in /metrics. */
  readonly counters = { written: 0, errors: 0 };

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** The Pilot object exists (again): from now on reports may be written. `rewrite` when nothing of ours is in it. */
  open(rewrite: boolean): void {
    this.#open = true;
    this.#failures = 0;
    if (rewrite) this.#written = undefined;
    this.#wake.resolve();
  }

  /** There is no Pilot to report to. */
  close(): void {
    this.#open = false;
  }

  /** What shall be reported from now on. */
  offer(status: PilotStatus): void {
    this.#wanted = status;
    this.#wake.resolve();
  }

  /** Reports until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) await this.#sleep(waitMs, signal);
      else await this.#write(signal);
    }
  }

  /** Writes the last word, if it is not written yet, within `withinMs`. Call it after `run` has ended. Never throws. */
  async finish(withinMs: number): Promise<void> {
    const { clock } = this.#parts;
    using limit = deadline(clock, withinMs, new AbortController().signal);
    while (!limit.signal.aborted && this.#isUnwritten()) {
      await this.#write(limit.signal);
      if (this.#isUnwritten()) await sleep(clock, 500, limit.signal);
    }
  }

  #isUnwritten(): boolean {
    if (!this.#open || this.#wanted === undefined) return false;
    return this.#written === undefined || isSignificant(this.#written, this.#wanted);
  }

  /** How long until a write is due; 0 means now. */
  #waitMs(): number {
    if (!this.#open || this.#wanted === undefined) return Infinity;
    const intervalMs = this.#isUnwritten() || this.#failures > 0 ? this.#retryMs() : this.#beatMs;
    return Math.max(0, this.#lastTryMs + intervalMs - this.#parts.clock.monotonic());
  }

  #retryMs(): number {
    return Math.min(MAX_BACKOFF_MS, MIN_INTERVAL_MS * 2 ** Math.min(this.#failures, 10));
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    using limit = deadline(this.#parts.clock, ms, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    limit.signal.addEventListener('abort', () => resolve(), { once: true });
    if (limit.signal.aborted) resolve();
    await Promise.race([promise, this.#wake.promise]);
    this.#wake = Promise.withResolvers<void>();
  }

  /** With the newest that is known by then. */
  #again(): void {
    this.#conflicts += 1;
    this.#lastTryMs = -Infinity;
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { api, clock, log, random = Math.random } = this.#parts;
    const status = this.#wanted;
    if (status === undefined) return;
    this.#lastTryMs = clock.monotonic();
    using limit = deadline(clock, WRITE_TIMEOUT_MS, signal);
    try {
      await api.reportStatus({ ...status, heartbeatTime: new Date(clock.now()).toISOString() }, limit.signal);
      this.#written = status;
      this.#beatMs = HEARTBEAT_INTERVAL_MS * (1 - JITTER + 2 * JITTER * random());
      this.counters.written += 1;
      if (this.#failures > 0) log.info({ failures: this.#failures }, 'reporting again');
      this.#failures = 0;
      this.#conflicts = 0;
    } catch (error) {
      if (isConflict(error) && this.#conflicts < MAX_CONFLICTS) return this.#again();
      this.counters.errors += 1;
      this.#failures += 1;
      if (this.#failures === 1 && !signal.aborted)
        log.warn({ err: error }, 'the status could not be reported; the database runs on');
    }
  }
}
