import { Agent, request } from 'node:http';
import type { z } from 'zod';
import { isRefused, PilotError } from '../../errors.ts';

/** An answer larger than this is not one of ours: they are all filtered. Its objects must fit into the pilot's heap of 48 MiB. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly signal: AbortSignal;
}

/** The node's HTTP interface on loopback, over one kept connection. Not `fetch`: it would cost the pilot 30 MiB. */
export class LocalHttp {
  readonly #host: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /**
   * Sends a call and parses the answer.
   * @throws PilotError `DatabaseUnreachable` when nothing listens, `DatabaseTimeout` when the signal aborted,
   * `DatabaseAnswer` when the answer is an error, cut off or not what it should be.
   */
  async send<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S>> {
    const { status, text } = await this.exchange(call);
    if (status < 200 || status > 299) {
      throw new PilotError(
        'DatabaseAnswer',
        `${call.method} ${call.path.split('?')[0]} answered ${status}: ${text.slice(0, 300)}`,
        { retryable: true },
      );
    }
    const parsed = schema.safeParse(parseJson(text, call));
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new PilotError('DatabaseAnswer', `${call.method} ${call.path.split('?')[0]}: the answer does not fit at ${where}`);
  }

  /** The wire; overridden by whoever plays a database. */
  protected async exchange({ method, path, signal }: Call): Promise<{ status: number; text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const target = {
      host: this.#host,
      port: this.#port,
      method,
      path,
      agent: this.#agent,
      signal,
      headers: { accept: 'application/json' },
    };
    const sent = request(target, (response) => {
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
    sent.end();
    return await promise;
  }
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
