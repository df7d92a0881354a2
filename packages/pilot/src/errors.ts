import { NavigatorError } from '@navigator/api-types';

/** Codes of the errors that a pilot throws; docs/errors.md explains each. */
export type PilotErrorCode =
  | 'InvalidPilotEnv'
  | 'InvalidPilotConfig'
  | 'UnknownEngine'
  | 'ProcessNotStarted'
  | 'VersionRecordInvalid'
  | 'SecretInvalid'
  | 'DatabaseUnreachable'
  | 'DatabaseTimeout'
  | 'DatabaseAnswer';

/** An error of the pilot or of one of its engines. */
export class PilotError extends NavigatorError {
  declare readonly code: PilotErrorCode;

  constructor(code: PilotErrorCode, message: string, options: { readonly retryable?: boolean; readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}

/** Whether nobody listened: the one failure of a connection that proves that a process does not serve. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

/** The words of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
