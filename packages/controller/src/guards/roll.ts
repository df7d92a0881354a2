import type { ClusterSnapshot, NodeView, PoolView, StatefulSetView } from '../snapshot.ts';
import { isBroken, isHealthy } from './node-state.ts';
import { heldReplicas } from './pool-size.ts';

/**
 * Where a pool stands in rolling out the pod template that its spec asks for. The template itself is always the wanted
 * one; the StatefulSet's partition decides which ordinals take it (a pod below the partition is made, even after a
 * crash, from the StatefulSet's current revision, so nothing is updated by accident).
 */
export interface Roll {
  readonly statefulSet: StatefulSetView;
  readonly replicas: number;
  /** Nodes whose pod was made from another revision, highest ordinal first: the order in which they are replaced. */
  readonly outdated: readonly NodeView[];
  /** Whether the partition has been lowered. At rest it equals the number of replicas. */
  readonly begun: boolean;
  /** Partition to hold while nothing new is decided. */
  readonly heldPartition: number;
}

/** @returns undefined where there is no StatefulSet to roll. */
export function rollOf(snapshot: ClusterSnapshot, pool: PoolView, revision: string): Roll | undefined {
  const { statefulSet } = pool;
  if (statefulSet === undefined || statefulSet.deleting) return undefined;
  const replicas = heldReplicas(pool);
  const nodes = pool.nodes.filter((node) => node.ordinal < replicas).toSorted((a, b) => b.ordinal - a.ordinal);
  const outdated = nodes.filter((node) => node.pod !== undefined && node.pod.revision !== revision);
  const begun = statefulSet.partition < Math.min(replicas, statefulSet.replicas);
  return {
    statefulSet,
    replicas,
    outdated,
    begun,
    heldPartition: begun ? Math.max(statefulSet.partition, lowestPermitted(snapshot, outdated)) : replicas,
  };
}

/**
 * The lowest partition that one step at a time can have led to: somebody who lowers it further by hand would have all
 * pods replaced one after the other without a look at the database.
 */
function lowestPermitted(snapshot: ClusterSnapshot, outdated: readonly NodeView[]): number {
  const next = outdated[0];
  if (next === undefined) return 0;
  const firstHealthyAfter = outdated.find((node) => node !== next && !isBroken(node, snapshot.now));
  return firstHealthyAfter === undefined ? 0 : firstHealthyAfter.ordinal + 1;
}

/** Nodes that have taken the new template, or are about to, and are not healthy with the wanted version. */
export function unfinished(snapshot: ClusterSnapshot, pool: PoolView, roll: Roll): readonly NodeView[] {
  const version = snapshot.cluster.spec.version;
  return pool.nodes.filter(
    (node) =>
      node.ordinal >= roll.statefulSet.partition &&
      node.ordinal < roll.replicas &&
      !roll.outdated.includes(node) &&
      !(isHealthy(node, snapshot.now) && node.pilot?.status.version === version),
  );
}
