/** An HTTP answer of the fake server. */
export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown inside the fake server, turned into a `Status` answer. */
export class FakeFailure extends Error {
  readonly answer: FakeAnswer;

  constructor(code: number, reason: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code, details };
    const seconds = details['retryAfterSeconds'];
    this.answer = { status: code, body, ...(typeof seconds === 'number' ? { headers: { 'retry-after': String(seconds) } } : {}) };
  }
}
