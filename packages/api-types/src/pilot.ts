import { z } from 'zod';
import { CLUSTER_HEALTH } from './common.ts';

/**
 * Phases of a node's life as its pilot tells them. `Waiting`: the start gate is shut; `Refused`: the volume must not be
 * started (message says why); `Suspended`: the process is not started, as ordered; `Failed`: the process ended by itself.
 */
export const PILOT_PHASES = ['Waiting', 'Refused', 'Suspended', 'Starting', 'Running', 'Draining', 'Stopped', 'Failed'] as const;
export type PilotPhase = (typeof PILOT_PHASES)[number];

/** What a pilot that refuses to start its database objects to. */
export const REFUSAL_CAUSES = ['Data', 'Secret', 'Image'] as const;
export type RefusalCause = (typeof REFUSAL_CAUSES)[number];

/**
 * What shall become of a node. `Running`: it serves. `Leaving`: it gives its data and its vote to others and serves until that
 * is done. `Decommissioned`: it has given them up; its database is stopped and may not start again. `Suspended`: its database is
 * stopped, and does not start before that is lifted; its pod, its volume and its place in the cluster stay.
 */
export const DESIRED_STATES = ['Running', 'Suspended', 'Leaving', 'Decommissioned'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

const nodeNames = z.array(z.string()).default([]).meta({ 'x-kubernetes-list-type': 'atomic' });

/** Orders for the whole database cluster. All who can lead have the same ones; whoever leads carries them out. */
export const clusterOrdersSchema = z.object({
  emptied: nodeNames.describe('Nodes that shall hold no data.'),
  voteless: nodeNames.describe(
    'Nodes whose vote is taken, once they hold no data if they shall hold none; by identity where they are away.',
  ),
  restarting: nodeNames.describe('Nodes that are restarted: as long as one of them is away, its data is not copied elsewhere.'),
});
export type ClusterOrders = z.infer<typeof clusterOrdersSchema>;

export const pilotSpecSchema = z
  .object({
    desired: z
      .enum(DESIRED_STATES)
      .optional()
      .describe(
        'What shall become of the node. Running, which is meant when it is absent: it serves; Suspended: its database is stopped and does not start, its pod stays; Leaving: it gives up its data and its vote; Decommissioned: it has done so and may not start again.',
      ),
    orders: clusterOrdersSchema
      .optional()
      .describe('Orders for the whole cluster, carried out by the pilot whose node leads; absent when nothing is ordered.'),
    cluster: z
      .object({ kind: z.string().describe('Kind of the cluster.'), name: z.string().describe('Name of the cluster.') })
      .describe('Cluster that the node belongs to.'),
    nodePool: z.string().describe('Node pool of the node.'),
    bootstrap: z
      .object({
        initialMembers: z
          .array(z.string())
          .min(1)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Pods that form the cluster the first time.'),
      })
      .optional()
      .describe('Present only until the cluster has formed once; without it a node may only join.'),
    seeds: z
      .array(z.string())
      .default([])
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Pods that a starting node asks for the cluster; never the node itself while it joins.'),
  })
  .describe('What the node shall do; written by the controller.');
export type PilotSpec = z.infer<typeof pilotSpecSchema>;

export const memberSchema = z.object({
  id: z.string().describe('Identity that the database gave the node (node id, host id).'),
  name: z.string().optional().describe('Name of the node, where the database knows one.'),
  address: z.string().optional().describe('Address by which peers reach it.'),
  state: z.enum(['Up', 'Down', 'Joining', 'Leaving', 'Moving']).describe('State as this node sees it.'),
  version: z.string().optional().describe('Version as this node sees it.'),
  soleCopies: z
    .int()
    .optional()
    .describe('Shards whose only good copy is there although they shall have more; told while the cluster is Yellow.'),
  copies: z
    .int()
    .optional()
    .describe('Copies of shards on it, those on their way in or out included; told while something is ordered to be emptied.'),
  unshared: z
    .int()
    .optional()
    .describe('Shards on it of which no other node has a good copy; told while something is ordered to be emptied.'),
  voter: z.boolean().optional().describe('Whether its vote counts for electing a leader, by what the cluster last agreed on.'),
});
export type Member = z.infer<typeof memberSchema>;

/** The cluster as seen from one node. */
export const clusterViewSchema = z
  .object({
    clusterId: z.string().optional().describe('Identity that the database gave the cluster.'),
    authoritative: z.boolean().describe("true: this node leads (elected master), so its view is the cluster's."),
    health: z.enum(CLUSTER_HEALTH).optional().describe('Health of the whole cluster, where one node can know it.'),
    recovering: z.int().optional().describe('Shards that are being built or moved; told where one node can know it.'),
    members: z.array(memberSchema).describe('Nodes of the cluster.'),
    absentVoters: z
      .array(z.string())
      .optional()
      .describe('Identities of nodes that are away and whose votes count all the same; told while something is ordered.'),
    schemaVersions: z
      .array(z.string())
      .default([])
      .describe('Schema versions among live nodes; more than one means disagreement.'),
    unassigned: z.int().optional().describe('Shards without a node; told where one node can know it.'),
    copiesAsked: z.int().optional().describe('Most copies that any data asks for, each on a node of its own.'),
    orders: clusterOrdersSchema
      .extend({
        generation: z.int().optional().describe('metadata.generation of the orders that this look was made with.'),
        problem: z.string().optional().describe('Why an order is not carried out.'),
      })
      .optional()
      .describe('Orders that are in force, read back from the database before everything else in this view.'),
    message: z.string().optional().describe("What is wrong, in the database's words."),
    explanation: z
      .string()
      .optional()
      .describe("Why a shard has no node, in the database's words; told once that has lasted for half a minute."),
    disk: z.string().optional().describe("Which disks run full, and past which mark, in the database's words."),
  })
  .describe('The cluster as this node sees it.');
export type ClusterView = z.infer<typeof clusterViewSchema>;

export const processExitSchema = z.object({
  at: z.iso.datetime().describe('When it ended.'),
  code: z.int().optional().describe('Exit code.'),
  signal: z.string().optional().describe('Signal that ended it.'),
  lastLines: z.array(z.string()).describe('Last lines that it printed (at most 20).'),
});
export type ProcessExit = z.infer<typeof processExitSchema>;

export const pilotStatusSchema = z
  .object({
    observedGeneration: z.int().min(-1).default(-1).describe('metadata.generation of the spec that the pilot acts on.'),
    phase: z.enum(PILOT_PHASES).optional().describe('Where the node is in its life.'),
    message: z.string().optional().describe('Why it is in this phase.'),
    refusedFor: z
      .enum(REFUSAL_CAUSES)
      .optional()
      .describe('In phase Refused: what must not be started with, the data on the volume, a Secret or the image.'),
    concerns: z
      .enum(REFUSAL_CAUSES)
      .optional()
      .describe(
        'What the message is about while the database runs: what is not right, is not taken in, or ends soon; the node goes on with what it had.',
      ),
    podUid: z.string().optional().describe('UID of the pod that reports; a report of an earlier pod speaks of the past.'),
    pilotVersion: z.string().optional().describe('Version of the pilot itself.'),
    process: z
      .object({
        startedAt: z.iso.datetime().describe('When the database process started.'),
        restarts: z
          .int()
          .describe('How often the process ended by itself in this pod, or was stopped because it showed no life.'),
      })
      .optional()
      .describe('The database process.'),
    lastExit: processExitSchema
      .optional()
      .describe(
        'How the process last ended by itself, or when it was stopped because it showed no life, also in an earlier pod or container.',
      ),
    version: z.string().optional().describe("Version that this node's process reports."),
    dataVersion: z
      .string()
      .optional()
      .describe("Version of the database that last ran on the node's volume, told in every phase; the data is of this version."),
    health: z.enum(['Healthy', 'Unhealthy', 'Unknown']).optional().describe('Health of this node.'),
    data: z
      .object({
        bytes: z.int().describe('Bytes of data on the node.'),
        documents: z.int().optional().describe('Documents, where the database counts them.'),
        shards: z.int().optional().describe('Shards, where the database has them.'),
        volume: z
          .object({
            totalBytes: z.int().describe('Size of the file system.'),
            freeBytes: z.int().describe('What the database may still write.'),
          })
          .optional()
          .describe('The file system that the data is on.'),
      })
      .optional()
      .describe('Amount of data; absent when unknown, which is not the same as none.'),
    dataSummary: z.string().optional().describe('Amount of data for kubectl get, e.g. "1.2Mi".'),
    identity: z
      .object({
        id: z.string().describe('Identity that the database keeps with the data (node id, host id).'),
        processId: z.string().optional().describe('Identity of this very process, where the database has one.'),
        address: z.string().optional().describe('Address by which peers reach it.'),
        roles: z
          .array(z.string())
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Roles that this process runs with, where the database has roles.'),
      })
      .optional()
      .describe('Who the node is.'),
    view: clusterViewSchema.optional(),
    heartbeatTime: z.iso.datetime().optional().describe('When the pilot last reported; an old one means that nothing is known.'),
  })
  .describe('What the node is; written by its pilot only.');
export type PilotStatus = z.infer<typeof pilotStatusSchema>;

/** How often a pilot reports when nothing changes, in ms. 15,000 pilots make 250 writes a second at most. */
export const HEARTBEAT_INTERVAL_MS = 60_000;
/** After how long without a report the controller takes a Pilot's status for unknown, in ms: two beats and a half. */
export const HEARTBEAT_EXPIRY_MS = 150_000;
