import type { NodeView } from '../snapshot.ts';
import type { ActionName, Effect } from './action.ts';

/** Deletes the node's pod, if it is still as it was seen. */
export function deletePod({ name, pod }: NodeView): Effect {
  return { do: 'deletePod', name, uid: pod?.uid ?? '', resourceVersion: pod?.resourceVersion ?? '' };
}

/** Tells people of a step of an Action. */
export function stepEvent(reason: ActionName, message: string): Effect {
  return { do: 'event', event: { type: 'Normal', reason, message } };
}
