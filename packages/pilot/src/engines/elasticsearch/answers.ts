import { z } from 'zod';

/** The parts of Elasticsearch's answers (7.17 to 9.x) that are read. Each path asks for no more than its schema. */

export const LOCAL_NODE_PATH = '/_nodes/_local?filter_path=nodes.*.version,nodes.*.transport_address';
export const localNodeSchema = z.object({
  nodes: z.record(z.string(), z.object({ version: z.string(), transport_address: z.string().optional() })),
});

/** `local`: what this node has applied, also when no master is there to ask. */
export const STATE_PATH =
  '/_cluster/state/master_node,nodes?local=true&filter_path=cluster_uuid,master_node,nodes.*.name,nodes.*.ephemeral_id,nodes.*.transport_address,nodes.*.version';
export const stateSchema = z.object({
  cluster_uuid: z.string().optional(),
  master_node: z.string().nullish(),
  nodes: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        ephemeral_id: z.string().optional(),
        transport_address: z.string().optional(),
        version: z.string().optional(),
      }),
    )
    .default({}),
});
export type LocalState = z.infer<typeof stateSchema>;

/** Asked only of the elected master, whose own state is the newest there is. */
export const HEALTH_PATH = '/_cluster/health?local=true&timeout=0s';
export const healthSchema = z.object({
  status: z.enum(['green', 'yellow', 'red']),
  timed_out: z.boolean(),
  unassigned_shards: z.int(),
  initializing_shards: z.int(),
  relocating_shards: z.int(),
});
export type HealthAnswer = z.infer<typeof healthSchema>;

export const STATS_PATH =
  '/_nodes/_local/stats/indices/docs,store,shard_stats?filter_path=nodes.*.indices.docs.count,nodes.*.indices.store.size_in_bytes,nodes.*.indices.shard_stats.total_count';
export const statsSchema = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      indices: z
        .object({
          docs: z.object({ count: z.int() }),
          store: z.object({ size_in_bytes: z.int() }),
          // 7.15 and later.
          shard_stats: z.object({ total_count: z.int() }).optional(),
        })
        // A node without the data role has none.
        .optional(),
    }),
  ),
});
export type StatsAnswer = z.infer<typeof statsSchema>;

export const FLUSH_PATH = '/_flush?wait_if_ongoing=true&ignore_unavailable=true&filter_path=_shards';
export const flushSchema = z.object({ _shards: z.object({ total: z.int(), failed: z.int() }) });

/** Every copy of every shard; asked only when some copy is missing. */
export const ROUTING_PATH =
  '/_cluster/state/routing_table?master_timeout=5s&filter_path=routing_table.indices.*.shards.*.state,routing_table.indices.*.shards.*.node';
const copySchema = z.object({
  state: z.enum(['STARTED', 'INITIALIZING', 'RELOCATING', 'UNASSIGNED']),
  node: z.string().nullish(),
});
export const routingSchema = z.object({
  routing_table: z
    .object({
      indices: z.record(z.string(), z.object({ shards: z.record(z.string(), z.array(copySchema)).default({}) })).default({}),
    })
    .default({ indices: {} }),
});
export type RoutingAnswer = z.infer<typeof routingSchema>;
