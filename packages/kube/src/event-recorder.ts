import { backoffMs } from './backoff.ts';
import { type Event, Events } from './builtin-resources.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isAlreadyExists, isNotFound, KubeError } from './errors.ts';
import {
  EventCorrelator,
  type EventDetails,
  type EventSeries,
  type EventSubject,
  remember,
  subjectKey,
} from './event-correlator.ts';
import { type Logger, silentLogger } from './logger.ts';
import { secondTime } from './micro-time.ts';
import { TokenBucket } from './rate-limiter.ts';

export type { EventDetails, EventSubject } from './event-correlator.ts';

/** Options of an {@link EventRecorder}. */
export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Shown as `From` by kubectl. */
  readonly component: string;
  /** Which process of it, for example the pod's name. */
  readonly instance: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Writes per object: 25 at once, then one every five minutes, as in client-go. What is held back is counted, not lost. */
const BUCKET = { burst: 25, perSecond: 1 / 300 };
/** Higher counts of events that are known already: from an allowance of their own, so that they never hold back news. */
const REPEATS_BUCKET = { burst: 10, perSecond: 1 / 60 };
/** Repeats of one event raise its count at most this often. */
const REPEAT_MS = 10_000;
const MAX_FAILURES = 12;
const RETRY = { baseMs: 1000, maxMs: 60_000, jitter: 0.2 };

/**
 * Writes Events for people, in the background: `event` never waits and never throws. core/v1 Events and not events.k8s.io/v1,
 * because `kubectl describe` sorts by `lastTimestamp`, which only they have (docs/adr/0003-core-events.md).
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #correlator = new EventCorrelator();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #unwritten = new Set<EventSeries>();
  #timer: Disposable | undefined;
  #writing: Promise<void> | undefined;
  #sequence = 0;
  #hurry: AbortSignal | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Records that something happened to an object. */
  event(subject: EventSubject, details: EventDetails): void {
    this.#unwritten.add(this.#correlator.add(subject, details, this.#clock.now()));
    this.#wake();
  }

  /** Writes at once what is held back, within the signal's time; called last before the process ends. */
  async flush(signal: AbortSignal): Promise<void> {
    this.#hurry = signal;
    this.#wake();
    while (this.#writing) await this.#writing;
    this.#hurry = undefined;
    this.#timer?.[Symbol.dispose]();
  }

  #wake(): void {
    this.#writing ??= this.#writeDue().finally(() => {
      this.#writing = undefined;
      this.#sleepUntilNext();
    });
  }

  async #writeDue(): Promise<void> {
    // A turn later: what one reconcile records together is written with its final counts.
    await Promise.resolve();
    for (let series = this.#nextDue(); series; series = this.#nextDue()) {
      this.#unwritten.delete(series);
      await this.#write(series);
    }
  }

  #nextDue(): EventSeries | undefined {
    if (this.#hurry?.aborted) return undefined;
    const now = this.#clock.monotonic();
    for (const series of this.#unwritten) {
      if (this.#hurry) return series;
      if (series.notBeforeMs > now) continue;
      const bucket = this.#bucket(series);
      if (bucket.tryTake()) return series;
      series.notBeforeMs = now + bucket.waitMs();
    }
    return undefined;
  }

  #bucket({ subject, name }: EventSeries): TokenBucket {
    const isNews = name === undefined;
    const key = `${subjectKey(subject)}\u0000${isNews}`;
    const limits = isNews ? BUCKET : REPEATS_BUCKET;
    const bucket = this.#buckets.get(key) ?? new TokenBucket({ clock: this.#clock, ...limits });
    remember(this.#buckets, key, bucket);
    return bucket;
  }

  #sleepUntilNext(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#unwritten.size === 0) return;
    const next = Math.min(...[...this.#unwritten].map((series) => series.notBeforeMs));
    // In whole milliseconds: a fraction too small to move the clock would wake us at the same moment for ever.
    this.#timer = this.#clock.setTimeout(() => this.#wake(), Math.max(0, Math.ceil(next - this.#clock.monotonic())));
  }

  async #write(series: EventSeries): Promise<void> {
    const { count } = series;
    try {
      await this.#send(series);
      series.writtenCount = count;
      series.failures = 0;
      series.notBeforeMs = this.#clock.monotonic() + REPEAT_MS;
      if (series.count > series.writtenCount) this.#unwritten.add(series);
    } catch (err) {
      this.#failed(series, err);
    }
  }

  async #send(series: EventSeries): Promise<void> {
    const { client } = this.#options;
    const signal = this.#hurry ?? new AbortController().signal;
    const namespace = series.subject.metadata.namespace ?? 'default';
    if (series.name !== undefined) {
      const body = { count: series.count, lastTimestamp: secondTime(series.lastMs), message: series.message };
      await client.mergePatch(Events, { namespace, name: series.name }, { body }, signal);
      return;
    }
    const name = this.#newName(series);
    await client.create(Events, this.#newEvent(series, { namespace, name }), signal);
    series.name = name;
  }

  #failed(series: EventSeries, err: unknown): void {
    // The server forgets Events after an hour; the name may also be taken. Either way: a new one, with the count kept.
    const anew = (isNotFound(err) && series.name !== undefined) || isAlreadyExists(err);
    if (anew) series.name = undefined;
    series.failures += 1;
    const isHopeless = err instanceof KubeError && !anew && (!err.retryable || err.code === 'KUBE_FORBIDDEN' || isNotFound(err));
    if (isHopeless || series.failures > MAX_FAILURES || this.#hurry?.aborted) {
      this.#logger.warn({ err, reason: series.details.reason, message: series.message }, 'an Event could not be written');
      series.failures = 0;
      return;
    }
    series.notBeforeMs = this.#clock.monotonic() + (anew ? 0 : backoffMs(series.failures, RETRY, Math.random));
    this.#unwritten.add(series);
  }

  #newName(series: EventSeries): string {
    this.#sequence += 1;
    const unique = (BigInt(this.#clock.now()) * 1_000_000n + BigInt(this.#sequence)).toString(16);
    return `${series.subject.metadata.name.slice(0, 230)}.${unique}`;
  }

  #newEvent(series: EventSeries, metadata: { readonly namespace: string; readonly name: string }): Event {
    const { component, instance } = this.#options;
    const { subject, details } = series;
    const { name, namespace, uid, resourceVersion } = subject.metadata;
    const involvedObject = { apiVersion: subject.apiVersion, kind: subject.kind, name, namespace, uid, resourceVersion };
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { ...metadata },
      involvedObject: withoutAbsent(involvedObject),
      type: details.type,
      reason: details.reason,
      message: series.message,
      ...(details.action === undefined ? {} : { action: details.action }),
      count: series.count,
      firstTimestamp: secondTime(series.firstMs),
      lastTimestamp: secondTime(series.lastMs),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}

function withoutAbsent(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
