import { clusterStatusFields, type Condition } from '@navigator/api-types';
import { type Event, Events, isNotFound, type KubeObject, type Resource } from '@navigator/kube';
import { z } from 'zod';
import { cassandra } from '../src/engines/cassandra/index.ts';
import { elasticsearch } from '../src/engines/elasticsearch/index.ts';
import { type Surroundings, until } from './harness.ts';

const statusSchema = z.looseObject(clusterStatusFields);
export type Status = z.infer<typeof statusSchema>;

/** The two kinds, each with the smallest manifest. */
export const KINDS = [
  {
    resource: elasticsearch.resource,
    prefix: 'es',
    pool: 'mixed',
    spec: { version: '8.15.0', nodePools: [{ name: 'mixed', replicas: 3 }] },
  },
  {
    resource: cassandra.resource,
    prefix: 'cass',
    pool: 'ring',
    spec: { version: '5.0.5', nodePools: [{ name: 'ring', replicas: 3 }] },
  },
] as const;
export type ClusterKind = (typeof KINDS)[number];

/** Creates a cluster object. */
export async function createCluster(
  around: Surroundings,
  resource: Resource,
  cluster: { name: string; spec: object },
): Promise<KubeObject> {
  const { group, version, kind } = resource;
  const metadata = { name: cluster.name, namespace: around.namespace };
  return await around.client.create(
    resource,
    { apiVersion: `${group}/${version}`, kind, metadata, spec: cluster.spec },
    around.signal,
  );
}

/** Changes a cluster's spec as `kubectl patch --type merge` does. */
export async function patchSpec(
  around: Surroundings,
  resource: Resource,
  { name, spec }: { name: string; spec: object },
): Promise<void> {
  await around.client.mergePatch(resource, { namespace: around.namespace, name }, { body: { spec } }, around.signal);
}

/** An object, or undefined when there is none. */
export async function find<T extends KubeObject>(
  around: Surroundings,
  resource: Resource<T>,
  name: string,
): Promise<T | undefined> {
  try {
    return await around.client.get(resource, { namespace: around.namespace, name }, around.signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The status of a cluster as of its present generation; undefined before. */
export async function statusOf(around: Surroundings, resource: Resource, name: string): Promise<Status | undefined> {
  const cluster = await find(around, resource, name);
  const status = statusSchema.parse(cluster?.['status'] ?? {});
  return status.observedGeneration === cluster?.metadata.generation ? status : undefined;
}

/** One condition of a status. */
export function conditionOf(status: Status | undefined, type: string): Condition | undefined {
  return status?.conditions.find((condition) => condition.type === type);
}

/** Lets the world go on until the cluster is Ready for its present generation. */
export async function ready(around: Surroundings, resource: Resource, name: string): Promise<Status> {
  return await until(`${resource.kind} ${name} Ready`, around, async () => {
    const status = await statusOf(around, resource, name);
    return conditionOf(status, 'Ready')?.status === 'True' ? status : undefined;
  });
}

/** Events about one cluster, in the order in which they were first seen. */
export async function eventsOf(around: Surroundings, cluster: KubeObject): Promise<readonly Event[]> {
  const { items } = await around.client.list(Events, { namespace: around.namespace }, around.signal);
  return items
    .filter((event) => event.involvedObject.uid === cluster.metadata.uid)
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}
