/** Longer strings (configurations, messages) are seldom the same. */
const MAX_LENGTH = 100;

/**
 * Gives equal strings as one. JSON.parse makes a new string of each value, so thousands of objects hold thousands of copies
 * of the same kinds, labels and times: a third of what caches weigh. It forgets what has not been asked for in a while.
 */
export class Interner {
  readonly #capacity: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** At most twice as many strings are remembered. */
  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  /** The first of the equal strings that it was given. */
  same(text: string): string {
    if (text.length > MAX_LENGTH) return text;
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const known = this.#old.get(text) ?? text;
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(known, known);
    return known;
  }
}
