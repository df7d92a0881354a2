import { NavigatorError } from '@navigator/api-types';
import { type Clock, deadline, systemClock } from './clock.ts';
import { isConflict, KubeError } from './errors.ts';
import type { Logger } from './logger.ts';
import { keyOf, type ObjectRef, refOfKey } from './object.ts';
import { defaultRateLimiter, type RateLimiter } from './rate-limiter.ts';
import type { ControllerMetrics, ReconcileResult, RuntimeMetrics } from './runtime-metrics.ts';
import { WorkQueue } from './workqueue.ts';

/** What to look at: a name, never an event or an object. */
export type ReconcileRequest = ObjectRef;

/** When to look again though nothing changed. Nothing: only when something changes. */
export interface ReconcileOutcome {
  readonly requeueAfterMs?: number | undefined;
}

/** Brings one object's world closer to what it asks for. A throw is retried with backoff, unless it is a {@link TerminalError}. */
export type Reconcile = (request: ReconcileRequest, signal: AbortSignal) => Promise<ReconcileOutcome | void>;

/** An error that only a change by the user can cure: it is reported and not retried. */
export class TerminalError extends NavigatorError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('KUBE_TERMINAL', message, { retryable: false, cause: options.cause });
  }
}

/** Options of a {@link Controller}. */
export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  /** How many keys may be in work at once. Default 1. */
  readonly concurrency?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly metrics?: RuntimeMetrics;
  readonly rateLimiter?: RateLimiter;
  /** A key whose own writes the cache does not show yet is put off, not run. */
  readonly expectations?: { satisfied(key: string): boolean };
  /** After this a reconcile's signal aborts. Default 2 min. */
  readonly reconcileTimeoutMs?: number;
}

/** A watch event usually brings the key back sooner; this is for the case that it does not. */
const STALE_RECHECK_MS = 250;

/**
 * A pass that finds nothing to write never waits for anything, so the next one follows in the same turn of the event loop.
 * After a restart over thousands of clusters that is a turn of many seconds, in which no Lease is renewed and no probe is
 * answered. So after this much time the others get their turn.
 */
const TURN_MS = 10;

/**
 * Workers that take keys from a queue and reconcile them. The policy on how a reconcile ended is all in `#settle`:
 * done ⇒ forget; requeueAfterMs ⇒ forget and add later; error ⇒ add with backoff; terminal ⇒ forget and report.
 */
export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: ControllerMetrics | undefined;
  readonly #hardStop = new AbortController();
  #workers: Promise<unknown> | undefined;
  /** Keys that wait for the caches to show their own writes. */
  readonly #putOff = new Set<string>();
  #turnBeganMs = 0;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger.child({ controller: options.name });
    const rateLimiter = options.rateLimiter ?? defaultRateLimiter(this.#clock);
    const state = { length: () => this.queue.length, inWorkMs: () => this.queue.inWorkMs() };
    const metrics = options.metrics?.queue(options.name, state);
    this.queue = new WorkQueue({ clock: this.#clock, rateLimiter, ...(metrics ? { metrics } : {}) });
    this.#metrics = options.metrics?.controller(options.name, options.concurrency ?? 1);
  }

  /** Asks for one object to be looked at. */
  enqueue(ref: ObjectRef): void {
    this.queue.add(keyOf(ref));
  }

  /** The caches show more than they did, and else nothing happened: only who was put off for that looks at the object now. */
  caughtUp(ref: ObjectRef): void {
    const key = keyOf(ref);
    if (this.#putOff.has(key)) this.queue.add(key);
  }

  /** Runs the workers until {@link stop}, or until the signal aborts: then what is in work is aborted too (lost lease). */
  async start(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => {
      this.queue.shutDown();
      this.#hardStop.abort(signal.reason);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#workers ??= Promise.all(Array.from({ length: this.#options.concurrency ?? 1 }, () => this.#work()));
    try {
      await this.#workers;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes no further key and waits for those in work; what is not done after `graceMs` is aborted. */
  async stop(graceMs: number): Promise<void> {
    using _timer = this.#clock.setTimeout(() => this.#hardStop.abort(new DOMException('shutting down', 'AbortError')), graceMs);
    await this.queue.drain();
    await this.#workers;
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.queue.get();
      if (key === undefined) return;
      try {
        await this.#process(key);
      } finally {
        this.queue.done(key);
      }
      await this.#breathe();
    }
  }

  /** Lets timers and sockets have their turn, if it is time for that. */
  async #breathe(): Promise<void> {
    if (this.#clock.monotonic() - this.#turnBeganMs < TURN_MS) return;
    await this.#clock.nextTurn?.();
    this.#turnBeganMs = this.#clock.monotonic();
  }

  async #process(key: string): Promise<void> {
    const { expectations, reconcile, reconcileTimeoutMs = 120_000 } = this.#options;
    const startedAt = this.#clock.monotonic();
    this.#metrics?.started();
    let result: ReconcileResult = 'stale';
    if (expectations?.satisfied(key) === false) {
      this.#putOff.add(key);
      this.queue.addAfter(key, STALE_RECHECK_MS);
    } else {
      this.#putOff.delete(key);
      using limit = deadline(this.#clock, reconcileTimeoutMs, this.#hardStop.signal);
      try {
        result = this.#settle(key, (await reconcile(refOfKey(key), limit.signal)) ?? {});
      } catch (error) {
        result = this.#settleError(key, error);
      }
    }
    this.#metrics?.ended(result, this.#clock.monotonic() - startedAt);
  }

  #settle(key: string, outcome: ReconcileOutcome): ReconcileResult {
    this.queue.forget(key);
    if (outcome.requeueAfterMs === undefined) return 'success';
    this.queue.addAfter(key, outcome.requeueAfterMs);
    return 'requeue_after';
  }

  #settleError(key: string, err: unknown): ReconcileResult {
    if (err instanceof TerminalError) {
      this.#logger.error({ err, key }, 'reconcile failed for good; waiting for a change');
      this.queue.forget(key);
      return 'terminal';
    }
    this.queue.addRateLimited(key, err instanceof KubeError ? (err.retryAfterMs ?? 0) : 0);
    // A conflict only says that the cache was behind; it is no news to anybody.
    const level = isConflict(err) || this.#hardStop.signal.aborted ? 'debug' : 'warn';
    this.#logger[level]({ err, key, failures: this.queue.failures(key) }, 'reconcile failed; will be tried again');
    return 'error';
  }
}
