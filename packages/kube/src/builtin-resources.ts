import type {
  CoreV1Event,
  V1ConfigMap,
  V1ControllerRevision,
  V1CustomResourceDefinition,
  V1Job,
  V1Lease,
  V1Namespace,
  V1NetworkPolicy,
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node';
import type { KubeObject } from './object.ts';
import { defineResource } from './resource.ts';
import type { Wire } from './wire.ts';

/** A built-in kind as raw JSON: client-node's model for spec and status, our metadata. */
export type BuiltIn<V> = KubeObject & Omit<Wire<V>, 'apiVersion' | 'kind' | 'metadata'>;

export type ConfigMap = BuiltIn<V1ConfigMap>;
export type ControllerRevision = BuiltIn<V1ControllerRevision>;
export type CustomResourceDefinition = BuiltIn<V1CustomResourceDefinition>;
export type Event = BuiltIn<CoreV1Event>;
export type Job = BuiltIn<V1Job>;
export type Lease = BuiltIn<V1Lease>;
export type Namespace = BuiltIn<V1Namespace>;
export type NetworkPolicy = BuiltIn<V1NetworkPolicy>;
export type Node = BuiltIn<V1Node>;
export type PersistentVolume = BuiltIn<V1PersistentVolume>;
export type PersistentVolumeClaim = BuiltIn<V1PersistentVolumeClaim>;
export type Pod = BuiltIn<V1Pod>;
export type PodDisruptionBudget = BuiltIn<V1PodDisruptionBudget>;
export type Role = BuiltIn<V1Role>;
export type RoleBinding = BuiltIn<V1RoleBinding>;
export type Secret = BuiltIn<V1Secret>;
export type Service = BuiltIn<V1Service>;
export type ServiceAccount = BuiltIn<V1ServiceAccount>;
export type StatefulSet = BuiltIn<V1StatefulSet>;
export type StorageClass = BuiltIn<V1StorageClass>;

const core = { group: '', version: 'v1' } as const;
const apps = { group: 'apps', version: 'v1' } as const;
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;

export const ConfigMaps = defineResource<ConfigMap>({ ...core, kind: 'ConfigMap', plural: 'configmaps' });
export const Events = defineResource<Event>({ ...core, kind: 'Event', plural: 'events' });
export const Namespaces = defineResource<Namespace>({ ...core, kind: 'Namespace', plural: 'namespaces', namespaced: false });
export const Nodes = defineResource<Node>({ ...core, kind: 'Node', plural: 'nodes', namespaced: false });
export const PersistentVolumes = defineResource<PersistentVolume>({
  ...core,
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  namespaced: false,
});
export const PersistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  ...core,
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
});
export const Pods = defineResource<Pod>({ ...core, kind: 'Pod', plural: 'pods' });
export const Secrets = defineResource<Secret>({ ...core, kind: 'Secret', plural: 'secrets' });
export const ServiceAccounts = defineResource<ServiceAccount>({ ...core, kind: 'ServiceAccount', plural: 'serviceaccounts' });
export const Services = defineResource<Service>({ ...core, kind: 'Service', plural: 'services' });
export const ControllerRevisions = defineResource<ControllerRevision>({
  ...apps,
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
});
export const StatefulSets = defineResource<StatefulSet>({ ...apps, kind: 'StatefulSet', plural: 'statefulsets' });
export const Jobs = defineResource<Job>({ group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs' });
export const Leases = defineResource<Lease>({ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases' });
export const NetworkPolicies = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
});
export const PodDisruptionBudgets = defineResource<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
});
export const Roles = defineResource<Role>({ ...rbac, kind: 'Role', plural: 'roles' });
export const RoleBindings = defineResource<RoleBinding>({ ...rbac, kind: 'RoleBinding', plural: 'rolebindings' });
export const StorageClasses = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
});
export const CustomResourceDefinitions = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});
