import type { ElasticsearchClusterSpec, ElasticsearchNodePool, ElasticsearchRole } from '@navigator/api-types';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { isMasterEligible } from './pools.ts';
import { losesData, losesVote } from './roles.ts';

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

/**
 * Names of the pools in the order in which they are rolled; pools of one rank keep the order of the spec. Pools whose nodes
 * give up data or votes come last of all: others may first have to become what takes them.
 */
export function rollOrder(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>): string[] {
  const gives = (name: string): boolean =>
    snapshot.pools.some(
      (pool) => pool.name === name && pool.nodes.some((node) => losesData(snapshot, node) || losesVote(snapshot, node)),
    );
  const place = (pool: ElasticsearchNodePool): number => rank(pool) + (gives(pool.name) ? MASTERS + 1 : 0);
  return snapshot.cluster.spec.nodePools.toSorted((a, b) => place(a) - place(b)).map((pool) => pool.name);
}

/** A pool of several tiers goes with the hottest of them. */
function rank(pool: ElasticsearchNodePool): number {
  if (isMasterEligible(pool)) return MASTERS;
  const tier = TIERS.findLastIndex((roles) => roles.some((role) => pool.roles.includes(role)));
  return tier === -1 ? WITHOUT_DATA : tier;
}
