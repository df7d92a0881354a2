import { type BackoffOptions, backoffMs } from './backoff.ts';
import type { KubeClient, ListOptions, WatchEvent } from './client.ts';
import { type Clock, sleep } from './clock.ts';
import { isGone, KubeError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { KubeObject } from './object.ts';
import { type Resource, resourceName } from './resource.ts';
import { statusError } from './status-error.ts';

/** Who receives what the reflector sees. None of them may throw. */
export interface ReflectorSink<T extends KubeObject> {
  /** What of an object, as it was listed, is kept and comes to `replace`. */
  keep(item: T): T;
  /** The whole collection, as it was at this resourceVersion. */
  replace(items: readonly T[], resourceVersion: string): void;
  /** One change after it. A BOOKMARK only advances the resourceVersion. */
  event(event: WatchEvent, resourceVersion: string): void;
}

/** Options of a {@link Reflector}. */
export interface ReflectorOptions<T extends KubeObject> extends ListOptions {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

/** As client-go: 0.8 s doubling to 30 s, up to twice that by chance. */
const BACKOFF: BackoffOptions = { baseMs: 800, maxMs: 30_000, jitter: 1 };
const HEALTHY_AFTER_MS = 120_000;
/**
 * The server sends bookmarks about once a minute, so a silence of this length is a connection that died without a word.
 * If a server sends none, a quiet watch is merely opened anew from where it was.
 */
const SILENCE_MS = 150_000;
/** A watch that ends at once, again and again, must not become a busy loop. */
const SHORT_WATCH_MS = 1000;
const MIN_TIMEOUT_SECONDS = 300;
/** After so many failed watches in a row the resourceVersion itself may be what the server cannot serve. */
const RELIST_AFTER_FAILURES = 5;

/**
 * Keeps a sink equal to a collection on the server: one list, then watches that resume after the last event processed.
 * Never gives up: errors wait and go on, an expired resourceVersion lists again. Ends only with its signal.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #logger: Logger;
  readonly #random: () => number;
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#logger = options.logger.child({ resource: resourceName(options.resource) });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      try {
        if (this.#resourceVersion === undefined) await this.#list(signal);
        else await this.#watch(this.#resourceVersion, signal);
        if (clock.monotonic() - startedAt >= SHORT_WATCH_MS) this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        await this.#afterError(error, clock.monotonic() - startedAt, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, sink } = this.#options;
    const { items, resourceVersion } = await client.list(resource, { ...this.#options, keep: (item) => sink.keep(item) }, signal);
    sink.replace(items, resourceVersion);
    this.#resourceVersion = resourceVersion;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, resource, clock } = this.#options;
    const timeoutSeconds = Math.round(MIN_TIMEOUT_SECONDS * (1 + this.#random()));
    const cut = new AbortController();
    const watchSignal = AbortSignal.any([signal, cut.signal]);
    const startedAt = clock.monotonic();
    let alarm = silenceAlarm(clock, cut);
    let events = 0;
    try {
      const lines = await client.watch(resource, { ...this.#options, resourceVersion, timeoutSeconds }, watchSignal);
      for await (const line of lines) {
        alarm[Symbol.dispose]();
        alarm = silenceAlarm(clock, cut);
        this.#process(line);
        events += 1;
      }
    } catch (error) {
      // A silent connection is not a sick server: open the next one at once.
      if (!cut.signal.aborted) throw error;
    } finally {
      alarm[Symbol.dispose]();
    }
    if (events === 0 && !signal.aborted && clock.monotonic() - startedAt < SHORT_WATCH_MS) {
      throw new KubeError('KUBE_UNREACHABLE', 'the watch ended as soon as it had begun', { retryable: true });
    }
  }

  #process(line: unknown): void {
    if (!isWatchEvent(line))
      throw new KubeError('KUBE_BAD_ANSWER', 'the watch sent something that is no event', { retryable: true });
    if (line.type === 'ERROR') {
      const status = typeof line.object['code'] === 'number' ? line.object['code'] : 500;
      throw statusError({ status, body: line.object, what: 'watch' });
    }
    const resourceVersion = line.object.metadata.resourceVersion ?? '';
    this.#options.sink.event(line, resourceVersion);
    this.#resourceVersion = resourceVersion;
    this.#failures = 0;
  }

  async #afterError(error: unknown, livedMs: number, signal: AbortSignal): Promise<void> {
    const listedBefore = this.#resourceVersion !== undefined;
    if (livedMs >= HEALTHY_AFTER_MS) this.#failures = 0;
    this.#failures += 1;
    const mustRelist = listedBefore && (isGone(error) || isUnknownVersion(error) || this.#failures >= RELIST_AFTER_FAILURES);
    if (mustRelist) this.#resourceVersion = undefined;
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    // The first expired watch lists at once: it is what happens after a quiet hour, not a sign of trouble.
    const pauseMs = mustRelist && this.#failures === 1 ? 0 : Math.max(asked, backoffMs(this.#failures, BACKOFF, this.#random));
    this.#logger[this.#failures > 1 ? 'warn' : 'debug']({ err: error, pauseMs, relist: mustRelist }, 'watch interrupted');
    await sleep(this.#options.clock, pauseMs, signal);
  }
}

function silenceAlarm(clock: Clock, cut: AbortController): Disposable {
  return clock.setTimeout(
    () => cut.abort(new DOMException('the watch has been silent for too long', 'TimeoutError')),
    SILENCE_MS,
  );
}

/** "Too large resource version": the server was restored from a backup or is behind; only a new list can tell. */
function isUnknownVersion(error: unknown): boolean {
  return error instanceof KubeError && error.status === 504 && error.message.includes('resource version');
}

function isWatchEvent(line: unknown): line is WatchEvent {
  if (typeof line !== 'object' || line === null || !('type' in line) || !('object' in line)) return false;
  const { type, object } = line;
  return typeof type === 'string' && typeof object === 'object' && object !== null && (type === 'ERROR' || 'metadata' in object);
}
