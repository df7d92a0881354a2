import { z } from 'zod';
import { clusterSpecFields, clusterStatusFields, nodePoolFields } from './common.ts';

const topologyName = z
  .string()
  .min(1)
  .max(48)
  .regex(/^[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$/);

export const cassandraNodePoolSchema = z.object({
  ...nodePoolFields,
  rack: topologyName.optional().describe('Rack of these nodes. Default: the name of the pool. Fixed once the pool exists.'),
});
export type CassandraNodePool = z.infer<typeof cassandraNodePoolSchema>;

export const cassandraClusterSpecSchema = z
  .object({
    version: z
      .string()
      .max(14)
      .regex(/^\d+\.\d+\.\d+$/)
      .describe('Version of Cassandra, e.g. 5.0.6: 4.0, 4.1 or 5.0.'),
    datacenter: topologyName.default('dc1').describe('Name of the datacenter. Fixed once the cluster exists.'),
    nodePools: z
      .array(cassandraNodePoolSchema)
      .min(1)
      .max(20)
      .prefault([{ name: 'ring' }])
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .describe('Groups of nodes that are alike, usually one a rack; each one is a StatefulSet. Default: three nodes.'),
    ...clusterSpecFields,
  })
  .describe('What the cluster shall be.');
export type CassandraClusterSpec = z.infer<typeof cassandraClusterSpecSchema>;

export const cassandraClusterStatusSchema = z
  .object({
    ...clusterStatusFields,
    nodes: z.string().optional().describe("Nodes that are Up and Normal in every peer's view, of those wanted."),
    racks: z.int().optional().describe('Number of racks.'),
  })
  .describe('What the cluster is. Written by Navigator only.');
export type CassandraClusterStatus = z.infer<typeof cassandraClusterStatusSchema>;

/** What the controller hands to the pilot of a Cassandra node, as JSON in the pod template (one per revision). */
export const cassandraPilotConfigSchema = z.object({
  clusterName: z.string(),
  datacenter: z.string(),
  rack: z.string(),
  heapBytes: z.int().positive(),
  /** DNS domain of the pods: a seed's address is `<pod>.<podDomain>`. */
  podDomain: z.string(),
});
export type CassandraPilotConfig = z.infer<typeof cassandraPilotConfigSchema>;
