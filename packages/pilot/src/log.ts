import { writeSync } from 'node:fs';
import type { Logger } from '@navigator/kube';

type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * JSON lines on stderr, marked `"logger":"navigator-pilot"` so that they can be told from the database's own lines in the
 * same container log. Not pino: it would cost the pilot 5 MiB. Debug is left out.
 */
export function createLogger(bindings: Record<string, unknown> = {}, write: (line: string) => void = toStderr): Logger {
  function log(level: Level, fields: object, message: string): void {
    const line = {
      time: new Date().toISOString(),
      level,
      logger: 'navigator-pilot',
      ...bindings,
      ...plain(fields),
      msg: message,
    };
    write(`${JSON.stringify(line)}\n`);
  }
  return {
    debug() {},
    info: (fields, message) => log('info', fields, message),
    warn: (fields, message) => log('warn', fields, message),
    error: (fields, message) => log('error', fields, message),
    child: (more) => createLogger({ ...bindings, ...more }, write),
  };
}

/** Errors as code and message: an answer of the API server may hold what is nobody's business. */
function plain(fields: object): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) out[name] = value instanceof Error ? errorFields(value) : value;
  return out;
}

function errorFields(error: Error): object {
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
  return { ...('code' in error ? { code: error.code } : {}), message: error.message, ...cause };
}

function toStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // A full or closed log pipe must never end a database.
  }
}
