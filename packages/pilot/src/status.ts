import type { PilotStatus, ProcessExit } from '@navigator/api-types';
import { formatBytes } from './format-bytes.ts';
import type { Observation } from './engines/engine.ts';
import type { Life } from './lifecycle.ts';
import { PILOT_VERSION } from './pilot-version.ts';

/** Everything that the status is made of. */
export interface Facts {
  readonly life: Life;
  readonly podUid: string;
  /** Generation of the spec that the pilot acts on; -1 before it saw one. */
  readonly generation: number;
  readonly process?: { readonly startedAt: string };
  readonly restarts: number;
  readonly lastExit?: ProcessExit;
  /** Version that last had the data on the volume open. */
  readonly dataVersion?: string;
  /** The last look at the database; absent before the first one and after a failed one. */
  readonly observation?: Observation;
  /** What stays true as long as this very process lives, from the last look that told it. */
  readonly known?: Pick<Observation, 'version' | 'identity'>;
}

/** The status that these facts make, without the time of the report. Pure. Unknown fields are absent, never empty. */
export function buildStatus(facts: Facts): PilotStatus {
  const { life, observation } = facts;
  const isUp = life.phase === 'Starting' || life.phase === 'Running' || life.phase === 'Draining';
  return {
    observedGeneration: facts.generation,
    phase: life.phase,
    ...(life.message === undefined ? {} : { message: life.message }),
    ...(life.refusedFor === undefined ? {} : { refusedFor: life.refusedFor }),
    ...(life.concerns === undefined ? {} : { concerns: life.concerns }),
    podUid: facts.podUid,
    pilotVersion: PILOT_VERSION,
    ...(facts.process === undefined ? {} : { process: { startedAt: facts.process.startedAt, restarts: facts.restarts } }),
    ...(facts.lastExit === undefined ? {} : { lastExit: facts.lastExit }),
    ...(facts.dataVersion === undefined ? {} : { dataVersion: facts.dataVersion }),
    health: isUp ? healthOf(observation) : 'Unknown',
    ...(isUp ? aboutProcess(facts) : {}),
  };
}

function healthOf(observation: Observation | undefined): NonNullable<PilotStatus['health']> {
  if (observation === undefined) return 'Unknown';
  return observation.ready ? 'Healthy' : 'Unhealthy';
}

function aboutProcess(facts: Facts): Partial<PilotStatus> {
  const { known, observation } = facts;
  const { data, view } = observation ?? {};
  return {
    ...(known?.version === undefined ? {} : { version: known.version }),
    ...(known?.identity === undefined ? {} : { identity: known.identity }),
    ...(data === undefined ? {} : { data, dataSummary: formatBytes(data.bytes) }),
    ...(view === undefined ? {} : { view }),
  };
}

/**
 * Whether the difference is worth a write at once. Amounts of data change with every document that a user writes: only
 * their coming and going, zero, and a factor of two count.
 */
export function isSignificant(before: PilotStatus, after: PilotStatus): boolean {
  if (JSON.stringify(withoutAmounts(before)) !== JSON.stringify(withoutAmounts(after))) return true;
  const [a, b] = [before.data, after.data];
  if (a === undefined || b === undefined) return a !== b;
  return isLargeChange(a.bytes, b.bytes) || isLargeChange(a.documents, b.documents) || isLargeChange(a.shards, b.shards);
}

function withoutAmounts(status: PilotStatus): object {
  const { data: _data, dataSummary: _summary, heartbeatTime: _time, ...rest } = status;
  return rest;
}

function isLargeChange(before: number | undefined, after: number | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  if (before === after) return false;
  if (before === 0 || after === 0) return true;
  return Math.max(before, after) >= 2 * Math.min(before, after);
}
