import { setTimeout as nodeSetTimeout, clearTimeout } from 'node:timers';

/** Time as everything in this package sees it, so that tests can own it. All values in milliseconds. */
export interface Clock {
  /** Wall clock since the epoch; may jump. Only for times that people or the API server read. */
  now(): number;
  /** Never goes back and never jumps with the wall clock; for every duration. */
  monotonic(): number;
  /** Runs `task` once after `ms`; disposing it first cancels it. */
  setTimeout(task: () => void, ms: number): Disposable;
  /** Lets what waits for the event loop go first. Absent in clocks that do not run by themselves. */
  nextTurn?(): Promise<void>;
}

/** Node's longest timer; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(task, ms) {
    const timer = nodeSetTimeout(task, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  nextTurn() {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    return promise;
  },
};

/** Waits `ms`; returns early (without throwing) when the signal aborts. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = clock.setTimeout(resolve, ms);
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await promise;
  signal.removeEventListener('abort', onAbort);
}

/** Waits until the signal aborts, however long that takes. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

/** A signal that aborts with its parent or after `ms` on the given clock; dispose it when the work is done. */
export function deadline(clock: Clock, ms: number, parent: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = clock.setTimeout(() => controller.abort(new DOMException(`took longer than ${ms} ms`, 'TimeoutError')), ms);
  const onAbort = (): void => controller.abort(parent.reason);
  if (parent.aborted) onAbort();
  else parent.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      parent.removeEventListener('abort', onAbort);
    },
  };
}
