import type { PlannedAction } from '@navigator/api-types';
import type { Action } from './actions/action.ts';
import type { ObjectProblem } from './object-problem.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/**
 * A step that the API server refused (a quota, a policy) may be refused for ever, and what comes after it has nothing to do with
 * it. So it is written into status.plan, and the next pass takes another step where there is one; the refused one has its turn
 * again when there is none.
 */
export function markRefused(plan: readonly PlannedAction[], action: Action, problem: ObjectProblem): PlannedAction[] {
  const blocked = { reason: problem.reason, message: problem.message };
  return plan.map((entry) => (isOf(entry, action) ? { ...entry, blocked } : entry));
}

/**
 * The queue's longest wait between two tries. The turn follows from the time: which steps were refused is news (status-echoes.ts), so
 * if the last one to be refused were the only one written down, the next try would follow at once, for ever.
 */
const TURN_MS = 60_000;

/** The first step that was not refused. Where all were, each has its turn: one may be refused for ever. */
export function inTurn<T extends { readonly action: Action }>(snapshot: ClusterSnapshot, ready: readonly T[]): T | undefined {
  const fresh = ready.find(({ action }) => refusalOf(snapshot, action) === undefined);
  return fresh ?? ready[Math.floor(snapshot.now / TURN_MS) % ready.length];
}

/** How the step was refused when it was last tried; undefined when it was not. */
export function refusalOf({ cluster }: ClusterSnapshot, action: Action): PlannedAction['blocked'] {
  return cluster.status.plan.find((entry) => isOf(entry, action) && isRefusal(entry))?.blocked;
}

/** Whether it is held up by what became of its last try, and not by a guard. */
export function isRefusal({ blocked }: PlannedAction): boolean {
  return blocked !== undefined && REFUSALS.has(blocked.reason);
}

const REFUSALS: ReadonlySet<string> = new Set<ObjectProblem['reason']>(['ApiError', 'ForeignObject', 'VolumeNotExpandable']);

function isOf({ action, nodePool, target }: PlannedAction, step: Action): boolean {
  return action === step.name && nodePool === step.nodePool && target === step.target;
}
