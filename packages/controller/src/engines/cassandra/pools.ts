import { ANNOTATIONS, NavigatorError, type CassandraClusterSpec, type CassandraNodePool } from '@navigator/api-types';
import { writtenMembers } from '../../resources/initial-members.ts';
import { claimOf } from '../../resources/claims.ts';
import type { ClusterRecord, ClusterSnapshot } from '../../snapshot.ts';

export const PREFIX = 'cass';

/** Name of the volume claim template. */
export const DATA_CLAIM = 'data';

export type CassandraCluster = ClusterRecord<CassandraClusterSpec>;

/**
 * The pool of this name in the spec.
 * @throws NavigatorError `UnknownNodePool`.
 */
export function poolOf(cluster: CassandraCluster, name: string): CassandraNodePool {
  const pool = cluster.spec.nodePools.find((candidate) => candidate.name === name);
  if (!pool) throw new NavigatorError('UnknownNodePool', `CassandraCluster "${cluster.name}" has no node pool "${name}"`);
  return pool;
}

export function rackOf(pool: CassandraNodePool): string {
  return pool.rack ?? pool.name;
}

/** Racks in the order in which the spec first names them. */
export function racksOf(cluster: CassandraCluster): readonly string[] {
  return [...new Set(cluster.spec.nodePools.map(rackOf))];
}

/** Pools rack by rack: nodes of one rack hold different replicas, so a rack is done before the next is touched. */
export function rollOrder(cluster: CassandraCluster): readonly string[] {
  const racks = racksOf(cluster);
  const pools = cluster.spec.nodePools.toSorted((a, b) => racks.indexOf(rackOf(a)) - racks.indexOf(rackOf(b)));
  return pools.map((pool) => pool.name);
}

/**
 * One node forms the ring, alone: two nodes that each seed themselves would make two rings. Where volumes of an earlier
 * life are there, it is one that has data: an empty node that formed the ring would own ranges whose data it never got.
 */
export function initialMembers(snapshot: ClusterSnapshot<CassandraClusterSpec>): readonly string[] {
  const nodes = snapshot.pools.flatMap((pool) => pool.nodes.filter((node) => node.wanted));
  const first = nodes.find((node) => claimOf(snapshot, DATA_CLAIM, node)?.identity !== undefined) ?? nodes[0];
  return first === undefined ? [] : [first.name];
}

/** The initial members as they were written down; before that, as they would be. */
export function writtenInitialMembers(snapshot: ClusterSnapshot<CassandraClusterSpec>): readonly string[] {
  return writtenMembers(snapshot.cluster) ?? initialMembers(snapshot);
}

export function isFormed(cluster: CassandraCluster): boolean {
  return cluster.annotations[ANNOTATIONS.clusterId] !== undefined;
}
