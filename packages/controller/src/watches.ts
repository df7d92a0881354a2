import { GROUP, LABELS, MANAGED_BY, VERSION } from '@navigator/api-types';
import {
  type Clock,
  defineResource,
  Informer,
  type KubeClient,
  type KubeObject,
  type Lister,
  type Logger,
  metadataOf,
  NetworkPolicies,
  type ObservedCache,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  type Pod,
  PodDisruptionBudgets,
  Pods,
  type Resource,
  resourceName,
  RoleBindings,
  Roles,
  Secrets,
  ServiceAccounts,
  Services,
  StatefulSets,
} from '@navigator/kube';
import { isBeat, isSettled } from './beats.ts';
import { type ClusterRef, clusterKey, keyOfChild, keyOfCluster, parseClusterKey } from './cluster-key.ts';
import type { ControllerEngine } from './engines/engine.ts';
import { isNewsOf, noStatus, statusOfPod, statusOfStatefulSet } from './news.ts';
import type { ObserveInput } from './observe.ts';
import { markStranger } from './reclaim.ts';
import { StatusEchoes } from './status-echoes.ts';

/** Pilot objects, one a database node. */
export const Pilots = defineResource({ group: GROUP, version: VERSION, kind: 'Pilot', plural: 'pilots' });

/** Kinds of which nothing is decided; they are watched so that a change or a deletion by somebody is put right. */
const DRIFT_KINDS: readonly Resource[] = [Services, ServiceAccounts, Roles, RoleBindings, PodDisruptionBudgets, NetworkPolicies];

/** A label selector keeps everything that is not ours out of memory. */
const OURS = `${LABELS.managedBy}=${MANAGED_BY}`;
const BY_CLUSTER = 'cluster';

/** The part of an informer that does not depend on the type of its objects. */
export type AnyInformer = Pick<
  Informer<KubeObject>,
  'resource' | 'start' | 'hasSynced' | 'waitForSync' | 'size' | 'resourceVersion'
>;

/** Options of {@link Watches}. */
export interface WatchesOptions {
  readonly client: KubeClient;
  readonly engines: readonly ControllerEngine[];
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called with the cluster that an event may concern. Never with the event: a pass looks at the level. */
  readonly enqueue: (ref: ClusterRef) => void;
  /** Called in its place for an event that is no news: a pass that waits for the caches may be waiting for just that. */
  readonly caughtUp: (ref: ClusterRef) => void;
}

/** Every cache of one namespace, or of all: one watch a kind, shared by all engines. */
export class Watches {
  readonly informers: AnyInformer[] = [];
  readonly echoes = new StatusEchoes();
  readonly #options: WatchesOptions;
  readonly #caches = new Map<string, ObservedCache>();
  readonly #pilots: Lister<KubeObject>;
  readonly #statefulSets: Lister<ObserveInput['statefulSets'][number]>;
  readonly #pods: Lister<Pod>;
  readonly #claims: Lister<ObserveInput['claims'][number]>;
  readonly #secrets: Lister<KubeObject>;

  constructor(options: WatchesOptions) {
    this.#options = options;
    for (const engine of options.engines) this.#watchClusters(engine);
    const drift = { keyOf: keyOfChild, labelSelector: OURS, transform: markStranger, alike: true };
    const ours = { ...drift, indexed: true };
    this.#pilots = this.#watch(Pilots, { ...ours, isNews: (old, pilot) => this.#isNews(old, pilot) });
    this.#statefulSets = this.#watch(StatefulSets, { ...ours, isNews: isNewsOf(statusOfStatefulSet) });
    this.#pods = this.#watch(Pods, { ...ours, transform: trimPod, isNews: isNewsOf(statusOfPod) });
    this.#claims = this.#watch(PersistentVolumeClaims, {
      ...ours,
      transform: trimClaim,
      isNews: isNewsOf(({ status }) => status),
    });
    // What is in them is never seen: that something else is, is told by their versions alone. So every event is news.
    this.#secrets = this.#watch(metadataOf(Secrets), {
      keyOf: keyOfChild,
      labelSelector: OURS,
      transform: trimSecret,
      indexed: true,
    });
    for (const resource of DRIFT_KINDS) this.#watch(resource, { ...drift, isNews: isNewsOf(noStatus) });
  }

  /** The cache of a kind, for the applier and the expectations. */
  cacheOf(resource: Resource): ObservedCache | undefined {
    return this.#caches.get(resourceName(resource));
  }

  /** A cluster object, if it exists. */
  cluster(engine: ControllerEngine, ref: { readonly namespace: string; readonly name: string }): KubeObject | undefined {
    return this.cacheOf(engine.resource)?.lister.get(ref.namespace, ref.name);
  }

  /** All clusters of one kind. */
  clusters(engine: ControllerEngine): readonly KubeObject[] {
    return this.cacheOf(engine.resource)?.lister.list() ?? [];
  }

  /** What says by its labels that it is part of the cluster. */
  children(ref: ClusterRef): Pick<ObserveInput, 'statefulSets' | 'pods' | 'pilots' | 'claims' | 'secrets'> {
    const key = clusterKey(ref);
    return {
      statefulSets: this.#statefulSets.byIndex(BY_CLUSTER, key),
      pods: this.#pods.byIndex(BY_CLUSTER, key),
      pilots: this.#pilots.byIndex(BY_CLUSTER, key),
      claims: this.#claims.byIndex(BY_CLUSTER, key),
      secrets: this.#secrets.byIndex(BY_CLUSTER, key),
    };
  }

  #watchClusters({ resource }: ControllerEngine): void {
    const isNews = (old: KubeObject, cluster: KubeObject): boolean => !this.echoes.isEcho(keyOfCluster(cluster), old, cluster);
    const gone = (cluster: KubeObject): void => this.echoes.forget(keyOfCluster(cluster));
    this.#watch(resource, { keyOf: keyOfCluster, isNews, gone });
  }

  #watch<T extends KubeObject>(resource: Resource<T>, watch: Watch<T>): Lister<T> {
    const { client, clock, logger, namespace } = this.#options;
    const { keyOf, labelSelector, transform, isNews, gone, indexed, alike = false } = watch;
    const indexers = indexed === true ? { [BY_CLUSTER]: (object: T) => listOf(keyOf(object)) } : {};
    const informer = new Informer<T>({
      client,
      resource,
      clock,
      logger,
      indexers,
      alike,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(transform === undefined ? {} : { transform }),
    });
    const enqueue = (object: T): void => this.#tell(keyOf(object), this.#options.enqueue);
    informer.addHandler({
      add: enqueue,
      update: (old, object) => {
        // Labels may have been edited from one cluster's to another's: both must look.
        if (keyOf(old) !== keyOf(object)) enqueue(old);
        if (isNews?.(old, object) !== false) enqueue(object);
        else this.#tell(keyOf(object), this.#options.caughtUp);
      },
      delete: (object) => {
        gone?.(object);
        enqueue(object);
      },
    });
    this.informers.push(informer);
    this.#caches.set(resourceName(resource), informer);
    return informer.lister;
  }

  /** A beat is news only to a cluster with which something is the matter. */
  #isNews(old: KubeObject, pilot: KubeObject): boolean {
    if (!isBeat(old, pilot)) return true;
    const ref = parseClusterKey(keyOfChild(pilot) ?? '');
    const engine = this.#options.engines.find(({ resource }) => resource.kind === ref?.kind);
    const cluster = ref && engine && this.cluster(engine, ref);
    return cluster === undefined || !isSettled(cluster);
  }

  #tell(key: string | undefined, whom: (ref: ClusterRef) => void): void {
    const ref = key === undefined ? undefined : parseClusterKey(key);
    if (ref) whom(ref);
  }
}

interface Watch<T extends KubeObject> {
  readonly keyOf: (object: T) => string | undefined;
  readonly labelSelector?: string;
  readonly transform?: (object: T) => T;
  /** Whether a cluster's objects are looked for; others are found by their names. */
  readonly indexed?: boolean;
  /** See {@link Informer}. Not for clusters: what is derived from a spec is remembered by it. */
  readonly alike?: boolean;
  /** Whether a change may alter a decision; every change does unless this says no. */
  readonly isNews?: (old: T, object: T) => boolean;
  readonly gone?: (object: T) => void;
}

function listOf(key: string | undefined): readonly string[] {
  return key === undefined ? [] : [key];
}

/** A pod's spec and most of its status are ten times what decisions read of it. */
export function trimPod(pod: Pod): Pod {
  const { conditions, containerStatuses, initContainerStatuses } = pod.status ?? {};
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: pod.metadata,
    status: {
      ...(conditions === undefined ? {} : { conditions }),
      ...(containerStatuses === undefined ? {} : { containerStatuses }),
      ...(initContainerStatuses === undefined ? {} : { initContainerStatuses }),
    },
  };
}

/** Of a claim is read whose it is, whose data it holds, and how large it is and shall be. */
export function trimClaim({ apiVersion, kind, metadata, spec, status }: PersistentVolumeClaim): PersistentVolumeClaim {
  const { resources } = spec ?? {};
  const { capacity, conditions } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata,
    ...(resources === undefined ? {} : { spec: { resources } }),
    status: { ...(capacity === undefined ? {} : { capacity }), ...(conditions === undefined ? {} : { conditions }) },
  };
}

/** Of a Secret nothing but metadata is asked for; a server that sends more is not listened to. */
export function trimSecret({ metadata }: KubeObject): KubeObject {
  return { apiVersion: 'v1', kind: Secrets.kind, metadata };
}
