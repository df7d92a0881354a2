import type { ElasticsearchNodePool, ElasticsearchRole } from '@navigator/api-types';
import { isMasterEligible, type ElasticsearchCluster } from './pools.ts';

/**
 * Elastic's order of a rolling upgrade: the coldest tier first, so that data never has to move to a tier with older
 * nodes, then the nodes without data, master-eligible ones last
 * (https://www.elastic.co/docs/deploy-manage/upgrade/deployment-or-cluster/elasticsearch).
 */
const TIERS: readonly (readonly ElasticsearchRole[])[] = [
  ['data_frozen'],
  ['data_cold'],
  ['data_warm'],
  ['data_hot', 'data_content', 'data'],
];
const WITHOUT_DATA = TIERS.length;
const MASTERS = TIERS.length + 1;

/** Names of the pools in the order in which they are rolled; pools of one rank keep the order of the spec. */
export function rollOrder(cluster: ElasticsearchCluster): string[] {
  return cluster.spec.nodePools.toSorted((a, b) => rank(a) - rank(b)).map((pool) => pool.name);
}

/** A pool of several tiers goes with the hottest of them. */
function rank(pool: ElasticsearchNodePool): number {
  if (isMasterEligible(pool)) return MASTERS;
  const tier = TIERS.findLastIndex((roles) => roles.some((role) => pool.roles.includes(role)));
  return tier === -1 ? WITHOUT_DATA : tier;
}
