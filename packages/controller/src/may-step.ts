import { LABELS } from '@navigator/api-types';
import { type KubeObject, type StatefulSet, StatefulSets } from '@navigator/kube';
import type { Effect } from './actions/action.ts';
import type { Plan } from './plan.ts';

/** On these no pod stands: a budget guards pods from others, and what is written on a claim serves a later cluster. */
const BESIDE: ReadonlySet<string> = new Set(['PodDisruptionBudget', 'PersistentVolumeClaim']);

/** Whether StatefulSets and steps have to wait for this object: pods stand on accounts, Roles, Services, policies and Pilots. */
export function isFoundation({ kind }: KubeObject): boolean {
  return !BESIDE.has(kind) && kind !== StatefulSets.kind;
}

/**
 * Whether the step may be done although StatefulSets could not be written, e.g. because a policy refuses one of them. What was
 * decided about such a pool does not hold, so nothing is done to it; and as nobody knows what becomes of its nodes, no node of
 * another pool is stopped. All else goes on: a pool that is made, grows, or is mended waits for no other one.
 */
export function mayStep(
  step: NonNullable<Plan['step']>,
  refused: readonly KubeObject[],
  statefulSets: readonly StatefulSet[],
): boolean {
  if (refused.length === 0) return true;
  if (step.stops !== undefined || step.effects.some((effect) => takesNodes(effect, statefulSets))) return false;
  const { action } = step;
  return !refused.some(({ metadata }) => metadata.labels?.[LABELS.nodePool] === action.nodePool);
}

function takesNodes(effect: Effect, statefulSets: readonly StatefulSet[]): boolean {
  if (effect.do === 'delete' || effect.do === 'shrink') return true;
  if (effect.do !== 'apply' || effect.object.kind !== StatefulSets.kind) return false;
  const before = statefulSets.find(({ metadata }) => metadata.name === effect.object.metadata.name);
  const after: StatefulSet = effect.object;
  return (after.spec?.replicas ?? 1) < (before?.spec?.replicas ?? 0);
}
