import { z } from 'zod';

/** The parts of Elasticsearch's answers (7.17 to 9.x) that are read. Each path asks for no more than its schema. */

export const LOCAL_NODE_PATH = '/_nodes/_local?filter_path=nodes.*.version,nodes.*.transport_address,nodes.*.roles';
export const localNodeSchema = z.object({
  nodes: z.record(
    z.string(),
    z.object({ version: z.string(), transport_address: z.string().optional(), roles: z.array(z.string()).optional() }),
  ),
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
  /** Copies that serve. */
  active_shards: z.int().optional(),
});
export type HealthAnswer = z.infer<typeof healthSchema>;

export const STATS_PATH =
  '/_nodes/_local/stats/indices,fs/docs,store,shard_stats?filter_path=nodes.*.fs.total.total_in_bytes,nodes.*.fs.total.available_in_bytes,nodes.*.indices.docs.count,nodes.*.indices.store.size_in_bytes,nodes.*.indices.shard_stats.total_count';
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
      fs: z.object({ total: z.object({ total_in_bytes: z.int(), available_in_bytes: z.int() }) }).optional(),
    }),
  ),
});
export type StatsAnswer = z.infer<typeof statsSchema>;

export const FLUSH_PATH = '/_flush?wait_if_ongoing=true&ignore_unavailable=true&filter_path=_shards';
export const flushSchema = z.object({ _shards: z.object({ total: z.int(), failed: z.int() }) });

/** Every copy of every shard; asked only when some copy is missing, or a node is being emptied. */
export const ROUTING_PATH =
  '/_cluster/state/routing_table?master_timeout=5s&filter_path=cluster_uuid,routing_table.indices.*.shards.*.state,routing_table.indices.*.shards.*.node,routing_table.indices.*.shards.*.relocating_node';
const copySchema = z.object({
  state: z.enum(['STARTED', 'INITIALIZING', 'RELOCATING', 'UNASSIGNED']),
  node: z.string().nullish(),
  /** Where a copy in state RELOCATING goes; the table lists it once only, at its source. */
  relocating_node: z.string().nullish(),
});
export const routingSchema = z.object({
  cluster_uuid: z.string().optional(),
  routing_table: z
    .object({
      indices: z.record(z.string(), z.object({ shards: z.record(z.string(), z.array(copySchema)).default({}) })).default({}),
    })
    .default({ indices: {} }),
});
export type RoutingAnswer = z.infer<typeof routingSchema>;

/** Settings that orders are carried out with, and the record of what in them is ours. */
export const SETTINGS_PATH =
  '/_cluster/settings?master_timeout=2s&filter_path=*.cluster.routing.allocation.exclude._name,*.cluster.routing.allocation.enable,*.cluster.routing.allocation.node_initial_primaries_recoveries,*.cluster.routing.rebalance.enable,*.cluster.metadata.navigator';
export const UPDATE_SETTINGS_PATH = '/_cluster/settings?master_timeout=2s&timeout=2s&filter_path=acknowledged';
const layerSchema = z.object({
  cluster: z
    .object({
      routing: z
        .object({
          allocation: z
            .object({
              exclude: z.object({ _name: z.string().optional() }).optional(),
              enable: z.string().optional(),
              node_initial_primaries_recoveries: z.string().optional(),
            })
            .optional(),
          rebalance: z.object({ enable: z.string().optional() }).optional(),
        })
        .optional(),
      metadata: z
        .object({
          navigator: z
            .object({
              emptied: z.string().optional(),
              voteless: z.string().optional(),
              stopping: z.string().optional(),
              narrowed: z.string().optional(),
              steadied: z.string().optional(),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
});
export const settingsSchema = z.object({ persistent: layerSchema.default({}), transient: layerSchema.default({}) });
export type SettingsAnswer = z.infer<typeof settingsSchema>;
export const acknowledgedSchema = z.object({ acknowledged: z.literal(true) });
/** Not acknowledged: the master has it, and some node was slow to take it. */
export const takenSchema = z.object({ acknowledged: z.boolean() });

/** `local`: asked of the elected master only. */
export const COORDINATION_PATH =
  '/_cluster/state/metadata?local=true&filter_path=cluster_uuid,metadata.cluster_coordination.last_committed_config,metadata.cluster_coordination.voting_config_exclusions';
export const coordinationSchema = z.object({
  metadata: z.object({
    cluster_coordination: z.object({
      // There is always a voter: an answer without one is not an answer.
      last_committed_config: z.array(z.string()).min(1),
      voting_config_exclusions: z.array(z.object({ node_id: z.string(), node_name: z.string() })).default([]),
    }),
  }),
});
export type CoordinationAnswer = z.infer<typeof coordinationSchema>['metadata']['cluster_coordination'];

export const EXCLUSIONS_PATH = '/_cluster/voting_config_exclusions';

export const REPLICAS_PATH =
  '/_all/_settings/index.number_of_replicas,index.auto_expand_replicas?expand_wildcards=all&ignore_unavailable=true&filter_path=*.settings.index';
export const replicasSchema = z.record(
  z.string(),
  z.object({
    settings: z.object({
      index: z.object({ number_of_replicas: z.coerce.number().int(), auto_expand_replicas: z.string().optional() }),
    }),
  }),
);
export type ReplicasAnswer = z.infer<typeof replicasSchema>;
