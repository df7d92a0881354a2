import type { RequestCounters } from './request-counters.ts';

/** One call. `path` starts with `/`; `query` values that are undefined are left out. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Until the whole answer is here; for a stream, until its headers are. */
  readonly deadlineMs: number;
  /** Asked at the last moment, when the connection is open and the bytes are about to go out. No: the call fails unsent. */
  readonly permit?: () => boolean;
}

/** Any HTTP answer, success or not. Header names are in lower case. */
export interface TransportResponse {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Raw JSON to and from the API server. Both methods throw a KubeError when there was no (whole) answer; `stream` also for
 * an answer that is not a success. A stream ends when the server closes it and throws when it breaks.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  stream(request: TransportRequest): Promise<AsyncIterable<unknown>>;
  close(): Promise<void>;
  readonly requests: RequestCounters;
}

/** Path and query as one string. */
export function pathWithQuery(request: Pick<TransportRequest, 'path' | 'query'>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? request.path : `${request.path}?${text}`;
}
