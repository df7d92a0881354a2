import type { Random } from '@navigator/kube/testing';
import type { NodeEngine } from '@navigator/pilot/lab';

/** What lies on a node's volume; outlives the pod when it is a claim's. */
export interface Volume {
  /** Free for the database that uses it. */
  content: unknown;
  /** The pilot's record of versions, as text. */
  record?: string;
  /** How often a process has opened the data, which changes them. */
  openings: number;
  /** Whatever starts on it ends by itself. */
  isDamaged?: boolean;
}

/** The pod that a node runs in. */
export interface NodePlace {
  readonly podName: string;
  readonly podUid: string;
  readonly podIp: string;
  readonly version: string;
  /** NAVIGATOR_CONFIG, parsed. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly volume: Volume;
}

/** What goes wrong when a pilot asks its database, while the fault holds. */
export type LookFault = 'error' | 'timeout' | 'partial' | 'empty' | 'garbage';

/** A database node as its pilot has it: the engine's contract over answers that are played, and the process. */
export interface SimNode {
  readonly engine: NodeEngine;
  /** Starts the process; `ended` is called when it ends by itself. */
  start(ended: (code: number) => void): void;
  /** SIGTERM (`graceful`) or SIGKILL: gone at once, for its peers a little later. */
  end(graceful: boolean): void;
  /** Changes whenever a look would give something else. */
  readonly version: () => number;
}

/** A whole database cluster, as its processes know it. */
export interface SimDatabase {
  node(place: NodePlace, faultNow: () => LookFault | undefined): SimNode;
  /** Whether this pod's process serves. */
  serves(podName: string): boolean;
  /** Why taking this serving node down now would lose data or quorum; undefined when it would not. */
  harm(podName: string): string | undefined;
  /** What would be lost with this node's volume, whether it serves or not; undefined when nothing. */
  lost(podName: string): string | undefined;
  /** What a node would take with it if it were stopped for good now; undefined when nothing. */
  gives(podName: string): string | undefined;
  /** What is left in the database of orders that are done; undefined when nothing. */
  residue(): string | undefined;
  /** Why the cluster as a whole is not well; undefined when it is. */
  problem(): string | undefined;
  /** Its health, in the words of a cluster's status, once nothing is on its way; undefined before. */
  restingHealth(): string | undefined;
  /** Identity that must never change: the cluster's. */
  identity(): string | undefined;
}

/** What the databases share with the world. */
export interface DatabaseContext {
  readonly random: Random;
  readonly clock: { monotonic(): number; setTimeout(task: () => void, ms: number): Disposable };
  /** Address of a pod now, as DNS has it. */
  addressOf(podName: string): string | undefined;
  note(actor: string, text: string): void;
  violation(text: string): void;
}
