import type { Effect, Verdict } from '../actions/action.ts';

/** What a verdict would have done; nothing where it is not ready. */
export function effectsOf(verdict: Verdict | undefined): readonly Effect[] {
  return verdict?.is === 'ready' ? verdict.effects : [];
}
