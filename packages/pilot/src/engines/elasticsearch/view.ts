import type { ClusterView, PilotStatus } from '@navigator/api-types';
import type { HealthAnswer, LocalState, StatsAnswer } from './answers.ts';

/** What Elasticsearch says before a cluster has formed: no identity at all. */
const NO_UUID = '_na_';
const HEALTH = { green: 'Green', yellow: 'Yellow', red: 'Red' } as const;

/** The cluster's identity, or undefined as long as it has not formed. */
export function clusterIdOf(state: LocalState): string | undefined {
  const uuid = state.cluster_uuid;
  return uuid === undefined || uuid === '' || uuid === NO_UUID ? undefined : uuid;
}

/** The elected master's view of the cluster. Members are in order of their names, so that equal views are equal text. */
export function buildView(state: LocalState, health: HealthAnswer, soleCopies?: ReadonlyMap<string, number>): ClusterView {
  const clusterId = clusterIdOf(state);
  const message = describe(health);
  const members = Object.entries(state.nodes).map(([id, node]) => ({
    id,
    name: node.name,
    ...(node.transport_address === undefined ? {} : { address: node.transport_address }),
    state: 'Up' as const,
    ...(node.version === undefined ? {} : { version: node.version }),
    ...(soleCopies === undefined ? {} : { soleCopies: soleCopies.get(id) ?? 0 }),
  }));
  members.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ...(clusterId === undefined ? {} : { clusterId }),
    authoritative: true,
    // An answer that timed out speaks of less than the whole cluster.
    health: health.timed_out ? 'Unknown' : HEALTH[health.status],
    ...(health.timed_out ? {} : { recovering: health.initializing_shards + health.relocating_shards }),
    members,
    schemaVersions: [],
    ...(message === undefined ? {} : { message }),
  };
}

function describe(health: HealthAnswer): string | undefined {
  const parts = [
    health.unassigned_shards > 0 ? `${health.unassigned_shards} shards without a node` : '',
    health.initializing_shards > 0 ? `${health.initializing_shards} initializing` : '',
    health.relocating_shards > 0 ? `${health.relocating_shards} moving` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** The amount of data on the node; undefined when the answer does not tell. */
export function dataOf(stats: StatsAnswer): PilotStatus['data'] {
  const indices = Object.values(stats.nodes)[0]?.indices;
  if (indices === undefined) return undefined;
  return {
    bytes: indices.store.size_in_bytes,
    documents: indices.docs.count,
    ...(indices.shard_stats === undefined ? {} : { shards: indices.shard_stats.total_count }),
  };
}
