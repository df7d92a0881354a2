import type { Clock } from '../clock.ts';

interface Timer {
  readonly atMs: number;
  readonly sequence: number;
  readonly task: () => void;
}

/** Timers in a row without the clock moving after which somebody is taken to wake himself for ever. */
const MOST_AT_ONE_MOMENT = 10_000;

/** Time that moves only when told to. Timers run in order of their time, then of their making. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #sequence = 0;
  /** In the order in which they run. */
  readonly #timers: Timer[] = [];

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
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    return { [Symbol.dispose]: () => this.#drop(timer) };
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.length;
  }

  /** When the next timer is due, in milliseconds from now. */
  get nextInMs(): number | undefined {
    const next = this.#timers[0];
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
    let atOnce = 0;
    for (let next = this.#timers[0]; next && next.atMs <= end; next = this.#timers[0]) {
      atOnce = next.atMs > this.#monotonicMs ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONE_MOMENT) throw new Error(`${atOnce} timers ran at ${this.#monotonicMs} ms: a wait is always zero`);
      this.#moveTo(next.atMs);
      this.#timers.shift();
      next.task();
      await settle();
    }
    this.#moveTo(end);
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
      const next = this.#timers[0];
      if (!next || next.atMs > end) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
      await this.advanceToNext();
    }
  }

  #drop(timer: Timer): void {
    const index = this.#placeOf(timer);
    if (this.#timers[index] === timer) this.#timers.splice(index, 1);
  }

  /** Where a timer is, or belongs. */
  #placeOf({ atMs, sequence }: Timer): number {
    let [from, to] = [0, this.#timers.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#timers[middle];
      const isBefore = other !== undefined && (other.atMs < atMs || (other.atMs === atMs && other.sequence < sequence));
      if (isBefore) from = middle + 1;
      else to = middle;
    }
    return from;
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
