import type { Clock } from '../clock.ts';

interface Timer {
  readonly atMs: number;
  readonly sequence: number;
  readonly task: () => void;
}

/** Time that moves only when told to. Timers run in order of their time, then of their making. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #sequence = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return Math.floor(this.#nowMs);
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimeout(task: () => void, ms: number): Disposable {
    const timer = { atMs: this.#monotonicMs + Math.max(0, ms), sequence: this.#sequence++, task };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, in milliseconds from now. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next && Math.max(0, next.atMs - this.#monotonicMs);
  }

  /** Moves the wall clock alone, as an administrator or NTP does. */
  jumpWall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets all promises settle, then moves time by `ms`, running what falls due and settling promises after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonicMs + ms;
    await settle();
    for (let next = this.#next(); next && next.atMs <= end; next = this.#next()) {
      this.#moveTo(next.atMs);
      this.#timers.delete(next);
      next.task();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  /** Moves to the next timer and runs it. False when there is none. */
  async advanceToNext(): Promise<boolean> {
    await settle();
    const inMs = this.nextInMs;
    if (inMs === undefined) return false;
    await this.advance(inMs);
    return true;
  }

  /** Advances timer by timer until `condition` holds; throws when that takes more than `withinMs` of fake time. */
  async advanceUntil(condition: () => boolean, withinMs: number): Promise<void> {
    const end = this.#monotonicMs + withinMs;
    await settle();
    while (!condition()) {
      const next = this.#next();
      if (!next || next.atMs > end) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
      await this.advanceToNext();
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.sequence < first.sequence)) first = timer;
    }
    return first;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/** Lets everything that is only waiting for promises run. A turn of the event loop settles chains of any length. */
export async function settle(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  await promise;
}
