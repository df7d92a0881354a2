import { z } from 'zod';
import { clusterSpecFields, clusterStatusFields, nodePoolFields } from './common.ts';
import { elasticsearchConfigSchema } from './elasticsearch-config.ts';
import { jvmOptionsSchema, pluginsSchema } from './elasticsearch-process.ts';
import { elasticsearchSecuritySchema, pilotSecuritySchema } from './elasticsearch-security.ts';

/** Roles of Elasticsearch that Navigator knows; the names are Elasticsearch's own (node.roles). */
export const ELASTICSEARCH_ROLES = [
  'master',
  'data',
  'data_content',
  'data_hot',
  'data_warm',
  'data_cold',
  'data_frozen',
  'ingest',
  'ml',
  'remote_cluster_client',
  'transform',
  'voting_only',
] as const;
export type ElasticsearchRole = (typeof ELASTICSEARCH_ROLES)[number];

export const elasticsearchNodePoolSchema = z.object({
  ...nodePoolFields,
  roles: z
    .array(z.enum(ELASTICSEARCH_ROLES))
    .max(ELASTICSEARCH_ROLES.length)
    .default(['master', 'data', 'ingest'])
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('node.roles of these nodes; an empty list makes coordinating-only nodes.'),
  config: elasticsearchConfigSchema.describe(
    'Settings of elasticsearch.yml for these nodes; they come before those of spec.config.',
  ),
  jvmOptions: jvmOptionsSchema,
});
export type ElasticsearchNodePool = z.infer<typeof elasticsearchNodePoolSchema>;

export const elasticsearchClusterSpecSchema = z
  .object({
    version: z
      .string()
      .max(14)
      .regex(/^\d+\.\d+\.\d+$/)
      .describe('Version of Elasticsearch, e.g. 8.19.9: 7.17, 8.x or 9.x.'),
    nodePools: z
      .array(elasticsearchNodePoolSchema)
      .min(1)
      .max(20)
      .prefault([{ name: 'mixed' }])
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .describe('Groups of nodes that are alike; each one is a StatefulSet. Default: three nodes with all roles.'),
    config: elasticsearchConfigSchema.describe(
      'Settings of elasticsearch.yml for every node, flat or nested. A change is rolled out, one node at a time.',
    ),
    plugins: pluginsSchema,
    security: elasticsearchSecuritySchema.prefault({}),
    ...clusterSpecFields,
  })
  .describe('What the cluster shall be.');
export type ElasticsearchClusterSpec = z.infer<typeof elasticsearchClusterSpecSchema>;

export const elasticsearchClusterStatusSchema = z
  .object({
    ...clusterStatusFields,
    masters: z.string().optional().describe('Master-eligible nodes, ready/wanted.'),
    data: z.string().optional().describe('Data nodes, ready/wanted.'),
    ingest: z.string().optional().describe('Ingest nodes, ready/wanted.'),
  })
  .describe('What the cluster is. Written by Navigator only.');
export type ElasticsearchClusterStatus = z.infer<typeof elasticsearchClusterStatusSchema>;

/**
 * What the controller hands to the pilot of an Elasticsearch node, as JSON in the pod template, so that each revision of
 * the template carries its own configuration and a restart can never mix two.
 */
export const elasticsearchPilotConfigSchema = z.object({
  clusterName: z.string(),
  roles: z.array(z.enum(ELASTICSEARCH_ROLES)),
  /** DNS name of the headless Service that lists every node, ready or not. */
  seedService: z.string(),
  heapBytes: z.int().positive(),
  security: pilotSecuritySchema.optional(),
  /** Settings that the user asks for, under their full names. Those that Navigator renders come before them. */
  settings: z.record(z.string(), z.union([z.string(), z.array(z.string()).readonly()])).default({}),
  /** Lines of jvm.options after Navigator's own. */
  jvmOptions: z.array(z.string()).default([]),
});
export type ElasticsearchPilotConfig = z.infer<typeof elasticsearchPilotConfigSchema>;
