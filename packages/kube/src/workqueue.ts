import { type Clock, systemClock } from './clock.ts';
import { defaultRateLimiter, type RateLimiter } from './rate-limiter.ts';
import type { QueueMetrics } from './runtime-metrics.ts';

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions {
  readonly clock?: Clock;
  readonly rateLimiter?: RateLimiter;
  readonly metrics?: QueueMetrics;
}

/**
 * A queue of keys, never of objects or events. Its contract:
 * - a key added many times before it is taken is handed out once;
 * - a key is never handed out twice at the same time: if it is added while it is processed, it comes again after `done`;
 * - no key that was added is forgotten, except by `shutDown`;
 * - a date for a look is over when the key is handed out before it: whoever looks now says when to look next.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #limiter: RateLimiter;
  readonly #metrics: QueueMetrics | undefined;
  /** Waiting, in order of arrival, with the time of arrival. */
  readonly #waiting = new Map<string, number>();
  /** Handed out, with the time of that. */
  readonly #processing = new Map<string, number>();
  /** Added while handed out. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { readonly atMs: number; readonly timer: Disposable }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #drained: (() => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#limiter = options.rateLimiter ?? defaultRateLimiter(this.#clock);
    this.#metrics = options.metrics;
  }

  /** Keys that wait to be taken; not those with a delay, nor those in work. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Puts a key in, unless it waits already. */
  add(key: string): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      if (!this.#again.has(key)) this.#metrics?.added();
      this.#again.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#metrics?.added();
    this.#waiting.set(key, this.#clock.monotonic());
    this.#handOut();
  }

  /** Puts a key in after a while. If it is due earlier already, that stands. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) return this.add(key);
    const atMs = this.#clock.monotonic() + ms;
    const before = this.#delayed.get(key);
    if (before && before.atMs <= atMs) return;
    before?.timer[Symbol.dispose]();
    const timer = this.#clock.setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, ms);
    this.#delayed.set(key, { atMs, timer });
  }

  /** Puts a key that failed back, after its backoff or `atLeastMs`, whichever is longer. */
  addRateLimited(key: string, atLeastMs = 0): void {
    this.#metrics?.retried();
    this.addAfter(key, Math.max(atLeastMs, this.#limiter.when(key)));
  }

  /** Ends the key's backoff. */
  forget(key: string): void {
    this.#limiter.forget(key);
  }

  /** How often the key has failed in a row. */
  failures(key: string): number {
    return this.#limiter.failures(key);
  }

  /** The next key, as soon as there is one; `undefined` when the queue is shut down. Must be followed by {@link done}. */
  async get(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#takers.push(resolve);
    this.#handOut();
    return await promise;
  }

  /** The key is no longer in work. If it was added meanwhile it waits again. */
  done(key: string): void {
    const startedAt = this.#processing.get(key);
    if (startedAt === undefined) return;
    this.#processing.delete(key);
    this.#metrics?.worked(this.#clock.monotonic() - startedAt);
    if (this.#again.delete(key) && !this.#closed) {
      this.#waiting.set(key, this.#clock.monotonic());
      this.#handOut();
    }
    if (this.#closed && this.#processing.size === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** For how long each key in work has been so, in milliseconds. */
  inWorkMs(): number[] {
    const now = this.#clock.monotonic();
    return [...this.#processing.values()].map((startedAt) => now - startedAt);
  }

  /** Hands out nothing more; what waits is dropped (the next start finds it by listing). */
  shutDown(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Shuts down and waits until no key is in work. */
  async drain(): Promise<void> {
    this.shutDown();
    if (this.#processing.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained.push(resolve);
    await promise;
  }

  #handOut(): void {
    while (this.#takers.length > 0 && this.#waiting.size > 0) {
      const [first] = this.#waiting;
      const taker = this.#takers.shift();
      if (!first || !taker) return;
      const [key, addedAt] = first;
      const now = this.#clock.monotonic();
      this.#waiting.delete(key);
      this.#delayed.get(key)?.timer[Symbol.dispose]();
      this.#delayed.delete(key);
      this.#processing.set(key, now);
      this.#metrics?.taken(now - addedAt);
      taker(key);
    }
  }
}
