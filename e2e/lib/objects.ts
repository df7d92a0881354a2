import { z } from 'zod';
import type { TestCluster } from '../cluster/index.ts';
import { waitFor } from '../cluster/wait.ts';

/** The parts of any object that the scenarios read. */
export const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string(),
    generation: z.number().optional(),
    resourceVersion: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.looseObject({ uid: z.string() })).optional(),
  }),
  spec: z.record(z.string(), z.unknown()).optional(),
  status: z.record(z.string(), z.unknown()).optional(),
});
export type AnyObject = z.infer<typeof objectSchema>;

/** One namespace of the cluster under test, through kubectl as its users have it. */
export interface Namespace {
  readonly cluster: TestCluster;
  readonly name: string;
  apply(manifest: string): Promise<void>;
  /** Throws RunError when it does not exist. */
  get(kind: string, name: string): Promise<AnyObject>;
  list(kind: string, selector?: string): Promise<AnyObject[]>;
  patch(kind: string, name: string, patch: unknown): Promise<void>;
  kubectl(...args: string[]): Promise<string>;
}

/** Opens a namespace, making it if it is missing. Pods in it must meet the restricted pod security standard. */
export async function openNamespace(cluster: TestCluster, name: string): Promise<Namespace> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  const kubectl = async (...args: string[]): Promise<string> => cluster.kubectl(['-n', name, ...args]);
  return {
    cluster,
    name,
    kubectl,
    apply: async (text) => {
      await cluster.kubectl(['-n', name, 'apply', '-f', '-'], { input: text });
    },
    get: async (kind, object) => objectSchema.parse(JSON.parse(await kubectl('get', kind, object, '-o', 'json'))),
    list: async (kind, selector) => {
      const selected = selector === undefined ? [] : ['-l', selector];
      const text = await kubectl('get', kind, ...selected, '-o', 'json');
      return z.object({ items: z.array(objectSchema) }).parse(JSON.parse(text)).items;
    },
    patch: async (kind, object, patch) => {
      await kubectl('patch', kind, object, '--type', 'merge', '-p', JSON.stringify(patch));
    },
  };
}

const statusSchema = z.looseObject({
  observedGeneration: z.number().optional(),
  health: z.string().optional(),
  version: z.string().optional(),
  action: z.string().optional(),
  conditions: z
    .array(
      z.looseObject({
        type: z.string(),
        status: z.string(),
        reason: z.string(),
        message: z.string(),
        observedGeneration: z.number().optional(),
      }),
    )
    .default([]),
});
export type ClusterStatusSeen = z.infer<typeof statusSchema>;

/** Status of an ElasticsearchCluster or CassandraCluster. */
export function statusOf(object: AnyObject): ClusterStatusSeen {
  return statusSchema.parse(object.status ?? {});
}

export function conditionOf(object: AnyObject, type: string): ClusterStatusSeen['conditions'][number] | undefined {
  return statusOf(object).conditions.find((condition) => condition.type === type);
}

/** Waits as `kubectl wait --for=condition=Ready` does, but for this very generation; says what was in the way if in vain. */
export async function waitReady(namespace: Namespace, kind: string, name: string, deadlineMs: number): Promise<AnyObject> {
  let last = 'never seen';
  return waitFor(
    async () => {
      const object = await namespace.get(kind, name);
      const ready = conditionOf(object, 'Ready');
      last = `${ready?.status ?? 'no condition'} ${ready?.reason ?? ''}: ${ready?.message ?? ''}`;
      const current = statusOf(object).observedGeneration === object.metadata.generation;
      if (ready?.status === 'True' && current && ready.observedGeneration === object.metadata.generation) return object;
      return undefined;
    },
    { what: `${kind} ${name} Ready`, deadlineMs, everyMs: 500 },
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)} Last seen: ${last}`, { cause: error });
  });
}

/** Events about one object as people see them, oldest first. Some have whole seconds only. */
export async function eventsOf(
  namespace: Namespace,
  name: string,
): Promise<{ atMs: number; type: string; reason: string; message: string; count: number }[]> {
  const events = z.object({
    items: z.array(
      z.looseObject({
        type: z.string(),
        reason: z.string(),
        message: z.string().default(''),
        count: z.number().nullish(),
        involvedObject: z.looseObject({ name: z.string() }),
        metadata: z.looseObject({ creationTimestamp: z.string(), resourceVersion: z.string() }),
        firstTimestamp: z.string().nullish(),
        eventTime: z.string().nullish(),
      }),
    ),
  });
  const text = await namespace.kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`, '-o', 'json');
  const at = (event: {
    eventTime?: string | null | undefined;
    firstTimestamp?: string | null | undefined;
    metadata: { creationTimestamp: string };
  }): string => event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp;
  return events
    .parse(JSON.parse(text))
    .items.toSorted(
      (a, b) => at(a).localeCompare(at(b)) || Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion),
    )
    .map((event) => {
      const { type, reason, message, count } = event;
      return { atMs: Date.parse(at(event)), type, reason, message, count: count ?? 1 };
    });
}
