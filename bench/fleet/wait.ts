import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is not undefined. @throws when that takes longer than `deadlineMs`. */
export async function waitFor<T>(
  what: string,
  options: { readonly signal: AbortSignal; readonly everyMs: number; readonly deadlineMs: number },
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + options.deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${options.deadlineMs / 1000} s`);
    await delay(options.everyMs, undefined, { signal: options.signal });
  }
}

/** Tries again while it throws, for half a minute. */
export async function retried<T>(what: string, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  return await waitFor(what, { signal, everyMs: 100, deadlineMs: 30_000 }, async () => {
    try {
      return await attempt();
    } catch {
      return undefined;
    }
  });
}
