import { LABELS } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';

/** Names one cluster of any kind: what the workqueue holds. */
export interface ClusterRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `Kind/namespace/name`: two kinds may share a name. */
export function clusterKey(ref: ClusterRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** The inverse of {@link clusterKey}; undefined for a text of another form. */
export function parseClusterKey(key: string): ClusterRef | undefined {
  const [kind, namespace, name, ...rest] = key.split('/');
  if (!kind || !namespace || !name || rest.length > 0) return undefined;
  return { kind, namespace, name };
}

/** The key of a cluster object itself. */
export function keyOfCluster(cluster: KubeObject): string {
  return clusterKey({ kind: cluster.kind, namespace: cluster.metadata.namespace ?? '', name: cluster.metadata.name });
}

/**
 * The key of the cluster that an object says it is part of, by its labels: claims and pods are not owned by the cluster,
 * but carry them. Whether it really is part of it is checked by UID in observe.ts.
 */
export function keyOfChild(child: KubeObject): string | undefined {
  const kind = child.metadata.labels?.[LABELS.kind];
  const name = child.metadata.labels?.[LABELS.cluster];
  const { namespace } = child.metadata;
  return kind && name && namespace ? clusterKey({ kind, namespace, name }) : undefined;
}
