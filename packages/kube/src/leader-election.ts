import { type Lease, Leases } from './builtin-resources.ts';
import type { KubeClient } from './client.ts';
import { type Clock, deadline, sleep, systemClock } from './clock.ts';
import { isConflict, isNotFound } from './errors.ts';
import { silentLogger, type Logger } from './logger.ts';
import { microTime } from './micro-time.ts';
import { keyOf } from './object.ts';
import type { LeaderMetrics } from './runtime-metrics.ts';

/** Options of a {@link LeaderElector}. Times in milliseconds; the defaults are those of every Kubernetes component. */
export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Unique per process: pod name and something random. */
  readonly identity: string;
  /** Others may take over when they have not seen a renewal for so long. Default 15 s. */
  readonly leaseDurationMs?: number;
  /** Without a successful renewal for so long we stop leading, before others may start. Default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between tries. Default 2 s. */
  readonly retryPeriodMs?: number;
  readonly labels?: Record<string, string>;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly random?: () => number;
  readonly metrics?: LeaderMetrics;
}

/** What one look at the lease gave. */
type Attempt = 'held' | 'other';

/**
 * At most one leader, by a Lease. Durations are measured with the local monotonic clock from when a renewal was *seen*, never
 * from the times written in the Lease, so skewed clocks do no harm. A Lease is not a fence: a frozen process may wake up as
 * an old leader, so writes must also ask {@link LeaderElector.isLeader} (see `guardWrites`).
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #durationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  /** The lease as last seen, and when its holder last showed life. */
  #seen: Lease | undefined;
  #seenAtMs = 0;
  #leading = false;
  #lost = false;
  /** When the last renewal that is known to be done was sent. */
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  /** The last renewal that was sent; if its answer was lost, a later look at the lease may still confirm it. */
  #lastTry: { readonly renewTime: string; readonly sentAtMs: number } | undefined;
  /** False after a failed try: the lease must be read before it is written again. */
  #isCertain = false;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = (options.logger ?? silentLogger).child({ lease: keyOf(options.lease), identity: options.identity });
    this.#durationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryPeriodMs ?? 2000;
    if (this.#renewDeadlineMs >= this.#durationMs) throw new RangeError('renewDeadlineMs must be less than leaseDurationMs');
  }

  /** Whether we lead at this very moment, by the clock and not by a timer that a frozen process has not run yet. */
  isLeader(): boolean {
    return this.#leading && this.#clock.monotonic() - this.#renewedAtMs < this.#renewDeadlineMs;
  }

  /**
   * Whether somebody else may lead though we never gave the lease back. Unlike `!isLeader()` it is false after an orderly
   * stop, when the last events may still be told.
   */
  get mayBeReplaced(): boolean {
    return this.#lost || (this.#leading && !this.isLeader());
  }

  /** Who holds the lease, as far as we have seen. */
  get holder(): string | undefined {
    return this.#seen?.spec?.holderIdentity || undefined;
  }

  /**
   * Waits for the lease and then runs `lead` with a signal that aborts when the lease is lost. Returns when the signal aborts
   * (after `lead` has ended and the lease was given back), or when the lease was lost.
   */
  async run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<'stopped' | 'lost'> {
    if (!(await this.#acquire(signal))) return 'stopped';
    const lost = new AbortController();
    const done = new AbortController();
    const renewing = this.#renew(lost, done.signal);
    try {
      await lead(lost.signal);
    } finally {
      done.abort();
      await renewing;
      this.#leading = false;
      this.#options.metrics?.leading(false);
    }
    if (lost.signal.aborted) return 'lost';
    await this.#release();
    return 'stopped';
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if ((await this.#attempt(this.#renewDeadlineMs, signal)) === 'held') {
        this.#leading = true;
        this.#options.metrics?.leading(true);
        this.#logger.info({}, 'became leader');
        return true;
      }
      await sleep(this.#clock, this.#nextLookMs(), signal);
    }
    return false;
  }

  /**
   * Candidates look twice as often as the leader renews, so one that stops is followed within 3 s; and just when the lease
   * that they have seen ends, so one that is killed is followed within duration and one look, 16.5 s,
   * where a look each retry period may come 20 s late. The jitter keeps candidates from looking in step.
   */
  #nextLookMs(): number {
    const periodMs = (this.#retryMs / 2) * (1 + 0.2 * (this.#options.random ?? Math.random)());
    const endsInMs = this.#seen ? this.#endsAtMs(this.#seen) - this.#clock.monotonic() : 0;
    return endsInMs > 0 ? Math.min(periodMs, endsInMs) : periodMs;
  }

  /** Renews until `done`; aborts `lost` when a renewal has not succeeded in time or somebody else holds the lease. */
  async #renew(lost: AbortController, done: AbortSignal): Promise<void> {
    while (!done.aborted) {
      // The deadline is a timer of its own: it must fire though a try hangs.
      const leftMs = this.#renewedAtMs + this.#renewDeadlineMs - this.#clock.monotonic();
      using alarm = deadline(this.#clock, Math.max(0, leftMs), done);
      const outcome = await this.#renewOnce(alarm.signal);
      if (done.aborted) return;
      if (outcome !== 'held') {
        this.#logger.error({ outcome }, 'lost the lease');
        this.#lost = true;
        this.#leading = false;
        this.#options.metrics?.leading(false);
        lost.abort(new DOMException('lost the lease', 'AbortError'));
        return;
      }
      await sleep(this.#clock, this.#retryMs, done);
    }
  }

  async #renewOnce(signal: AbortSignal): Promise<Attempt | 'late'> {
    while (!signal.aborted) {
      const attempt = await this.#attempt(this.#retryMs * 2, signal);
      if (attempt !== undefined) return attempt;
      await sleep(this.#clock, this.#retryMs, signal);
    }
    return 'late';
  }

  /** One try to take or renew the lease; undefined when the API server did not say. */
  async #attempt(timeoutMs: number, signal: AbortSignal): Promise<Attempt | undefined> {
    using limit = deadline(this.#clock, timeoutMs, signal);
    try {
      const attempt = await this.#tryOnce(limit.signal);
      this.#isCertain = attempt === 'held';
      return attempt;
    } catch (err) {
      this.#isCertain = false;
      if (!signal.aborted) this.#logger.warn({ err }, 'could not read or write the lease');
      return undefined;
    }
  }

  async #tryOnce(signal: AbortSignal): Promise<Attempt> {
    const { client, lease, identity } = this.#options;
    const renewedAtMs = this.#renewedAtMs;
    const current = this.#isCertain ? this.#seen : await this.#read(signal);
    if (this.#renewedAtMs > renewedAtMs) return 'held';
    const holder = current?.spec?.holderIdentity ?? '';
    if (current && holder !== identity && holder !== '' && !this.#isExpired(current)) return 'other';
    // While we lead nobody else may have held it in between.
    if (current && holder !== identity && this.#leading) return 'other';
    const spec = this.#spec(current);
    this.#lastTry = { renewTime: spec.renewTime ?? '', sentAtMs: this.#clock.monotonic() };
    const body = { metadata: { resourceVersion: current?.metadata.resourceVersion }, spec };
    try {
      this.#observe(
        current
          ? await client.mergePatch(Leases, lease, { body }, signal)
          : await client.create(Leases, this.#newLease(spec), signal),
      );
      return 'held';
    } catch (error) {
      // What we knew of the lease was old: look at it at once, since its new holder may be working already.
      if (!this.#isCertain || !(isConflict(error) || isNotFound(error))) throw error;
      this.#isCertain = false;
      return await this.#tryOnce(signal);
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      const lease = await this.#options.client.get(Leases, this.#options.lease, signal);
      this.#observe(lease);
      return lease;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#seen = undefined;
      return undefined;
    }
  }

  /** A lease counts as alive from the moment at which we saw it change. */
  #observe(lease: Lease): void {
    if (lease.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) this.#seenAtMs = this.#clock.monotonic();
    this.#seen = lease;
    const { holderIdentity, renewTime } = lease.spec ?? {};
    const isConfirmed = holderIdentity === this.#options.identity && renewTime === this.#lastTry?.renewTime;
    if (isConfirmed && this.#lastTry) this.#renewedAtMs = Math.max(this.#renewedAtMs, this.#lastTry.sentAtMs);
  }

  #isExpired(lease: Lease): boolean {
    return this.#clock.monotonic() >= this.#endsAtMs(lease);
  }

  /** When its holder counts as dead unless it shows life before. */
  #endsAtMs(lease: Lease): number {
    return this.#seenAtMs + Math.max(this.#durationMs, (lease.spec?.leaseDurationSeconds ?? 0) * 1000);
  }

  #newLease(spec: NonNullable<Lease['spec']>): Lease {
    const { lease, labels } = this.#options;
    const metadata = { ...lease, ...(labels ? { labels } : {}) };
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
  }

  #spec(current: Lease | undefined): NonNullable<Lease['spec']> {
    const now = microTime(this.#clock.now());
    const isOurs = current?.spec?.holderIdentity === this.#options.identity;
    const transitions = current?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
      renewTime: now,
      acquireTime: (isOurs ? current.spec?.acquireTime : undefined) ?? now,
      leaseTransitions: isOurs || !current ? transitions : transitions + 1,
    };
  }

  /** Gives the lease back, so that the next leader need not wait for its end. */
  async #release(): Promise<void> {
    const { client, lease } = this.#options;
    using limit = deadline(this.#clock, this.#retryMs, new AbortController().signal);
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(this.#clock.now()) };
    const body = { metadata: { resourceVersion: this.#seen?.metadata.resourceVersion }, spec };
    try {
      await client.mergePatch(Leases, lease, { body }, limit.signal);
      this.#logger.info({}, 'gave the lease back');
    } catch (err) {
      this.#logger.warn({ err }, 'could not give the lease back; it will expire');
    }
  }
}
