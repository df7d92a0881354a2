import type { ClusterHealth, ClusterOrders, Reason } from '@navigator/api-types';
import type { KubeObject, Resource } from '@navigator/kube';
import type { Guard } from '../actions/action.ts';
import type { WantedSecrets } from '../security/wanted.ts';
import type { ClusterRecord, ClusterSnapshot, ClusterSpecBase, NodePoolBase, NodeView } from '../snapshot.ts';

/**
 * The contract of an engine in the controller: all that is particular to one database, as pure functions. The core
 * never asks which engine it has. A new database is one folder with this interface and one line in registry.ts.
 * Methods (not properties) on purpose: an engine of a narrower Spec is then still a ControllerEngine.
 */
export interface ControllerEngine<Spec extends ClusterSpecBase = ClusterSpecBase> {
  /** Value of NAVIGATOR_ENGINE in the pod and of the name label, e.g. `elasticsearch`. */
  readonly name: string;
  /** The cluster kind, e.g. `ElasticsearchCluster`. */
  readonly resource: Resource;
  /** First word of every child's name, e.g. `es`. */
  readonly childPrefix: string;

  /** Parses spec with defaults. @throws ZodError when it does not fit. */
  parseSpec(spec: unknown): Spec;
  /** The admission rules once more, in case they were bypassed. `runningVersion` is the lowest that runs. */
  validate(cluster: ClusterRecord<Spec>): readonly FieldError[];

  /** What of the spec, when changed, needs new pods: plain JSON, hashed into the revision. Never Navigator's own version. */
  revisionInputs(cluster: ClusterRecord<Spec>, pool: NodePoolBase): unknown;
  /** The database's part of the pod. */
  describePod(cluster: ClusterRecord<Spec>, pool: NodePoolBase): DatabasePod;
  /** Services and other children of the whole cluster that only this engine knows. */
  buildObjects(cluster: ClusterRecord<Spec>): readonly KubeObject[];
  /** The Secrets that Navigator makes for this cluster; undefined where it makes none. */
  secrets(cluster: ClusterRecord<Spec>): WantedSecrets | undefined;
  /** Ports that clients (`client`) and peers (`peer`) may reach; for the NetworkPolicy. */
  readonly ports: { readonly client: readonly number[]; readonly peer: readonly number[] };

  /**
   * Names of the pods that form the cluster the first time. Written down before the first pod exists. Empty where volumes of
   * an earlier life hold a cluster already: that one comes back, and no other may be formed beside it.
   */
  initialMembers(snapshot: ClusterSnapshot<Spec>): readonly string[];
  /** Pods that a starting node asks for the cluster. */
  seeds(snapshot: ClusterSnapshot<Spec>): readonly string[];
  /** The identity of the formed cluster, once a fresh report gives it. */
  clusterId(snapshot: ClusterSnapshot<Spec>): string | undefined;

  /** Health of the whole cluster from fresh reports only; `Unknown` otherwise. */
  health(snapshot: ClusterSnapshot<Spec>): HealthReport;
  /** Whether nodes whose turn it is may be told to start at the same time; else each is told after the one before has begun. */
  readonly startsTogether: boolean;
  /** May this node, which never ran, start now? */
  mayStart(snapshot: ClusterSnapshot<Spec>, node: NodeView): Guard;
  /** May pods be added to this pool now? */
  mayScaleOut(snapshot: ClusterSnapshot<Spec>, pool: string): Guard;
  /**
   * May this node begin to leave for good: would the nodes that stay be enough for the data and the cluster? All of them are
   * known to be healthy when this is asked, and the node has been started once.
   */
  mayLeave(snapshot: ClusterSnapshot<Spec>, node: NodeView): Guard;
  /** Has this leaving node given up its data and its vote, so that it may be stopped for good? Only proof counts. */
  hasLeft(snapshot: ClusterSnapshot<Spec>, node: NodeView): Guard;
  /** Is this node, whose pod is gone for good, known to the cluster no more, so that its Pilot may go too? */
  isForgotten(snapshot: ClusterSnapshot<Spec>, node: NodeView): Guard;
  /**
   * May this node's pod be deleted although its volume goes with it, since a person deleted the claim? Only proof counts: nothing
   * may hang on that volume. What it takes for `leaves` is that its Pilot says Leaving. Asked of nodes that may have been started.
   */
  mayReplace(snapshot: ClusterSnapshot<Spec>, node: NodeView): Replacement;
  /** Orders for the whole database cluster that this node's Pilot bears; undefined when it bears none. */
  orders(snapshot: ClusterSnapshot<Spec>, node: NodeView): ClusterOrders | undefined;
  /** May this healthy node be restarted now? All other nodes are known to be healthy when this is asked. */
  mayRestart(snapshot: ClusterSnapshot<Spec>, node: NodeView): Guard;
  /**
   * Does this node serve nobody and wait in vain to do so, and would nothing be lost, and nothing of hours be undone, if it were ended
   * now and started as the spec asks for? Then that is done without asking for anybody's health, for all such nodes at once. Asked
   * of nodes whose pod is not ready and is not what the spec asks for any more.
   */
  waitsInVain(snapshot: ClusterSnapshot<Spec>, node: NodeView): boolean;
  /** May any one serving node be stopped by somebody else (an eviction), without data becoming unavailable? */
  mayLoseOne(snapshot: ClusterSnapshot<Spec>): boolean;
  /** What clients notice although this node is restarted with all care, for people, before it begins; undefined: nothing. */
  costOfRestart(snapshot: ClusterSnapshot<Spec>, node: NodeView): string | undefined;
  /** Can data that version `from` has opened be opened by version `to`? */
  canOpen(from: string, to: string): boolean;
  /** Pools in the order in which a new pod template is rolled out. */
  rollOrder(snapshot: ClusterSnapshot<Spec>): readonly string[];

  /** The engine's own status fields, e.g. `{ masters: '3/3' }`. */
  summarize(snapshot: ClusterSnapshot<Spec>): Readonly<Record<string, string | number>>;
}

/** Whether a node may lose its volume; `leaves`: not yet, but it can give up what it has, or is about to. */
export type Replacement = Guard & { readonly leaves?: true };

export interface FieldError {
  /** Path of the field, e.g. `spec.nodePools[0].roles`. */
  readonly path: string;
  readonly message: string;
}

export interface HealthReport {
  readonly health: ClusterHealth;
  /** What is wrong, in the database's words; empty when Green. */
  readonly message: string;
  /** What people must know beside the colour: a majority that is lost, disks that run full. */
  readonly concern?: { readonly reason: Reason; readonly message: string } | undefined;
}

/** The database's part of a pod; resources/stateful-set.ts makes the rest of it. */
export interface DatabasePod {
  /** Default image without tag. */
  readonly repository: string;
  /** User and group that the stock image runs as. */
  readonly uid: number;
  readonly gid: number;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  /** Name of the volume claim template and where it is mounted. */
  readonly data: { readonly claim: string; readonly mountPath: string };
  /** Folders that must be writable although the root is read-only; each becomes an emptyDir. */
  readonly writable: readonly string[];
  /** Run in the database image, one after the other, before the pilot starts. */
  readonly preparations?: readonly Preparation[];
  /** Secrets that the database container sees, read-only; edits of them come in while it runs. */
  readonly secrets?: readonly SecretMount[];
  /** Roles for the pod's role labels; empty where the engine has none. */
  readonly roles: readonly string[];
  /** JSON for NAVIGATOR_CONFIG. */
  readonly pilotConfig: unknown;
  /** Time for drain and stop, in seconds. */
  readonly terminationGraceSeconds: number;
}

/** A folder of the database container that is filled before it starts, and that it sees read-only. */
export interface Preparation {
  /** Name of the init container. */
  readonly name: string;
  readonly folder: string;
  readonly command: readonly string[];
  /** Secrets that it alone sees. */
  readonly secrets?: readonly SecretMount[];
}

/** A folder of the database container with keys of Secrets. All of it changes at once. */
export interface SecretMount {
  /** Name of the volume. */
  readonly name: string;
  readonly mountPath: string;
  readonly sources: readonly SecretSource[];
}

export interface SecretSource {
  readonly secretName: string;
  /** Keys, and the folder below the mount for them; absent: all keys, in the mount itself. */
  readonly items?: { readonly keys: readonly string[]; readonly folder: string };
  /** The pod starts without it; else the kubelet waits until it is there. */
  readonly optional?: boolean;
}
