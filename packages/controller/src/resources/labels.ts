import { childName, LABELS, MANAGED_BY } from '@navigator/api-types';
import { controllerReference, type KubeMeta, type OwnerReference } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterRecord } from '../snapshot.ts';

/** Last word of a child's name for what belongs to the whole cluster: `es-demo-nodes`, `es-demo-pilot`. */
export const NODES_WORD = 'nodes';
export const PILOT_WORD = 'pilot';

/**
 * What a selector asks for. Selectors of StatefulSets are immutable, so this never changes. The kind is part of it since
 * an ElasticsearchCluster and a CassandraCluster may share a name.
 */
export function clusterSelector(cluster: ClusterRecord): Record<string, string> {
  return { [LABELS.cluster]: cluster.name, [LABELS.kind]: cluster.kind };
}

/** The selector of one pool's pods. Immutable as well. */
export function poolSelector(cluster: ClusterRecord, pool: string): Record<string, string> {
  return { ...clusterSelector(cluster), [LABELS.nodePool]: pool };
}

/** Labels of every child; the informers select by the first one. */
export function childLabels(cluster: ClusterRecord, engine: ControllerEngine, pool?: string): Record<string, string> {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.name]: engine.name,
    [LABELS.instance]: cluster.name,
    ...(pool === undefined ? clusterSelector(cluster) : poolSelector(cluster, pool)),
  };
}

/** The reference that makes the cluster the one controller of a child. */
export function ownedBy(cluster: ClusterRecord): OwnerReference {
  return controllerReference({
    apiVersion: cluster.apiVersion,
    kind: cluster.kind,
    metadata: { name: cluster.name, uid: cluster.uid },
  });
}

/** Metadata of a child of the whole cluster, called `<prefix>-<cluster>-<word>`. */
export function childMeta(cluster: ClusterRecord, engine: ControllerEngine, word: string): KubeMeta {
  return {
    name: childName(engine.childPrefix, cluster.name, word),
    ...childOwner(cluster, engine),
  };
}

/** Namespace, labels and owner of a child of the whole cluster, whatever it is called. */
export function childOwner(
  cluster: ClusterRecord,
  engine: ControllerEngine,
): Pick<KubeMeta, 'namespace' | 'labels' | 'ownerReferences'> {
  return { namespace: cluster.namespace, labels: childLabels(cluster, engine), ownerReferences: [ownedBy(cluster)] };
}

/** Name of the headless Service that gives every pod its DNS name: the StatefulSets' serviceName. */
export function nodesServiceName(cluster: ClusterRecord, engine: ControllerEngine): string {
  return childName(engine.childPrefix, cluster.name, NODES_WORD);
}

/**
 * DNS domain of a cluster's pods, without the DNS domain of Kubernetes: nobody can read that from the API, and the
 * search list of every pod completes it.
 */
export function podDomain(cluster: ClusterRecord, engine: ControllerEngine): string {
  return `${nodesServiceName(cluster, engine)}.${cluster.namespace}.svc`;
}
