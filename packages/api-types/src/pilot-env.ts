/** The contract between the pod template (controller) and the pilot process: names of environment variables, ports, paths. */
export const PILOT_ENV = {
  /** Name of the engine plug-in, e.g. `elasticsearch`. */
  engine: 'NAVIGATOR_ENGINE',
  /** The engine's configuration as JSON; its schema is `<engine>PilotConfigSchema`. */
  config: 'NAVIGATOR_CONFIG',
  /** From the downward API. */
  podName: 'POD_NAME',
  podNamespace: 'POD_NAMESPACE',
  podUid: 'POD_UID',
  podIp: 'POD_IP',
  nodeName: 'NODE_NAME',
  /** Zone of that node, or empty: Kubernetes copies its label to pods since 1.35 (KEP-4742). */
  zone: 'NODE_ZONE',
} as const;

/** Port of the pilot's probes and metrics: `/livez`, `/readyz`, `/metrics`. No other port is opened by a pilot. */
export const PILOT_PORT = 12001;

/** Folders in the database container. */
export const PILOT_PATHS = {
  /** Shared volume that the init container fills: node, tini, pilot.js, lib/. */
  shared: '/navigator',
  /** Writable folder (emptyDir) for rendered configuration and the record of the last exit; outlives container restarts. */
  run: '/navigator-run',
} as const;

/**
 * Flags of the pilot's Node. Without them a pilot takes 80 MiB, with them 64: Node sizes its heap by the machine, and
 * machine code for functions that run every two seconds is not worth its memory.
 */
export const PILOT_NODE_FLAGS = ['--max-old-space-size=48', '--max-semi-space-size=1', '--lite-mode'] as const;

/** Environment of the pilot alone; it is taken away from the database that the pilot starts. */
export const PILOT_ONLY_ENV = {
  /** One malloc arena: each further one would hold on to memory of its own. */
  MALLOC_ARENA_MAX: '1',
} as const;
