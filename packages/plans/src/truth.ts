import type { NodePoolBase } from '@navigator/controller/lab';
import { ANNOTATIONS, childName, type Condition, LABELS, pilotName } from '@navigator/api-types';
import { engineOfKind } from '@navigator/controller/lab';
import { type KubeObject, type Pod, Pods } from '@navigator/kube';
import type { SimDatabase } from './sim/database.ts';
import type { SimContext } from './sim/context.ts';
import { isGoing } from './sim/stateful-set.ts';

interface Spec {
  readonly version: string;
  readonly paused?: boolean;
  readonly nodePools: readonly NodePoolBase[];
}

/** The spec as the API server holds it: admission has put the defaults in. */
export function specOf(cluster: KubeObject): Spec {
  return cluster['spec'] as Spec;
}

/** What the cluster's Ready condition says, if it says it of the present generation. */
export function readyOf(cluster: KubeObject): Condition | undefined {
  const status = cluster['status'] as { observedGeneration?: number; conditions?: Condition[] } | undefined;
  if (status?.observedGeneration !== cluster.metadata.generation) return undefined;
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/**
 * Why the world is not what the spec asks for, seen by somebody who sees everything at once: every wanted pod there, of the
 * wanted version and amounts, its database serving, nothing else running, no data missing. Undefined when all is so.
 */
export function shortfall(
  { server, namespace }: Pick<SimContext, 'server' | 'namespace'>,
  cluster: KubeObject,
  database: SimDatabase,
): string | undefined {
  const spec = specOf(cluster);
  const wanted = new Set<string>();
  for (const pool of spec.nodePools) {
    for (const name of namesIn(cluster, pool)) {
      wanted.add(name);
      const pod = server.get(Pods, { namespace, name });
      if (!pod || isGoing(pod)) return `pod ${name} is not there`;
      const wrong = mismatch(pod, spec, pool);
      if (wrong !== undefined) return `pod ${name} has ${wrong}`;
      if (!database.serves(name)) return `the database of ${name} does not serve`;
    }
  }
  const extra = podsOf({ server }, cluster).find((pod) => !wanted.has(pod.metadata.name));
  if (extra) return `pod ${extra.metadata.name} is not asked for`;
  return database.problem();
}

function namesIn(cluster: KubeObject, pool: NodePoolBase): string[] {
  const prefix = engineOfKind(cluster.kind)?.childPrefix ?? '';
  const set = childName(prefix, cluster.metadata.name, pool.name);
  return Array.from({ length: pool.replicas }, (_, ordinal) => pilotName(set, ordinal));
}

/** Names of the pods and Pilots that the spec asks for. */
export function wantedNames(cluster: KubeObject): string[] {
  return specOf(cluster).nodePools.flatMap((pool) => namesIn(cluster, pool));
}

/** Every pod that says it is of this cluster. */
export function podsOf({ server }: Pick<SimContext, 'server'>, cluster: KubeObject): Pod[] {
  return server
    .list(Pods)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[LABELS.cluster] === cluster.metadata.name && metadata.labels?.[LABELS.kind] === cluster.kind,
    );
}

function mismatch(pod: Pod, spec: Spec, pool: NodePoolBase): string | undefined {
  const container = pod.spec?.containers[0];
  const version = container?.image?.split(':').at(-1);
  if (version !== spec.version) return `version ${version}`;
  const memory = container?.resources?.limits?.['memory'];
  if (memory !== pool.resources.limits.memory) return `a memory limit of ${memory}`;
  return undefined;
}

/** The name by which the database calls itself, as it was written down. */
export function writtenIdentity(cluster: KubeObject): string | undefined {
  return cluster.metadata.annotations?.[ANNOTATIONS.clusterId];
}
