import { KubeError, type KubeErrorCode } from './errors.ts';

/** An HTTP answer that was not a success, or the `object` of a watch event of type ERROR. */
export interface FailedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What was tried, for the message: `GET /api/v1/pods`. */
  readonly what: string;
}

const BY_REASON: Readonly<Record<string, KubeErrorCode>> = {
  AlreadyExists: 'KUBE_ALREADY_EXISTS',
  Conflict: 'KUBE_CONFLICT',
  Expired: 'KUBE_GONE',
  Gone: 'KUBE_GONE',
  Invalid: 'KUBE_INVALID',
  BadRequest: 'KUBE_INVALID',
  NotFound: 'KUBE_NOT_FOUND',
  Forbidden: 'KUBE_FORBIDDEN',
  Unauthorized: 'KUBE_UNAUTHORIZED',
  TooManyRequests: 'KUBE_THROTTLED',
  Timeout: 'KUBE_SERVER_ERROR',
  ServerTimeout: 'KUBE_SERVER_ERROR',
};

const BY_STATUS: Readonly<Record<number, KubeErrorCode>> = {
  400: 'KUBE_INVALID',
  401: 'KUBE_UNAUTHORIZED',
  403: 'KUBE_FORBIDDEN',
  404: 'KUBE_NOT_FOUND',
  409: 'KUBE_CONFLICT',
  410: 'KUBE_GONE',
  413: 'KUBE_INVALID',
  422: 'KUBE_INVALID',
  429: 'KUBE_THROTTLED',
};

/** 401 and 403 are worth another try too: a token has just rotated, or a Role is about to be bound. */
const NOT_RETRYABLE: ReadonlySet<KubeErrorCode> = new Set(['KUBE_INVALID', 'KUBE_REFUSED']);

/** Turns a `Status` answer into a {@link KubeError}. AlreadyExists and Conflict are both 409: only the reason tells. */
export function statusError(answer: FailedAnswer): KubeError {
  const body = isRecord(answer.body) ? answer.body : {};
  const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
  const fields = fieldsOf(body);
  const code = codeOf(answer.status, reason, fields);
  const said = typeof body['message'] === 'string' ? body['message'] : `HTTP ${answer.status}`;
  return new KubeError(code, `${answer.what}: ${said}`, {
    status: answer.status,
    reason,
    retryable: !NOT_RETRYABLE.has(code),
    retryAfterMs: retryAfterMs(answer, body),
    fields,
  });
}

function codeOf(status: number, reason: string, fields: readonly string[]): KubeErrorCode {
  // An apply with the uid of an object that was made anew since is refused as an attempt to change the uid.
  if (reason === 'Invalid' && fields.length > 0 && fields.every((field) => field === 'metadata.uid')) return 'KUBE_CONFLICT';
  return BY_REASON[reason] ?? BY_STATUS[status] ?? (status >= 500 ? 'KUBE_SERVER_ERROR' : 'KUBE_REFUSED');
}

function retryAfterMs(answer: FailedAnswer, body: Record<string, unknown>): number | undefined {
  const header = Number(answer.headers?.['retry-after']);
  if (Number.isFinite(header) && header > 0) return header * 1000;
  const details = isRecord(body['details']) ? body['details'] : {};
  const seconds = details['retryAfterSeconds'];
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

function fieldsOf(body: Record<string, unknown>): string[] {
  const details = isRecord(body['details']) ? body['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  return causes.flatMap((cause: unknown) => (isRecord(cause) && typeof cause['field'] === 'string' ? [cause['field']] : []));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
