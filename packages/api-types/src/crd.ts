import type { z } from 'zod';
import { cassandraClusterSpecSchema, cassandraClusterStatusSchema } from './cassandra-cluster.ts';
import { elasticsearchClusterSpecSchema, elasticsearchClusterStatusSchema } from './elasticsearch-cluster.ts';
import { GROUP, VERSION } from './group.ts';
import { pilotSpecSchema, pilotStatusSchema } from './pilot.ts';
import { toStructuralSchema, type StructuralSchema } from './structural-schema.ts';
import { cassandraRules } from './validation-cassandra.ts';
import { elasticsearchRules } from './validation-elasticsearch.ts';
import { type Rule, withRules } from './validation-rule.ts';

/** A column of `kubectl get`; `priority: 1` shows it with `-o wide` only. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: 1;
}

/** A kind of the group, from which its CRD and its reference are made. */
export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
  readonly rules?: readonly Rule<never>[];
}

const text = (name: string, jsonPath: string, description: string): Column => ({ name, type: 'string', jsonPath, description });
const wide = (column: Column): Column => ({ ...column, priority: 1 });

const health = text('Health', '.status.health', 'Health as the database itself reports it.');
const version = text('Version', '.status.version', 'Lowest version that a node runs.');
const action = text('Action', '.status.action', 'The Action that runs or waits.');
const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' };
const clusterWide: readonly Column[] = [
  wide(text('Wanted', '.spec.version', 'Version that is asked for.')),
  wide(text('Ready', '.status.conditions[?(@.type=="Ready")].status', 'Status of the condition Ready.')),
  wide(text('Reason', '.status.conditions[?(@.type=="Ready")].reason', 'Reason of the condition Ready.')),
  wide({ name: 'Paused', type: 'boolean', jsonPath: '.spec.paused', description: 'Whether Navigator changes nothing.' }),
];

/** Every kind of the group, in the order in which they are generated. */
export const KINDS: readonly Kind[] = [
  {
    kind: 'ElasticsearchCluster',
    plural: 'elasticsearchclusters',
    shortName: 'esc',
    description: 'ElasticsearchCluster is a cluster of Elasticsearch that Navigator runs.',
    spec: elasticsearchClusterSpecSchema,
    status: elasticsearchClusterStatusSchema,
    rules: elasticsearchRules,
    columns: [
      health,
      text('Masters', '.status.masters', 'Master-eligible nodes, ready/wanted.'),
      text('Data', '.status.data', 'Data nodes, ready/wanted.'),
      text('Ingest', '.status.ingest', 'Ingest nodes, ready/wanted.'),
      version,
      action,
      age,
      ...clusterWide,
    ],
  },
  {
    kind: 'CassandraCluster',
    plural: 'cassandraclusters',
    shortName: 'cass',
    description: 'CassandraCluster is a datacenter of Apache Cassandra that Navigator runs.',
    spec: cassandraClusterSpecSchema,
    status: cassandraClusterStatusSchema,
    rules: cassandraRules,
    columns: [
      health,
      text('Nodes', '.status.nodes', 'Nodes that are Up and Normal, of those wanted.'),
      { name: 'Racks', type: 'integer', jsonPath: '.status.racks', description: 'Number of racks.' },
      version,
      action,
      age,
      ...clusterWide,
      wide(text('Datacenter', '.spec.datacenter', 'Name of the datacenter.')),
    ],
  },
  {
    kind: 'Pilot',
    plural: 'pilots',
    shortName: 'plt',
    description:
      'Pilot is one database node: what it shall do, written by the controller, and what it is, written by the process in the pod of the same name.',
    spec: pilotSpecSchema,
    status: pilotStatusSchema,
    columns: [
      text('Cluster', '.spec.cluster.name', 'Cluster of the node.'),
      text('Pool', '.spec.nodePool', 'Node pool of the node.'),
      text('Phase', '.status.phase', 'Where the node is in its life.'),
      text('Version', '.status.version', 'Version that the process reports.'),
      text('Health', '.status.health', 'Health of the node.'),
      text('Data', '.status.dataSummary', 'Amount of data.'),
      age,
      wide(text('Kind', '.spec.cluster.kind', 'Kind of the cluster.')),
      wide({
        name: 'Restarts',
        type: 'integer',
        jsonPath: '.status.process.restarts',
        description: 'How often the process ended by itself in this pod.',
      }),
      wide({ name: 'Heartbeat', type: 'date', jsonPath: '.status.heartbeatTime', description: 'Time since the last report.' }),
      wide(text('Message', '.status.message', 'Why the node is in this phase.')),
    ],
  },
];

/** Schema of a whole object of a kind, with the CEL rules of the kind. */
export function kindSchema(kind: Kind): StructuralSchema {
  const status = toStructuralSchema(kind.status);
  const schema: StructuralSchema = {
    description: kind.description,
    type: 'object',
    required: ['spec'],
    properties: {
      // The one part of metadata that a schema may speak of; the rules name it.
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: toStructuralSchema(kind.spec),
      // kstatus takes "no status yet" for done; with -1 a new object counts as in progress before the first visit.
      status: { ...status, default: { observedGeneration: -1 } },
    },
  };
  return withRules(schema, kind.rules ?? []);
}

/** CustomResourceDefinition of a kind, ready to be written as YAML. */
export function buildCrd(kind: Kind) {
  const { plural, shortName } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['navigator'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: kindSchema(kind) },
        },
      ],
    },
  };
}
