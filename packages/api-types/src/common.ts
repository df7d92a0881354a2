import { z } from 'zod';
import { conditionSchema } from './conditions.ts';
import { POOL_NAME_MAX, POOL_NAME_PATTERN } from './names.ts';

/** A Kubernetes quantity, as the API server writes it: `10Gi`, `500m`, `2`; a plain integer is taken for its text. */
export const quantitySchema = z.coerce
  .string()
  .max(32)
  .regex(/^(\d+|\d+\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/)
  .meta({ 'x-navigator-quantity': true });

/** Name of an object that a cluster refers to. */
const objectNameSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** A Secret in the namespace of the cluster. An object, so that later releases can say more of it. */
export const secretRefSchema = z.object({ secretName: objectNameSchema.describe('Name of the Secret.') });

export const imageSchema = z
  .object({
    repository: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Image without tag; the tag is always spec.version. Default: the official image.'),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent').describe('When the kubelet pulls the image.'),
    pullSecrets: z
      .array(objectNameSchema)
      .max(10)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Names of Secrets in the same namespace for a private registry.'),
  })
  .describe('Where the database image comes from.');

export const persistenceSchema = z
  .object({
    enabled: z.boolean().default(true).describe('false keeps data in an emptyDir that is lost with the pod: for tests only.'),
    size: quantitySchema.default('10Gi').describe("Size of each node's volume; it may grow."),
    storageClass: objectNameSchema
      .optional()
      .describe('StorageClass of the volumes. Default: the default class of the Kubernetes cluster.'),
  })
  .describe('Volumes of the pool. Fixed once the pool exists, but for the size, which may grow.');

const requestsSchema = z
  .object({
    cpu: quantitySchema.default('500m').describe('CPU in cores, e.g. 500m.'),
    memory: quantitySchema
      .optional()
      .describe('Memory in bytes, e.g. 4Gi. Default: limits.memory, so that the node is not the first to be evicted.'),
  })
  .describe('What the scheduler reserves for a node.');

const limitsSchema = z
  .object({
    cpu: quantitySchema.optional().describe('CPU in cores, e.g. 2. Default: no limit.'),
    memory: quantitySchema.default('2Gi').describe('Memory in bytes, e.g. 4Gi. The JVM heap is derived from it.'),
  })
  .describe('What a node may use at most.');

export const resourcesSchema = z
  .object({ requests: requestsSchema.prefault({}), limits: limitsSchema.prefault({}) })
  .describe('CPU and memory of each node of the pool.');

export const tolerationSchema = z.object({
  key: z.string().max(317).optional().describe('Taint key; empty matches every key.'),
  operator: z.enum(['Exists', 'Equal']).optional().describe('How key and value are compared.'),
  value: z.string().max(63).optional().describe('Taint value for operator Equal.'),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('Taint effect; empty matches all.'),
  tolerationSeconds: z.int().optional().describe('Seconds to stay on a node tainted NoExecute.'),
});

/** Fields that every engine's node pool has. */
export const nodePoolFields = {
  name: z
    .string()
    .min(1)
    .max(POOL_NAME_MAX)
    .regex(new RegExp(POOL_NAME_PATTERN))
    .describe("Name of the pool: one word of small letters and digits; the last word of its StatefulSet's name."),
  replicas: z.int().min(1).max(100).default(3).describe('Number of nodes in the pool.'),
  restartedAt: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Any text, by custom the time; a change of it restarts the nodes, one at a time.'),
  persistence: persistenceSchema.prefault({}),
  resources: resourcesSchema.prefault({}),
  nodeSelector: z
    .record(
      z.string(),
      z
        .string()
        .max(63)
        .regex(/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/),
    )
    .default({})
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .describe('Labels that a Kubernetes node must have to run these nodes.'),
  tolerations: z
    .array(tolerationSchema)
    .max(20)
    .default([])
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Taints that these nodes tolerate.'),
};

/** Fields that every engine's cluster spec has, but for version and nodePools. */
export const clusterSpecFields = {
  image: imageSchema.prefault({}),
  paused: z.boolean().default(false).describe('true: the controller changes nothing; status and reports go on.'),
  suspendedNodes: z
    .array(z.string().min(1).max(63))
    .max(100)
    .default([])
    .meta({ 'x-kubernetes-list-type': 'set' })
    .describe(
      'Names of nodes whose database is stopped while pod and volume stay, e.g. es-demo-mixed-1: for repair tools, or to look at files.',
    ),
  volumeReclaimPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What happens to the volumes when the cluster object is deleted.'),
  zoneSpread: z
    // Not `Off`: an unquoted Off is the boolean false in the YAML that kubectl reads.
    .enum(['Preferred', 'Required', 'None'])
    .default('Preferred')
    .describe(
      'Whether nodes must be spread evenly over zones (topology.kubernetes.io/zone) and Kubernetes nodes; None leaves it to the scheduler.',
    ),
};

/** One entry of status.plan: an Action still to come. */
export const plannedActionSchema = z.object({
  action: z.string().describe('Name of the Action, e.g. UpdateVersion.'),
  nodePool: z.string().optional().describe('Pool that it works on.'),
  target: z.string().optional().describe('Object that it works on next, e.g. es-demo-mixed-2.'),
  why: z.string().describe('Which field asks for it.'),
  blocked: z
    .object({
      reason: z.string().describe('One word from docs/conditions.md.'),
      message: z.string().describe('What is in the way.'),
    })
    .optional()
    .describe('Set while it cannot start.'),
});
export type PlannedAction = z.infer<typeof plannedActionSchema>;

/** One entry of status.history: an Action with start, end and outcome. */
export const actionRecordSchema = z.object({
  action: z.string().describe('Name of the Action.'),
  nodePool: z.string().optional().describe('Pool that it worked on.'),
  target: z.string().optional().describe('Object that it worked on.'),
  message: z.string().describe('What it did.'),
  startedAt: z.iso.datetime().describe('When it started.'),
  endedAt: z.iso.datetime().optional().describe('When it ended; absent while it runs.'),
  outcome: z.enum(['Running', 'Succeeded', 'Superseded']).describe('Superseded: the spec changed before it was done.'),
});
export type ActionRecord = z.infer<typeof actionRecordSchema>;

export const nodePoolStatusSchema = z.object({
  name: z.string().describe('Name of the pool.'),
  replicas: z.int().describe('Nodes asked for.'),
  pods: z.int().describe('Pods that exist.'),
  ready: z.int().describe('Nodes whose pilot reports them healthy.'),
  updated: z.int().describe('Nodes that run what the spec asks for.'),
});
export type NodePoolStatus = z.infer<typeof nodePoolStatusSchema>;

/** Health of a whole cluster in Elasticsearch's colours; other engines map to them (docs/health.md). */
export const CLUSTER_HEALTH = ['Green', 'Yellow', 'Red', 'Unknown'] as const;
export type ClusterHealth = (typeof CLUSTER_HEALTH)[number];

/** Fields that every engine's cluster status has. */
export const clusterStatusFields = {
  observedGeneration: z
    .int()
    .min(-1)
    .default(-1)
    .describe('metadata.generation that this status speaks of; -1 before the first visit.'),
  conditions: z
    .array(conditionSchema)
    .default([])
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Ready, Reconciling, Stalled, Degraded, Paused.'),
  health: z
    .enum(CLUSTER_HEALTH)
    .optional()
    .describe('Health as the database itself reports it; Unknown when no fresh report exists.'),
  healthSince: z.iso.datetime().optional().describe('Since when health has had this value.'),
  version: z.string().max(64).optional().describe('Lowest version that a node of the cluster runs.'),
  action: z.string().optional().describe('The Action that runs or waits, for kubectl get.'),
  plan: z.array(plannedActionSchema).default([]).describe('Actions still to come, in order.'),
  history: z.array(actionRecordSchema).default([]).describe('The last Actions, newest first (at most 10).'),
  nodePools: z
    .array(nodePoolStatusSchema)
    .default([])
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('Counts of each node pool.'),
};
