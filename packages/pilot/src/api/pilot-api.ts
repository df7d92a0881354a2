import type { PilotSpec, PilotStatus, ProcessExit } from '@navigator/api-types';

/** The own Pilot object, as far as the pilot cares. */
export interface OwnPilot {
  readonly uid: string;
  readonly generation: number;
  readonly spec: PilotSpec;
  /** What the status says of an earlier life. */
  readonly lastExit?: ProcessExit;
}

/** Everything that a pilot does with the API server: it reads its own Pilot and writes its status. Nothing else. */
export interface PilotApi {
  /**
   * Calls `changed` with each state of the own Pilot, undefined when there is none. Goes on until the signal aborts,
   * whatever the API server does; never throws.
   */
  watchOwn(changed: (pilot: OwnPilot | undefined) => void, signal: AbortSignal): Promise<void>;
  /**
   * Replaces the status that this pilot wrote before.
   * @throws KubeError `KUBE_CONFLICT` when the Pilot has changed meanwhile: the next call knows what it is now. Should the
   * server do a report late, it cannot replace a later one. `KUBE_NOT_FOUND` when there is no Pilot, and others when the API server cannot be reached.
   */
  reportStatus(status: PilotStatus, signal: AbortSignal): Promise<void>;
}
