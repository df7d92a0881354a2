import type { WatchEvent } from '../client.ts';
import { type Clock, deadline } from '../clock.ts';
import { KubeError } from '../errors.ts';
import type { RequestInfo } from '../request-info.ts';
import { RequestCounters } from '../request-counters.ts';
import { statusError } from '../status-error.ts';
import type { Transport, TransportRequest, TransportResponse } from '../transport.ts';
import type { FakeApiServer } from './fake-apiserver.ts';
import { openFakeWatch } from './fake-watch.ts';
import { knownRequest } from './known-requests.ts';

/** What may go wrong with one call. */
export type Fault =
  /** The server says no. */
  | { readonly fault: 'error'; readonly status: number; readonly reason?: string; readonly retryAfterSeconds?: number }
  /** The connection breaks before the server has seen the call. */
  | { readonly fault: 'request-lost' }
  /** The server does it, but the connection breaks before its answer. */
  | { readonly fault: 'reply-lost' }
  /** No answer until the deadline; the server never sees the call. */
  | { readonly fault: 'hang' }
  /** A list or watch as of an earlier revision: an API server that lags behind. */
  | { readonly fault: 'stale'; readonly revision: number }
  /** Some other answer: empty, partial, garbage. */
  | { readonly fault: 'answer'; readonly status: number; readonly body: unknown };

/** A call that a process is about to make. */
export interface PlannedCall extends RequestInfo {
  /** Counts the calls of this transport from 1. */
  readonly number: number;
  readonly body: unknown;
}

/** The faults of one process's connection. */
export interface Faults {
  onCall?(call: PlannedCall): Fault | undefined;
  /** Called after the server has done a call and before its answer is delivered; for crashes "after the write". */
  afterCall?(call: PlannedCall): void;
  /** What a watch delivers in place of an event: nothing, itself twice, others. */
  onEvent?(event: WatchEvent): readonly WatchEvent[];
}

export interface MemoryTransportOptions {
  readonly server: FakeApiServer;
  readonly clock: Clock;
  readonly faults?: Faults;
}

/** A connection to a {@link FakeApiServer} without sockets. `kill` makes it that of a process that is gone. */
export class MemoryTransport implements Transport {
  readonly requests = new RequestCounters();
  faults: Faults;
  readonly #options: MemoryTransportOptions;
  #dead = new AbortController();
  #breakWatches = new AbortController();
  #calls = 0;

  constructor(options: MemoryTransportOptions) {
    this.#options = options;
    this.faults = options.faults ?? {};
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const call = this.#begin(request);
    const fault = this.faults.onCall?.(call);
    await Promise.resolve();
    this.#checkAlive(request);
    const answer = await this.#answer(request, fault);
    this.faults.afterCall?.(call);
    this.#checkAlive(request);
    if (fault?.fault === 'reply-lost') throw this.#broken(request);
    this.requests.add({ method: request.method, path: request.path, watch: false }, String(answer.status));
    return { headers: {}, ...answer };
  }

  async stream(request: TransportRequest): Promise<AsyncIterable<unknown>> {
    const call = this.#begin(request);
    const fault = this.faults.onCall?.(call);
    await Promise.resolve();
    this.#checkAlive(request);
    if (fault?.fault === 'hang') await this.#hang(request);
    if (fault?.fault === 'request-lost' || fault?.fault === 'reply-lost') throw this.#broken(request);
    const what = `${request.method} ${request.path}`;
    if (fault?.fault === 'error') throw statusError({ ...errorAnswer(fault), what });
    if (fault?.fault === 'answer') throw statusError({ status: fault.status, body: fault.body, what });
    this.requests.add({ method: request.method, path: request.path, watch: true }, '200');
    return openFakeWatch({
      store: this.#options.server.store,
      clock: this.#options.clock,
      request,
      signal: AbortSignal.any([request.signal, this.#dead.signal]),
      broken: this.#breakWatches.signal,
      onEvent: (event) => this.faults.onEvent?.(event) ?? [event],
    });
  }

  /** The process dies: no further call reaches the server, no answer reaches the process. */
  kill(): void {
    this.#dead.abort(new DOMException('the process was killed', 'AbortError'));
  }

  /** Breaks all open watches, as a restarting API server or load balancer does. */
  breakWatches(): void {
    this.#breakWatches.abort(new Error('read ECONNRESET'));
    this.#breakWatches = new AbortController();
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

  async #answer(
    request: TransportRequest,
    fault: Fault | undefined,
  ): Promise<{ status: number; body: unknown; headers?: Readonly<Record<string, string>> }> {
    if (fault?.fault === 'request-lost') throw this.#broken(request);
    if (fault?.fault === 'hang') return await this.#hang(request);
    if (fault?.fault === 'error') return errorAnswer(fault);
    if (fault?.fault === 'answer') return { status: fault.status, body: fault.body };
    const query = fault?.fault === 'stale' ? { ...request.query, fakeRevision: fault.revision } : request.query;
    return this.#options.server.handle({ ...request, ...(query ? { query } : {}) });
  }

  async #hang(request: TransportRequest): Promise<never> {
    using limit = deadline(this.#options.clock, request.deadlineMs, AbortSignal.any([request.signal, this.#dead.signal]));
    const { promise, resolve } = Promise.withResolvers<void>();
    limit.signal.addEventListener('abort', () => resolve(), { once: true });
    if (limit.signal.aborted) resolve();
    await promise;
    this.#checkAlive(request);
    throw new KubeError('KUBE_TIMEOUT', `${request.method} ${request.path}: no answer within ${request.deadlineMs} ms`, {
      retryable: true,
    });
  }

  #checkAlive(request: TransportRequest): void {
    if (!request.signal.aborted && !this.#dead.signal.aborted) return;
    throw new KubeError('KUBE_ABORTED', `${request.method} ${request.path}: given up`);
  }

  #broken(request: TransportRequest): KubeError {
    this.requests.add({ method: request.method, path: request.path, watch: false }, 'error');
    return new KubeError('KUBE_UNREACHABLE', `${request.method} ${request.path}: socket hang up`, { retryable: true });
  }
}

function errorAnswer(fault: Extract<Fault, { fault: 'error' }>): {
  status: number;
  body: unknown;
  headers: Record<string, string>;
} {
  const { status, reason = '', retryAfterSeconds } = fault;
  const headers: Record<string, string> = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, body: { kind: 'Status', status: 'Failure', message: `injected ${status}`, reason, code: status }, headers };
}
