import type { NodeView, PoolView } from '../snapshot.ts';

/**
 * The size that a pool's StatefulSet shall have now, Scale apart. A node that has a Pilot was ordered to run, so its
 * ordinal is kept whatever somebody did to the StatefulSet, until the Pilot says that it is decommissioned; a pod beyond the
 * spec without a Pilot never started a database (its pilot waits for the order), so it may go at once, once live reads agree
 * (confirm.ts).
 */
export function heldReplicas(pool: PoolView): number {
  const wanted = pool.spec?.replicas ?? 0;
  const current = pool.statefulSet?.replicas ?? wanted;
  return Math.max(Math.min(current, wanted), orderedSize(pool));
}

/** One more than the highest ordinal that was ordered to run. */
export function orderedSize(pool: PoolView): number {
  const ordered = pool.nodes.filter(isOrdered);
  return Math.max(0, ...ordered.map((node) => node.ordinal + 1));
}

/**
 * A pod that is ready serves, and one on a volume that has served may run a database that is not ready just now. So they were
 * ordered to: when the Pilot is not there, somebody deleted it, and it is made again.
 */
export function isOrdered({ pilot, pod, hasServed }: NodeView): boolean {
  if (pilot === undefined || pilot.deleting) return pod !== undefined && !pod.deleting && (pod.ready || hasServed === true);
  return pilot.spec.desired !== 'Decommissioned';
}
