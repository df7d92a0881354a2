import { NavigatorError } from '@navigator/api-types';

/** What went wrong between us and the API server, in words that stay the same. */
export type KubeErrorCode =
  | 'KUBE_UNREACHABLE'
  | 'KUBE_TIMEOUT'
  | 'KUBE_ABORTED'
  | 'KUBE_UNAUTHORIZED'
  | 'KUBE_FORBIDDEN'
  | 'KUBE_NOT_FOUND'
  | 'KUBE_ALREADY_EXISTS'
  | 'KUBE_CONFLICT'
  | 'KUBE_GONE'
  | 'KUBE_INVALID'
  | 'KUBE_THROTTLED'
  | 'KUBE_SERVER_ERROR'
  | 'KUBE_REFUSED'
  | 'KUBE_BAD_ANSWER'
  | 'KUBE_FOREIGN_OBJECT';

/** Options of a {@link KubeError}. */
export interface KubeErrorOptions {
  /** HTTP status; 0 when there was no answer. */
  readonly status?: number;
  /** `Status.reason` of the API server, for example `AlreadyExists`. */
  readonly reason?: string;
  readonly retryable?: boolean;
  /** How long the server asks us to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Field paths that the server found wrong. */
  readonly fields?: readonly string[];
  readonly cause?: unknown;
}

/** Every failure of a call to the API server: one class for HTTP answers, broken connections and events of type ERROR. */
export class KubeError extends NavigatorError {
  declare readonly code: KubeErrorCode;
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly fields: readonly string[];

  constructor(code: KubeErrorCode, message: string, options: KubeErrorOptions = {}) {
    super(code, message, { retryable: options.retryable ?? false, cause: options.cause });
    this.status = options.status ?? 0;
    this.reason = options.reason ?? '';
    this.retryAfterMs = options.retryAfterMs;
    this.fields = options.fields ?? [];
  }
}

/** The object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_NOT_FOUND';
}

/** A precondition (uid, resourceVersion) or a foreign field owner stood in the way; re-read and decide anew. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_CONFLICT';
}

/** Something of that name exists already. (Also HTTP 409, but not a conflict.) */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_ALREADY_EXISTS';
}

/** The API server refused the object's content. Trying again without a change cannot help. */
export function isInvalid(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_INVALID';
}

/** The resourceVersion or continue token is too old: list again. */
export function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_GONE';
}
