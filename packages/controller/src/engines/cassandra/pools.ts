import {
  ANNOTATIONS,
  childName,
  NavigatorError,
  pilotName,
  type CassandraClusterSpec,
  type CassandraNodePool,
} from '@navigator/api-types';
import type { ClusterRecord } from '../../snapshot.ts';

export const PREFIX = 'cass';

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

/** One node forms the ring, alone: two nodes that each seed themselves would make two rings. */
export function initialMembers(cluster: CassandraCluster): readonly string[] {
  const first = cluster.spec.nodePools[0];
  return first === undefined ? [] : [pilotName(childName(PREFIX, cluster.name, first.name), 0)];
}

/** The initial members as they were written down; before that, as they would be. */
export function writtenInitialMembers(cluster: CassandraCluster): readonly string[] {
  return cluster.annotations[ANNOTATIONS.initialMembers]?.split(',') ?? initialMembers(cluster);
}

export function isFormed(cluster: CassandraCluster): boolean {
  return cluster.annotations[ANNOTATIONS.clusterId] !== undefined;
}
