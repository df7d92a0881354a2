import { LABELS } from '@navigator/api-types';
import {
  apiVersionOf,
  collectionPath,
  defineResource,
  type KubeClient,
  metadataOf,
  NetworkPolicies,
  PersistentVolumeClaims,
  PodDisruptionBudgets,
  Pods,
  type Resource,
  RoleBindings,
  Roles,
  Secrets,
  ServiceAccounts,
  Services,
  StatefulSets,
} from '@navigator/kube';
import { FLEET_KINDS, type FleetCluster } from '../clusters.ts';

const Pilots = defineResource({ group: 'navigator.dev', version: 'v1alpha1', kind: 'Pilot', plural: 'pilots' });
const CHILDREN: readonly Resource[] = [
  StatefulSets,
  Pods,
  Pilots,
  PersistentVolumeClaims,
  metadataOf(Secrets),
  Services,
  ServiceAccounts,
  Roles,
  RoleBindings,
  PodDisruptionBudgets,
  NetworkPolicies,
];

/** One kind of object as a real API server serves it, for each recorded cluster. */
export interface RecordedKind {
  /** Path of the collection over all namespaces. */
  readonly path: string;
  readonly listKind: string;
  readonly apiVersion: string;
  /** By cluster: its objects as JSON. */
  readonly objects: readonly (readonly string[])[];
}

/** Whole clusters, to be served again many times over under other names. */
export interface Recording {
  readonly clusters: readonly { readonly namespace: string; readonly name: string }[];
  readonly kinds: readonly RecordedKind[];
}

/** Reads every object of these clusters. */
export async function record(client: KubeClient, clusters: readonly FleetCluster[], signal: AbortSignal): Promise<Recording> {
  const kinds: RecordedKind[] = [];
  for (const resource of [...FLEET_KINDS.map((kind) => kind.resource), ...CHILDREN]) {
    const objects = await Promise.all(clusters.map((cluster) => objectsOf(client, { resource, cluster, signal })));
    kinds.push({ path: collectionPath(resource), listKind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), objects });
  }
  return { clusters: clusters.map(({ namespace, name }) => ({ namespace, name })), kinds };
}

async function objectsOf(
  client: KubeClient,
  { resource, cluster, signal }: { readonly resource: Resource; readonly cluster: FleetCluster; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { namespace, name, kind } = cluster;
  const isCluster = FLEET_KINDS.some((fleet) => fleet.resource.plural === resource.plural);
  if (isCluster && resource.plural !== kind.resource.plural) return [];
  const selector = isCluster
    ? { fieldSelector: `metadata.name=${name}` }
    : { labelSelector: `${LABELS.cluster}=${name},${LABELS.kind}=${kind.resource.kind}` };
  const { items } = await client.list(resource, { namespace, ...selector }, signal);
  return items.map((item) => JSON.stringify(item));
}
