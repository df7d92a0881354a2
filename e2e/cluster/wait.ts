import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often to look. */
export interface WaitOptions {
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
  /** Gives up at once with the returned sentence, for instance when the awaited process has died. */
  readonly giveUp?: () => Promise<string | undefined>;
}

/** A condition did not come true before its deadline. */
export class WaitError extends Error {
  readonly code = 'WaitFailed';
}

/** Looks until `look` gives something other than undefined or false. Errors of `look` count as "not yet". */
export async function waitFor<T>(look: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T> {
  const end = Date.now() + options.deadlineMs;
  let lastError = '';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
    }
    const reason = await options.giveUp?.();
    if (reason !== undefined) throw new WaitError(`${options.what}: ${reason}`);
    if (Date.now() > end) {
      throw new WaitError(`${options.what}: not within ${options.deadlineMs / 1000} s. ${lastError}`);
    }
    await sleep(options.everyMs ?? 200);
  }
}
