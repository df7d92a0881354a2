import { ANNOTATIONS, API_VERSION, LABELS, MANAGED_BY } from '@navigator/api-types';
import type { KubeMeta, KubeObject, OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from '@navigator/kube';

/** Kubernetes objects as the caches hold them, for tests of observe.ts and execute.ts. All belong to the cluster `demo`. */
export const CLUSTER_UID = 'uid-demo';
const NAMESPACE = 'shop';

/** The cluster object itself. */
export function clusterObject(fields: { spec?: unknown; status?: unknown; metadata?: Partial<KubeMeta> } = {}): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ElasticsearchCluster',
    metadata: { name: 'demo', namespace: NAMESPACE, uid: CLUSTER_UID, resourceVersion: '10', generation: 3, ...fields.metadata },
    spec: fields.spec ?? { version: '8.19.9', nodePools: [{ name: 'mixed', replicas: 2 }] },
    ...(fields.status === undefined ? {} : { status: fields.status }),
  };
}

/** A reference that makes somebody the controller of an object. */
export function controlledBy(uid: string, kind = 'ElasticsearchCluster', name = 'demo'): OwnerReference {
  return { apiVersion: kind === 'StatefulSet' ? 'apps/v1' : API_VERSION, kind, name, uid, controller: true };
}

/** Metadata with the labels of a child. */
export function childMetadata(name: string, fields: Partial<KubeMeta> & { pool?: string } = {}): KubeMeta {
  const { pool, ...rest } = fields;
  return {
    name,
    namespace: NAMESPACE,
    uid: `uid-${name}`,
    resourceVersion: '20',
    creationTimestamp: '2026-03-01T11:00:00Z',
    labels: {
      [LABELS.managedBy]: MANAGED_BY,
      [LABELS.cluster]: 'demo',
      [LABELS.kind]: 'ElasticsearchCluster',
      ...(pool === undefined ? {} : { [LABELS.nodePool]: pool }),
    },
    ownerReferences: [controlledBy(CLUSTER_UID)],
    ...rest,
  };
}

/** The StatefulSet of a pool. */
export function statefulSetObject(
  pool = 'mixed',
  fields: { metadata?: Partial<KubeMeta>; replicas?: number; partition?: number } = {},
): StatefulSet {
  const { replicas = 2, partition = replicas } = fields;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: childMetadata(`es-demo-${pool}`, {
      pool,
      generation: 5,
      annotations: { [ANNOTATIONS.template]: 'template-1' },
      ...fields.metadata,
    }),
    spec: {
      replicas,
      serviceName: 'es-demo-nodes',
      selector: {},
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
      template: { metadata: { annotations: { [ANNOTATIONS.revision]: 'rev-1' } } },
    },
    status: { replicas, observedGeneration: 5, currentRevision: 'a', updateRevision: 'b' },
  };
}

/** A running pod of a pool. */
export function podObject(name: string, fields: { metadata?: Partial<KubeMeta>; status?: Pod['status'] } = {}): Pod {
  const set = name.slice(0, name.lastIndexOf('-'));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: childMetadata(name, {
      ownerReferences: [controlledBy(`uid-${set}`, 'StatefulSet', set)],
      annotations: { [ANNOTATIONS.revision]: 'rev-1' },
      labels: { 'controller-revision-hash': 'a' },
      ...fields.metadata,
    }),
    status: fields.status ?? { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A Pilot object. */
export function pilotObject(
  name: string,
  fields: { metadata?: Partial<KubeMeta>; spec?: unknown; status?: unknown } = {},
): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'Pilot',
    metadata: childMetadata(name, { generation: 1, ...fields.metadata }),
    spec: fields.spec ?? { cluster: { kind: 'ElasticsearchCluster', name: 'demo' }, nodePool: 'mixed', seeds: [] },
    ...(fields.status === undefined ? {} : { status: fields.status }),
  };
}

/** The claim of a node's volume. */
export function claimObject(name: string, owners: readonly OwnerReference[] = []): PersistentVolumeClaim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: childMetadata(name, { ownerReferences: [...owners] }) };
}
