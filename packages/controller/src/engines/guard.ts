import type { Reason } from '@navigator/api-types';
import type { Guard } from '../actions/action.ts';
import { RECHECK_MS } from '../guards/node-state.ts';

/** What is in the way, in one word of the closed union and in a sentence that names it. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** Passes when nothing is in the way. */
export function passUnless(problem: Problem | undefined): Guard {
  return problem === undefined ? { pass: true } : { pass: false, hold: { ...problem, recheckAfterMs: RECHECK_MS } };
}
