/** How a series of failures is spaced. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly factor?: number;
  /** Adds up to this part of the delay at random, so that many clients do not return together. */
  readonly jitter?: number;
}

/** Delay before try number `failures` (1 = after the first failure), in milliseconds. */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const { baseMs, maxMs, factor = 2, jitter = 0 } = options;
  const exact = Math.min(maxMs, baseMs * factor ** Math.max(0, failures - 1));
  return exact * (1 + jitter * random());
}
