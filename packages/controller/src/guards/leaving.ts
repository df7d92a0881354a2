import type { ClusterSnapshot, NodeView, PoolView } from '../snapshot.ts';
import { desiredOf } from './desired-state.ts';
import { allNodes } from './node-state.ts';

/** The pool's nodes that were ordered to run and that the spec asks for no more, in the order in which they go. */
export function leavers({ nodes }: PoolView): readonly NodeView[] {
  return nodes.filter(({ wanted, pilot }) => !wanted && pilot?.deleting === false).toSorted((a, b) => b.ordinal - a.ordinal);
}

/** Every node that is on its way out, of all pools: for good first, then those that are to be replaced. */
export function leavingNodes(snapshot: ClusterSnapshot): readonly NodeView[] {
  const { pools, removedPools } = snapshot;
  const replaced = allNodes(snapshot).filter(({ wanted }) => wanted);
  return [...[...removedPools, ...pools].flatMap(leavers), ...replaced].filter((node) => !isStaying(node));
}

/** It has not begun to leave. */
export function isStaying(node: NodeView): boolean {
  const state = desiredOf(node);
  return state === 'Running' || state === 'Suspended';
}
