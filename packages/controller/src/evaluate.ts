import type { ActionDefinition, Verdict } from './actions/action.ts';
import { ACTIONS } from './actions/registry.ts';
import type { ControllerEngine } from './engines/engine.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/** A verdict with the rule that gave it. */
export interface Judged {
  readonly definition: ActionDefinition;
  readonly verdict: Verdict;
}

/** Asks every Action's rule about the snapshot: whatever is not satisfied, in the order in which it should happen. */
export function evaluate(snapshot: ClusterSnapshot, engine: ControllerEngine): readonly Judged[] {
  return ACTIONS.flatMap((definition) => definition.evaluate(snapshot, engine).map((verdict) => ({ definition, verdict })));
}
