import {
  type KubeObject,
  KubeError,
  RequestCounters,
  sleep,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type WatchEvent,
} from '@navigator/kube';
import {
  eventFor,
  type Fault,
  filterOf,
  knownRequest,
  type PlannedCall,
  type Revision,
  statusError,
} from '@navigator/kube/testing';
import type { SimContext } from './context.ts';

/** What a watch does with one event in place of delivering it after the usual lag. */
export interface EventFault {
  /** Never delivered. */
  readonly drop?: boolean;
  /** Delivered twice. */
  readonly twice?: boolean;
  /** Delivered later, with everything after it. */
  readonly delayMs?: number;
  /** The connection breaks in place of it. */
  readonly cut?: boolean;
}

/** What goes wrong on one process's connection. */
export interface ConnectionFaults {
  onCall?(call: PlannedCall): Fault | undefined;
  /** Called when the server has done the call, before its answer is delivered. */
  afterCall?(call: PlannedCall): void;
  onEvent?(event: WatchEvent, collection: string): EventFault | undefined;
  /** Lists as of this revision, and events after it only from `untilMs` (monotonic) on: an API server that lags behind. */
  readonly stale?: { readonly revision: number; readonly untilMs: number };
}

export interface SimTransportOptions {
  readonly context: SimContext;
  readonly faults: ConnectionFaults;
  /** Time of one call, and lag of a watch, in ms. */
  readonly latencyMs: number;
  readonly lagMs: () => number;
  /** Called with what was there, when this connection has deleted it. */
  readonly onDeleted?: (object: KubeObject) => void;
}

/**
 * One process's connection to the API server in memory: calls take virtual time, watches deliver with a lag, and the plan
 * decides what goes wrong. After `kill` nothing of the process reaches the server.
 */
export class SimTransport implements Transport {
  readonly requests = new RequestCounters();
  readonly #options: SimTransportOptions;
  readonly #dead = new AbortController();
  readonly #watches = new Set<Watch>();
  #calls = 0;

  constructor(options: SimTransportOptions) {
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const { context, faults, latencyMs } = this.#options;
    const call = this.#begin(request);
    const fault = faults.onCall?.(call);
    await sleep(context.clock, latencyMs, this.#dead.signal);
    this.#checkAlive(request);
    if (fault?.fault === 'request-lost') throw broken(request);
    if (fault?.fault === 'hang') {
      await sleep(context.clock, request.deadlineMs, AbortSignal.any([this.#dead.signal, request.signal]));
      this.#checkAlive(request);
      throw new KubeError('KUBE_TIMEOUT', `${request.method} ${request.path}: no answer within ${request.deadlineMs} ms`, {
        retryable: true,
      });
    }
    const answer = this.#answer(request, fault, call);
    faults.afterCall?.(call);
    this.#checkAlive(request);
    if (fault?.fault === 'reply-lost') throw broken(request);
    return { headers: {}, ...answer };
  }

  async stream(request: TransportRequest): Promise<AsyncIterable<unknown>> {
    const { context, faults, latencyMs } = this.#options;
    const call = this.#begin(request);
    const fault = faults.onCall?.(call);
    await sleep(context.clock, latencyMs, this.#dead.signal);
    this.#checkAlive(request);
    if (fault !== undefined && fault.fault !== 'stale') {
      if (fault.fault === 'error') throw statusError({ status: fault.status, body: failure(fault), what: request.path });
      throw broken(request);
    }
    const watch = new Watch(this.#options, request, (ended) => this.#watches.delete(ended));
    if (!watch.isOver) this.#watches.add(watch);
    request.signal.addEventListener('abort', () => watch.end(), { once: true });
    return watch;
  }

  /** Ends every open watch; `gone` makes the server answer 410 to whoever resumes. */
  breakWatches(): void {
    for (const watch of this.#watches) watch.fail();
  }

  /** The process dies: no further call reaches the server, no answer and no event reach the process. */
  kill(): void {
    if (this.#dead.signal.aborted) return;
    this.#dead.abort(new DOMException('the process was killed', 'AbortError'));
    for (const watch of this.#watches) watch.end();
  }

  get isDead(): boolean {
    return this.#dead.signal.aborted;
  }

  async close(): Promise<void> {
    this.kill();
  }

  #begin(request: TransportRequest): PlannedCall {
    this.#checkAlive(request);
    this.#calls += 1;
    const info = knownRequest(request.method, request.path, request.query?.['watch'] !== undefined);
    return { ...info, number: this.#calls, body: request.body };
  }

  #answer(
    request: TransportRequest,
    fault: Fault | undefined,
    call: PlannedCall,
  ): { status: number; body: unknown; headers?: Record<string, string> } {
    const { context, faults } = this.#options;
    if (fault?.fault === 'error') {
      const headers: Record<string, string> =
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      return { status: fault.status, body: failure(fault), headers };
    }
    if (fault?.fault === 'answer') return { status: fault.status, body: fault.body };
    const stale = faults.stale;
    const isStale = stale !== undefined && call.verb === 'list' && context.clock.monotonic() < stale.untilMs;
    const query = isStale ? { ...request.query, fakeRevision: stale.revision } : request.query;
    const before =
      call.verb === 'delete' ? context.server.store.get(collectionOf(call), `${call.namespace ?? ''}/${call.name}`) : undefined;
    const answer = context.server.handle({ ...request, ...(query ? { query } : {}) });
    if (before !== undefined && answer.status === 200) this.#options.onDeleted?.(before);
    return answer;
  }

  #checkAlive(request: TransportRequest): void {
    if (!request.signal.aborted && !this.#dead.signal.aborted) return;
    throw new KubeError('KUBE_ABORTED', `${request.method} ${request.path}: given up`);
  }
}

function broken(request: TransportRequest): KubeError {
  return new KubeError('KUBE_UNREACHABLE', `${request.method} ${request.path}: socket hang up`, { retryable: true });
}

function failure({ status, reason = '' }: { readonly status: number; readonly reason?: string }): object {
  return { kind: 'Status', status: 'Failure', message: `injected ${status}`, reason, code: status };
}

function collectionOf({ group, plural }: PlannedCall): string {
  return group === '' ? plural : `${plural}.${group}`;
}

const BOOKMARK_MS = 60_000;

/** One open watch: what happened since the asked revision, then what happens, each after the lag, in order. */
class Watch implements AsyncIterable<WatchEvent>, AsyncIterator<WatchEvent> {
  readonly #options: SimTransportOptions;
  readonly #filter: ReturnType<typeof filterOf>;
  readonly #closed: (watch: Watch) => void;
  readonly #subscription: Disposable;
  readonly #timers = new Set<Disposable>();
  readonly #ready: WatchEvent[] = [];
  #lastAtMs = 0;
  #isBreaking = false;
  #ending: 'end' | 'fail' | undefined;
  #waiting: { resolve: (result: IteratorResult<WatchEvent>) => void; reject: (error: unknown) => void } | undefined;

  constructor(options: SimTransportOptions, request: TransportRequest, closed: (watch: Watch) => void) {
    this.#options = options;
    this.#closed = closed;
    const { server, clock } = options.context;
    const query = request.query ?? {};
    this.#filter = filterOf(request.path, query);
    const from = Number(query['resourceVersion'] ?? server.store.revision);
    this.#subscription = server.store.subscribe((revision) => this.#take(revision));
    if (from < server.store.compactedRevision) {
      this.#push({
        type: 'ERROR',
        object: {
          ...this.#filter.plain,
          metadata: { name: '' },
          code: 410,
          reason: 'Expired',
          message: 'too old resource version',
        },
      });
      this.end();
      return;
    }
    for (const revision of server.store.since(this.#filter.collection, from)) this.#take(revision);
    this.#later(Number(query['timeoutSeconds'] ?? 1800) * 1000, () => this.end());
    const beat = (): void => {
      this.#schedule(
        {
          type: 'BOOKMARK',
          object: { ...this.#filter.plain, metadata: { name: '', resourceVersion: String(server.store.revision) } },
        },
        0,
      );
      this.#later(BOOKMARK_MS, beat);
    };
    this.#later(BOOKMARK_MS, beat);
    this.#lastAtMs = clock.monotonic();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent> {
    return this;
  }

  async next(): Promise<IteratorResult<WatchEvent>> {
    const event = this.#ready.shift();
    if (event) return { done: false, value: event };
    if (this.#ending === 'end') return { done: true, value: undefined };
    if (this.#ending === 'fail') throw new KubeError('KUBE_UNREACHABLE', 'watch: read ECONNRESET', { retryable: true });
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<WatchEvent>>();
    this.#waiting = { resolve, reject };
    return await promise;
  }

  async return(): Promise<IteratorResult<WatchEvent>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Nothing more comes; one that asks for revisions that are gone is over from the start. */
  get isOver(): boolean {
    return this.#ending !== undefined;
  }

  end(): void {
    this.#finish('end');
  }

  fail(): void {
    this.#finish('fail');
  }

  #finish(how: 'end' | 'fail'): void {
    if (this.#ending) return;
    this.#ending = how;
    this.#subscription[Symbol.dispose]();
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#closed(this);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (how === 'end') waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(new KubeError('KUBE_UNREACHABLE', 'watch: read ECONNRESET', { retryable: true }));
  }

  #take(revision: Revision): void {
    if (revision.collection !== this.#filter.collection || this.#ending || this.#isBreaking) return;
    const event = eventFor(revision, this.#filter.matches);
    if (!event) return;
    const { faults, lagMs, context } = this.#options;
    const fault = faults.onEvent?.(event, revision.collection);
    if (fault?.drop) return;
    const stale = faults.stale;
    const heldMs = stale !== undefined && revision.number > stale.revision ? stale.untilMs - context.clock.monotonic() : 0;
    const delayMs = Math.max(heldMs, lagMs() + (fault?.delayMs ?? 0));
    if (fault?.cut) {
      // What comes after it on a connection cannot arrive when it did not: the watch would go on from there and never miss it.
      this.#isBreaking = true;
      this.#later(delayMs, () => this.fail());
      return;
    }
    this.#schedule(event, delayMs);
    if (fault?.twice) this.#schedule(event, delayMs);
  }

  /** In order: an event never overtakes one of the same watch. */
  #schedule(event: WatchEvent, delayMs: number): void {
    const now = this.#options.context.clock.monotonic();
    this.#lastAtMs = Math.max(this.#lastAtMs, now + delayMs);
    this.#later(this.#lastAtMs - now, () => this.#push(event));
  }

  #later(ms: number, task: () => void): void {
    const timer = this.#options.context.clock.setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, ms);
    this.#timers.add(timer);
  }

  #push(event: WatchEvent): void {
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ done: false, value: event });
    } else this.#ready.push(event);
  }
}

/** Whether a call changes something. */
export function isWriteCall({ verb }: PlannedCall): boolean {
  return verb === 'create' || verb === 'update' || verb === 'patch' || verb === 'delete';
}

export type { KubeObject };
