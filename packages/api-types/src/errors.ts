/** Options of a {@link NavigatorError}. */
export interface NavigatorErrorOptions {
  /** Whether trying again later can help without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * Base of every error that Navigator throws on purpose. `code` is stable (listed in docs/errors.md, checked by a test);
 * `message` says what is wrong, where, and what to do.
 */
export class NavigatorError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: NavigatorErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
