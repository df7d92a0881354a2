import type { PilotSpec, PilotStatus, RefusalCause } from '@navigator/api-types';

/**
 * The contract of an engine in the pilot: everything that the generic pilot cannot know about a database. A new database
 * is one folder here with this interface and one line in registry.ts. The generic pilot owns the process, signals,
 * probes, reports and deadlines; an engine never spawns, never writes to the API server and never exits.
 */
export interface PilotEngine {
  /** Value of NAVIGATOR_ENGINE, e.g. `elasticsearch`. */
  readonly name: string;
  /**
   * Binds the engine to one node. `config` is the parsed JSON of NAVIGATOR_CONFIG.
   * @throws NavigatorError `InvalidPilotConfig` when it does not fit the engine's schema.
   */
  forNode(node: NodeContext, config: unknown): NodeEngine;
}

/** Where this node is: constant for the life of the pod. */
export interface NodeContext {
  readonly podName: string;
  readonly namespace: string;
  readonly podIp: string;
  /** Kubernetes node that the pod runs on. */
  readonly nodeName: string;
  /** Its zone, where it is known. */
  readonly zone?: string | undefined;
  /** Writable folder that outlives container restarts within the pod. */
  readonly runDir: string;
  /** Folder of the shared volume with the pilot's own files (`lib/` holds agents such as the Jolokia jar). */
  readonly sharedDir: string;
}

/** One node's engine. Every method gets a signal that ends it at its deadline or when the pilot stops. */
export interface NodeEngine {
  /** Looks at the volume before each start of the process. An error means unknown: the start is put off. */
  checkVolume(spec: PilotSpec, signal: AbortSignal): Promise<StartVerdict>;
  /** Renders configuration files and says what to run. Called before each start. */
  prepare(spec: PilotSpec, signal: AbortSignal): Promise<Command>;
  /**
   * Asks the running database about itself. Called every 2 s while it runs; cheap. Whatever cannot be learnt stays
   * absent: absent is unknown, never empty. `spec` is the order as the API server has it now, undefined when that is not
   * known; what it orders of a running database is done here, level by level.
   */
  observe(signal: AbortSignal, spec?: PilotSpec): Promise<Observation>;
  /** Brings the node to a clean stop point before SIGTERM (flush, drain). May fail: the process is then stopped anyway. */
  drain(signal: AbortSignal): Promise<void>;
  /** How long drain may take, in ms. */
  readonly drainTimeoutMs: number;
  /** What the start gate must know about versions; only an engine that is played in a test may go without. */
  readonly versions?: VersionRules;
}

/** Which version may open which data. The generic pilot keeps the record on the volume (data-version.ts). */
export interface VersionRules {
  /** Root of the volume. */
  readonly folder: string;
  /** Folders below it, '' for itself, in which a process changes something directly as soon as it has opened the data. */
  readonly witnesses: readonly string[];
  /** Version of the database in this image, by its own files; undefined when they do not tell. */
  imageVersion(): Promise<string | undefined>;
  /**
   * When the database in this image was built, as an ISO time; undefined when its files do not tell. Only for engines of which several
   * lines are maintained at once, and a higher number may be the older build that does not know all that a lower one writes.
   */
  imageBuiltAt?(): Promise<string | undefined>;
  /** Whether `image`, which is older than `data`, can open data that `data` had open, without harm. Pure. */
  canGoBack(data: string, image: string): boolean;
}

export type StartVerdict = { readonly start: true } | ({ readonly start: false } & Held);

/** Why a node may not start. `Waiting`: ask again soon; `Refused`: never with what is there now, somebody must act. */
export interface Held {
  readonly phase: 'Waiting' | 'Refused';
  /** What is refused. Default: the data on the volume. */
  readonly refusedFor?: RefusalCause;
  readonly message: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the container's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the engine learnt; a subset of the Pilot's status. */
export interface Observation extends Pick<PilotStatus, 'version' | 'data' | 'identity' | 'view'> {
  /** Whether the node serves; what the readiness probe answers. */
  readonly ready: boolean;
  /**
   * false: nobody listens where the process should, or it says itself that only a new process helps. Being slow, silent or
   * not understood is not that: then `observe` throws. false for long makes the liveness probe fail.
   */
  readonly alive: boolean;
  /** Why it is not ready, in the database's words, or what else people should know. */
  readonly message?: string;
  /** What the message is about, where it is something that the node was given and goes on without. */
  readonly concerns?: RefusalCause;
}
