import type {
  clusterSpecFields,
  clusterStatusFields,
  nodePoolFields,
  PilotSpec,
  PilotStatus,
  Reason,
} from '@navigator/api-types';
import type { z } from 'zod';

/**
 * The frozen input of every decision: what the caches showed at one moment. Pure data; time is a field. Built by
 * observe.ts, read by everything else. "Absent" always means "not known", never "none".
 */
export interface ClusterSnapshot<Spec extends ClusterSpecBase = ClusterSpecBase> {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly settings: Settings;
  readonly cluster: ClusterRecord<Spec>;
  /** Pools of the spec, in its order. */
  readonly pools: readonly PoolView[];
  /** Pools that the spec no longer names but whose StatefulSet or Pilots still exist. */
  readonly removedPools: readonly PoolView[];
  /** Names of the cluster's volume claims with their UIDs. */
  readonly claims: readonly ClaimView[];
  /** Secrets of the cluster: who they are and what their annotations say of them, never what is in them. */
  readonly secrets: readonly SecretView[];
}

/** What the installation fixes for every cluster. */
export interface Settings {
  /** Image that the init container copies the pilot from. */
  readonly pilotImage: string;
}

export type NodePoolBase = z.infer<z.ZodObject<typeof nodePoolFields>>;
export type ClusterSpecBase = z.infer<z.ZodObject<typeof clusterSpecFields>> & {
  readonly version: string;
  readonly nodePools: readonly NodePoolBase[];
};
export type ClusterStatusBase = z.infer<z.ZodObject<typeof clusterStatusFields>>;

export interface ClusterRecord<Spec extends ClusterSpecBase = ClusterSpecBase> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly deleting: boolean;
  readonly spec: Spec;
  readonly status: ClusterStatusBase;
}

export interface PoolView {
  readonly name: string;
  /** Name of the StatefulSet, e.g. `es-demo-mixed`. */
  readonly statefulSetName: string;
  /**
   * Absent for a removed pool. The engine knows the exact type of its pools. Its persistence is what its StatefulSet can have,
   * where that is something else than the spec asks for: see `fixed`.
   */
  readonly spec?: NodePoolBase;
  /** What the spec asks for and its living StatefulSet cannot have. Absent when there is nothing. */
  readonly fixed?: readonly FixedField[];
  readonly statefulSet?: StatefulSetView;
  /** A foreign object that bears our StatefulSet's name, if any: it is never adopted. */
  readonly foreign?: string;
  /** Nodes by ordinal, ascending: every ordinal that is wanted, or has a pod, or has a Pilot. */
  readonly nodes: readonly NodeView[];
}

/** A field of `persistence` that cannot be changed as long as the StatefulSet lives. */
export interface FixedField {
  readonly field: keyof NodePoolBase['persistence'];
  readonly asked: string;
  readonly has: string;
}

export interface StatefulSetView {
  readonly uid: string;
  readonly resourceVersion: string;
  /** true when status.observedGeneration has caught up with metadata.generation. */
  readonly observed: boolean;
  /** spec.replicas. */
  readonly replicas: number;
  /** spec.updateStrategy.rollingUpdate.partition; as many as replicas under OnDelete, since then nothing is taken either. */
  readonly partition: number;
  /** spec.updateStrategy.type is OnDelete: see guards/roll.ts. */
  readonly onDelete: boolean;
  /** Hash of the pod template as Navigator wrote it last. */
  readonly template: string | undefined;
  /** Size in its claim template, which cannot be changed; absent where it has none. */
  readonly claimSize?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Names of the ControllerRevisions in status. */
  readonly currentRevision: string | undefined;
  readonly updateRevision: string | undefined;
  readonly deleting: boolean;
}

export interface NodeView {
  readonly ordinal: number;
  /** Name of pod and Pilot, e.g. `es-demo-mixed-0`. */
  readonly name: string;
  readonly pool: string;
  /** Whether the spec asks for this ordinal. */
  readonly wanted: boolean;
  /** Whether spec.suspendedNodes names it. */
  readonly suspended?: true;
  /** Its volume holds the data of a node that has served. Absent where that is not known. */
  readonly hasServed?: true;
  /** When a person deleted the claim of its volume, in ms since the epoch: the volume stays until the pod goes, and goes with it. */
  readonly volumeDeletedAt?: number;
  readonly pod?: PodView;
  readonly pilot?: PilotView;
}

export interface PodView {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deleting: boolean;
  readonly ready: boolean;
  /** The revision annotation that the pod was made with. */
  readonly revision: string | undefined;
  /** What the pod was made for, in parts; see resources/revision-parts.ts. Pods of an older release have none. */
  readonly revisionParts?: string | undefined;
  /** Name of the ControllerRevision that it was made from: the whole template, Navigator's own rendering included. */
  readonly controllerRevision: string | undefined;
  readonly createdAt: number;
  /** Why the pod cannot run (not scheduled, image, crash loop), if it cannot. */
  readonly problem?: { readonly reason: Reason; readonly message: string };
}

export interface PilotView {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly spec: PilotSpec;
  readonly status: PilotStatus;
}

export interface ClaimView {
  readonly name: string;
  readonly uid: string;
  /** UIDs of its owners; the cluster's is there under volumeReclaimPolicy Delete. */
  readonly owners: readonly string[];
  /** It is being deleted, or its owner was a cluster of this name that is gone, and so soon will be. */
  readonly leaving?: boolean;
  /** Identity of the node whose data it holds, once that node has served; kept when the cluster object goes. */
  readonly identity?: string;
  /** What it asks for and what its volume has, as quantities; a claim without a volume has no capacity. */
  readonly requested?: string;
  readonly capacity?: string;
  /** What Kubernetes says of a resize that is under way. */
  readonly resizeMessage?: string;
}

export interface SecretView {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}
