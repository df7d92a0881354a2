/** When requests of one kind were answered and refused, in ms since the epoch; from it the time without any answer. */
export class Answers {
  #answered = 0;
  #refused = 0;
  #lastAnswerMs: number;
  readonly #gaps: Gap[] = [];
  readonly #leastMs: number;

  /** Pauses from `leastMs` on are kept. */
  constructor(startMs: number, leastMs = 1000) {
    this.#lastAnswerMs = startMs;
    this.#leastMs = leastMs;
  }

  get answered(): number {
    return this.#answered;
  }

  get refused(): number {
    return this.#refused;
  }

  answer(nowMs: number): void {
    this.#answered += 1;
    this.#close(nowMs);
  }

  refuse(): void {
    this.#refused += 1;
  }

  /** Pauses so far, the one that still goes on included, oldest first. */
  finish(nowMs: number): readonly Gap[] {
    this.#close(nowMs);
    return this.#gaps;
  }

  #close(nowMs: number): void {
    if (nowMs - this.#lastAnswerMs >= this.#leastMs) this.#gaps.push({ fromMs: this.#lastAnswerMs, toMs: nowMs });
    this.#lastAnswerMs = nowMs;
  }
}

/** A time in which nothing was answered. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Length of the longest one in ms; 0 where there is none. */
export function longestMs(gaps: readonly Gap[]): number {
  return Math.max(0, ...gaps.map(({ fromMs, toMs }) => toMs - fromMs));
}
