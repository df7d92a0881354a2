import * as http from 'node:http';
import * as https from 'node:https';
import { type Clock, deadline, systemClock } from './clock.ts';
import type { Credential, CredentialSource, TlsMaterial } from './credentials.ts';
import { KubeError } from './errors.ts';
import { notPermitted } from './guard-writes.ts';
import { jsonLines } from './json-lines.ts';
import { RequestCounters } from './request-counters.ts';
import { statusError } from './status-error.ts';
import { pathWithQuery, type Transport, type TransportRequest, type TransportResponse } from './transport.ts';

/** Options of an {@link HttpTransport}. */
export interface HttpTransportOptions {
  /** `https://host:port`, perhaps with a path prefix. */
  readonly server: string;
  readonly credentials: CredentialSource;
  readonly userAgent?: string;
  readonly clock?: Clock;
}

/** The API server closes idle connections after about 90 s; leave before, so that no request meets a closing one. */
const IDLE_SOCKET_MS = 60_000;
/** Finds half-open connections behind load balancers. */
const TCP_KEEP_ALIVE_MS = 30_000;

/**
 * The one transport of controller and pilot: `node:https` with a keep-alive pool, because undici (and with it client-node)
 * costs more memory than a whole pilot may have; see docs/adr/0002-own-transport.md. Asks for no compression: on the
 * cluster's network it costs both sides more time than it saves.
 */
export class HttpTransport implements Transport {
  readonly requests = new RequestCounters();
  readonly #base: URL;
  readonly #credentials: CredentialSource;
  readonly #userAgent: string;
  readonly #clock: Clock;
  #agent: http.Agent | undefined;
  #agentTls: TlsMaterial | undefined;

  constructor(options: HttpTransportOptions) {
    this.#base = new URL(options.server);
    this.#credentials = options.credentials;
    this.#userAgent = options.userAgent ?? 'navigator';
    this.#clock = options.clock ?? systemClock;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    using limit = deadline(this.#clock, request.deadlineMs, request.signal);
    return await this.#counted(request, limit.signal, async () => {
      const answer = await this.#open(request, limit.signal);
      return { status: answer.statusCode ?? 0, body: parseBody(await textOf(answer)), headers: headersOf(answer) };
    });
  }

  async stream(request: TransportRequest): Promise<AsyncIterable<unknown>> {
    using limit = deadline(this.#clock, request.deadlineMs, request.signal);
    const answer = await this.#counted(request, limit.signal, async () => {
      const opened = await this.#open(request, limit.signal);
      return { status: opened.statusCode ?? 0, opened };
    });
    const { status, opened } = answer;
    if (status < 200 || status > 299) {
      const body = parseBody(await textOf(opened));
      throw statusError({ status, body, headers: headersOf(opened), what: whatOf(request) });
    }
    return linesOf(opened, request);
  }

  async close(): Promise<void> {
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#agentTls = undefined;
  }

  /** Runs one call, counts its outcome and turns whatever is thrown into a KubeError. */
  async #counted<T extends { status: number }>(
    request: TransportRequest,
    limit: AbortSignal,
    call: () => Promise<T>,
  ): Promise<T> {
    const counted = { method: request.method, path: request.path, watch: request.query?.['watch'] !== undefined };
    try {
      const answer = await call();
      this.requests.add(counted, String(answer.status));
      return answer;
    } catch (error) {
      this.requests.add(counted, 'error');
      throw connectionError(error, request, limit);
    }
  }

  async #open(request: TransportRequest, limit: AbortSignal): Promise<http.IncomingMessage> {
    const answer = await this.#openOnLiveSocket(request, await this.#credentials.current(), limit);
    if (answer.statusCode !== 401) return answer;
    // The token may have rotated between reading it and using it: read it again, once.
    answer.resume();
    this.#credentials.invalidate();
    return await this.#openOnLiveSocket(request, await this.#credentials.current(), limit);
  }

  /** A pooled connection may be closing just now. Calls that may be repeated get a second one. */
  async #openOnLiveSocket(request: TransportRequest, credential: Credential, limit: AbortSignal): Promise<http.IncomingMessage> {
    try {
      return await this.#send(request, credential, limit);
    } catch (error) {
      if (!(error instanceof StaleSocketError) || request.method === 'POST' || limit.aborted) throw error;
      return await this.#send(request, credential, limit);
    }
  }

  async #send(request: TransportRequest, credential: Credential, limit: AbortSignal): Promise<http.IncomingMessage> {
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const prefix = this.#base.pathname === '/' ? '' : this.#base.pathname.replace(/\/$/, '');
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const open = this.#base.protocol === 'https:' ? https.request : http.request;
    const call = open({
      method: request.method,
      host: this.#base.hostname.replace(/^\[|\]$/g, ''),
      port: this.#base.port,
      path: prefix + pathWithQuery(request),
      agent: this.#agentFor(credential.tls),
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': this.#userAgent,
        ...credential.headers,
        ...(body ? { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length } : {}),
      },
    });
    const onAbort = (): void => void call.destroy(abortError(limit));
    limit.addEventListener('abort', onAbort, { once: true });
    call.once('response', resolve);
    call.once('error', (error) => reject(call.reusedSocket && !limit.aborted ? new StaleSocketError(error) : error));
    call.once('close', () => limit.removeEventListener('abort', onAbort));
    if (limit.aborted) onAbort();
    const { permit } = request;
    if (permit === undefined) call.end(body);
    else whenOpen(call, () => (permit() ? call.end(body) : giveUp(call, () => reject(notPermitted(request)))));
    return await promise;
  }

  #agentFor(tls: TlsMaterial): http.Agent {
    if (this.#agent && this.#agentTls === tls) return this.#agent;
    // The old agent's connections, watches among them, live on until they end by themselves.
    const pool = { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, timeout: IDLE_SOCKET_MS };
    this.#agent = this.#base.protocol === 'https:' ? new https.Agent({ ...pool, ...tls }) : new http.Agent(pool);
    this.#agentTls = tls;
    return this.#agent;
  }
}

/** Once the connection is open, TLS included: what is sent then leaves the process in the same turn of the loop. */
function whenOpen(call: http.ClientRequest, act: () => void): void {
  call.once('socket', (socket) => {
    if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', act);
    else act();
  });
}

function giveUp(call: http.ClientRequest, tell: () => void): void {
  tell();
  call.destroy();
}

/** A connection from the pool broke before any answer came: the server had closed it. */
class StaleSocketError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

async function textOf(answer: http.IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // `/healthz` and errors of proxies are plain text.
    return text;
  }
}

async function* linesOf(answer: http.IncomingMessage, request: TransportRequest): AsyncGenerator<unknown, void, undefined> {
  const onAbort = (): void => void answer.destroy(abortError(request.signal));
  request.signal.addEventListener('abort', onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  answer.setEncoding('utf8');
  try {
    yield* jsonLines(answer);
  } catch (error) {
    throw connectionError(error, request, request.signal);
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    answer.destroy();
  }
}

function headersOf(answer: http.IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
}

function whatOf(request: TransportRequest): string {
  return `${request.method} ${request.path}`;
}

function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

function connectionError(error: unknown, request: TransportRequest, limit: AbortSignal): KubeError {
  if (error instanceof KubeError) return error;
  if (request.signal.aborted) return new KubeError('KUBE_ABORTED', `${whatOf(request)}: given up`, { cause: error });
  const cause = error instanceof StaleSocketError ? error.cause : error;
  if (limit.aborted) {
    return new KubeError('KUBE_TIMEOUT', `${whatOf(request)}: no answer within ${request.deadlineMs} ms`, {
      retryable: true,
      cause,
    });
  }
  const said = cause instanceof Error ? cause.message : String(cause);
  return new KubeError('KUBE_UNREACHABLE', `${whatOf(request)}: ${said}`, { retryable: true, cause });
}
