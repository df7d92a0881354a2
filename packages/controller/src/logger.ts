import type { Logger } from '@navigator/kube';
import { pino } from 'pino';

/**
 * JSON lines on stdout: static messages with fields, no whole objects, no bodies of API errors (they hold Secrets).
 * `err` keeps code, message and stack only.
 */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorFields } });
}

/** What of an error may be logged: its words and its causes, not its other fields. */
export function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message.slice(0, 2000),
    ...(depth === 0 ? { stack: error.stack } : {}),
    ...(error.cause === undefined || depth >= 4 ? {} : { cause: errorFields(error.cause, depth + 1) }),
  };
}
