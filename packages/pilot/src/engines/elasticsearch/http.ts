import * as http from 'node:http';
import * as https from 'node:https';
import type { z } from 'zod';
import { isRefused, PilotError } from '../../errors.ts';
import { type LocalAccess, PinnedAgent } from './local-tls.ts';

/** An answer larger than this is not one of ours: they are all filtered. Its objects must fit into the pilot's heap of 48 MiB. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal: AbortSignal;
}

const POOL = { keepAlive: true, maxSockets: 2 } as const;

/** The node's HTTP interface on loopback, over one kept connection. Not `fetch`: it would cost the pilot 30 MiB. */
export class LocalHttp {
  readonly #host: string;
  readonly #port: number;
  readonly #agent = new http.Agent(POOL);
  readonly #access: () => LocalAccess | undefined;
  readonly #pinned: PinnedAgent;

  /** `access` says how to come in where security is on; undefined where it is off. It is asked before each call. */
  constructor(host: string, port: number, access: () => LocalAccess | undefined = () => undefined) {
    this.#host = host;
    this.#port = port;
    this.#access = access;
    this.#pinned = new PinnedAgent(() => access()?.fingerprints ?? [], POOL);
  }

  /**
   * Sends a call and parses the answer.
   * @throws PilotError `DatabaseUnreachable` when nothing listens, `DatabaseTimeout` when the signal aborted,
   * `DatabaseAnswer` when the answer is an error, cut off or not what it should be.
   */
  async send<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S>> {
    const { status, text } = await this.exchange(call);
    if (status < 200 || status > 299) throw refusal(call, status, text);
    const parsed = schema.safeParse(parseJson(text, call));
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new PilotError('DatabaseAnswer', `${call.method} ${call.path.split('?')[0]}: the answer does not fit at ${where}`);
  }

  /**
   * Sends a call whose answer has nothing in it. Only status 200 means that it was done.
   * @throws PilotError as `send` does.
   */
  async order(call: Call): Promise<void> {
    const { status, text } = await this.exchange(call);
    if (status !== 200) throw refusal(call, status, text);
  }

  /** The wire; overridden by whoever plays a database. */
  protected async exchange(call: Call): Promise<Exchanged> {
    const access = this.#access();
    if (access === undefined) return await this.#once(call, {});
    const [newest = '', before] = access.authorizations;
    const answer = await this.#once(call, { authorization: newest });
    // A password that was changed is Elasticsearch's only when it has read its files again.
    return answer.status === 401 && before !== undefined ? await this.#once(call, { authorization: before }) : answer;
  }

  async #once({ method, path, body, signal }: Call, login: { readonly authorization?: string }): Promise<Exchanged> {
    const { promise, resolve, reject } = Promise.withResolvers<Exchanged>();
    const isSecure = login.authorization !== undefined;
    const target = {
      host: this.#host,
      port: this.#port,
      method,
      path,
      agent: isSecure ? this.#pinned : this.#agent,
      signal,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...login },
    };
    const sent = (isSecure ? https : http).request(target, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) sent.destroy(new Error('the answer is too large'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', (cause) => reject(failure(cause, signal)));
    });
    sent.on('error', (cause) => reject(failure(cause, signal)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    return await promise;
  }
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

function refusal({ method, path }: Call, status: number, text: string): PilotError {
  const message = `${method} ${path.split('?')[0]} answered ${status}: ${text.slice(0, 300)}`;
  return new PilotError('DatabaseAnswer', message, { retryable: true });
}

function failure(cause: Error, signal: AbortSignal): PilotError {
  if (signal.aborted)
    return new PilotError('DatabaseTimeout', 'Elasticsearch did not answer in time', { retryable: true, cause });
  const options = { retryable: true, cause };
  if (isRefused(cause)) return new PilotError('DatabaseUnreachable', `Elasticsearch does not listen: ${cause.message}`, options);
  return new PilotError('DatabaseAnswer', `Elasticsearch did not answer to the end: ${cause.message}`, options);
}

function parseJson(text: string, call: Call): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PilotError('DatabaseAnswer', `${call.method} ${call.path.split('?')[0]}: the answer is not JSON`, { cause });
  }
}
