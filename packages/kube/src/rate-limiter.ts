import { type BackoffOptions, backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';

/** Says how long a key that failed must wait. */
export interface RateLimiter {
  /** Counts one more failure of the key and returns its delay in milliseconds. */
  when(key: string): number;
  /** The key succeeded: its next failure is its first. */
  forget(key: string): void;
  /** Failures in a row. */
  failures(key: string): number;
}

/**
 * 5 ms doubling per failure of one key, like controller-runtime, but never more than a minute instead of 1000 s: after an
 * outage of the API server no database may wait a quarter of an hour to be looked at.
 */
const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 5, maxMs: 60_000, jitter: 0.1 };

/** Exponential backoff per key. */
export class ExponentialRateLimiter implements RateLimiter {
  readonly #failures = new Map<string, number>();
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  constructor(options: BackoffOptions = DEFAULT_BACKOFF, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  when(key: string): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    return backoffMs(failures, this.#options, this.#random);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}

/** Options of a {@link TokenBucket}. */
export interface BucketOptions {
  readonly clock: Clock;
  /** Tokens that come back each second. */
  readonly perSecond: number;
  /** How many may be taken at once after a pause. */
  readonly burst: number;
}

/** A bucket of permits that fills at a steady rate. */
export class TokenBucket {
  readonly #options: BucketOptions;
  #tokens: number;
  #atMs: number;

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#atMs = options.clock.monotonic();
  }

  /** Takes a permit if there is one. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a permit in any case, perhaps one of the future, and returns how long to wait for it. */
  reserveMs(): number {
    this.#refill();
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#options.perSecond) * 1000;
  }

  /**
   * How long until {@link tryTake} will succeed, in whole milliseconds: a rest of a token that is lost to rounding would
   * make who waits for it wake at the same moment for ever.
   */
  waitMs(): number {
    this.#refill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#options.perSecond) * 1000);
  }

  #refill(): void {
    const { clock, perSecond, burst } = this.#options;
    const now = clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#atMs) / 1000) * perSecond);
    this.#atMs = now;
  }
}

/** The slower of a key's own backoff and a bucket for all failures together: a broken API server is not hammered by all keys. */
export class OverallRateLimiter implements RateLimiter {
  readonly #each: RateLimiter;
  readonly #all: TokenBucket;

  constructor(each: RateLimiter, all: TokenBucket) {
    this.#each = each;
    this.#all = all;
  }

  when(key: string): number {
    return Math.max(this.#each.when(key), this.#all.reserveMs());
  }

  forget(key: string): void {
    this.#each.forget(key);
  }

  failures(key: string): number {
    return this.#each.failures(key);
  }
}

/**
 * The default of a controller: per key as above, and 100 retries a second (500 at once) for all keys together. Ten a second,
 * as controller-runtime has it, would make the last of 5,000 clusters wait eight minutes after an outage of the API server.
 */
export function defaultRateLimiter(clock: Clock, random: () => number = Math.random): RateLimiter {
  const all = new TokenBucket({ clock, perSecond: 100, burst: 500 });
  return new OverallRateLimiter(new ExponentialRateLimiter(DEFAULT_BACKOFF, random), all);
}
