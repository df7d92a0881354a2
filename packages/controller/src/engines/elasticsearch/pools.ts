import {
  NavigatorError,
  type ElasticsearchClusterSpec,
  type ElasticsearchNodePool,
  type ElasticsearchRole,
} from '@navigator/api-types';
import type { ClusterRecord } from '../../snapshot.ts';

/** Name of the volume claim template. */
export const DATA_CLAIM = 'data';

export type ElasticsearchCluster = ClusterRecord<ElasticsearchClusterSpec>;

/** Label that marks pods which take requests of clients; a role of Navigator's, not of Elasticsearch's. */
export const CLIENT_ROLE = 'client';

/**
 * The pool of this name in the spec.
 * @throws NavigatorError `UnknownNodePool`.
 */
export function poolOf(cluster: ElasticsearchCluster, name: string): ElasticsearchNodePool {
  const pool = cluster.spec.nodePools.find((candidate) => candidate.name === name);
  if (!pool) throw new NavigatorError('UnknownNodePool', `ElasticsearchCluster "${cluster.name}" has no node pool "${name}"`);
  return pool;
}

export function isMasterEligible(pool: ElasticsearchNodePool): boolean {
  return pool.roles.includes('master');
}

/** Whether its nodes may form a cluster: a voting-only node can vote but never lead. */
export function canLead(pool: ElasticsearchNodePool): boolean {
  return isMasterEligible(pool) && !pool.roles.includes('voting_only');
}

/** Roles with which a node holds data. */
export const DATA_ROLES: readonly ElasticsearchRole[] = [
  'data',
  'data_content',
  'data_hot',
  'data_warm',
  'data_cold',
  'data_frozen',
];

export function holdsData(pool: ElasticsearchNodePool): boolean {
  return pool.roles.some((role) => DATA_ROLES.includes(role));
}

/** A dedicated master shall lead and do nothing else: requests of clients cost it the time that the cluster needs. */
export function isDedicatedMaster(pool: ElasticsearchNodePool): boolean {
  return isMasterEligible(pool) && !holdsData(pool) && !pool.roles.includes('ingest');
}
