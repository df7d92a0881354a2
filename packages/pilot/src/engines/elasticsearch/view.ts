import type { ClusterView, PilotStatus } from '@navigator/api-types';
import type { HealthAnswer, LocalState, ReplicasAnswer, StatsAnswer } from './answers.ts';

/** What Elasticsearch says before a cluster has formed: no identity at all. */
const NO_UUID = '_na_';
const HEALTH = { green: 'Green', yellow: 'Yellow', red: 'Red' } as const;

/** The cluster's identity, or undefined as long as it has not formed. */
export function clusterIdOf(state: LocalState): string | undefined {
  const uuid = state.cluster_uuid;
  return uuid === undefined || uuid === '' || uuid === NO_UUID ? undefined : uuid;
}

/** What the elected master could learn besides; whatever is absent is unknown. */
export interface Learnt {
  /** By id of the node. */
  readonly soleCopies?: ReadonlyMap<string, number> | undefined;
  readonly copies?: ReadonlyMap<string, number> | undefined;
  readonly unshared?: ReadonlyMap<string, number> | undefined;
  readonly unassigned?: number | undefined;
  readonly copiesAsked?: number | undefined;
  readonly orders?: ClusterView['orders'];
  /** Ids of the nodes whose votes count. */
  readonly voters?: readonly string[] | undefined;
}

/** The elected master's view of the cluster. Members are in order of their names, so that equal views are equal text. */
export function buildView(state: LocalState, health: HealthAnswer, learnt: Learnt = {}): ClusterView {
  const { soleCopies, copies, unshared, copiesAsked, orders, voters } = learnt;
  const clusterId = clusterIdOf(state);
  const unassigned = learnt.unassigned ?? (health.timed_out ? undefined : health.unassigned_shards);
  const message = describe(health);
  const members = Object.entries(state.nodes).map(([id, node]) => ({
    id,
    name: node.name,
    ...(node.transport_address === undefined ? {} : { address: node.transport_address }),
    state: 'Up' as const,
    ...(node.version === undefined ? {} : { version: node.version }),
    ...(soleCopies === undefined ? {} : { soleCopies: soleCopies.get(id) ?? 0 }),
    ...(copies === undefined ? {} : { copies: copies.get(id) ?? 0 }),
    ...(unshared === undefined ? {} : { unshared: unshared.get(id) ?? 0 }),
    ...(voters === undefined ? {} : { voter: voters.includes(id) }),
  }));
  const absentVoters = voters?.filter((id) => state.nodes[id] === undefined);
  members.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ...(clusterId === undefined ? {} : { clusterId }),
    authoritative: true,
    // An answer that timed out speaks of less than the whole cluster.
    health: health.timed_out ? 'Unknown' : HEALTH[health.status],
    ...(health.timed_out ? {} : { recovering: health.initializing_shards + health.relocating_shards }),
    ...(unassigned === undefined ? {} : { unassigned }),
    ...(copiesAsked === undefined ? {} : { copiesAsked }),
    ...(orders === undefined ? {} : { orders }),
    members,
    ...(absentVoters === undefined ? {} : { absentVoters }),
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
  const { indices, fs } = Object.values(stats.nodes)[0] ?? {};
  if (indices === undefined) return undefined;
  const volume = fs && { totalBytes: fs.total.total_in_bytes, freeBytes: fs.total.available_in_bytes };
  return {
    bytes: indices.store.size_in_bytes,
    documents: indices.docs.count,
    ...(indices.shard_stats === undefined ? {} : { shards: indices.shard_stats.total_count }),
    ...(volume === undefined ? {} : { volume }),
  };
}

/** The most copies that an index asks for; one that adapts to the number of nodes asks for none in particular. */
export function copiesAskedBy(indices: ReplicasAnswer): number {
  const fixed = Object.values(indices).filter(({ settings }) => (settings.index.auto_expand_replicas ?? 'false') === 'false');
  return Math.max(0, ...fixed.map(({ settings }) => settings.index.number_of_replicas + 1));
}
