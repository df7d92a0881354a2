import type { Observation } from '../engine.ts';
import { releaseVersion } from './gossip.ts';
import type { NodeFacts } from './storage-service.ts';
import { buildView } from './view.ts';

export interface ObserveContext {
  readonly podIp: string;
  /** Whether this pilot asked for the drain. A node drained by somebody else serves nothing until it is restarted. */
  readonly drainAsked: boolean;
}

/** Turns what JMX told into what the pilot reports. */
export function toObservation(facts: NodeFacts, { podIp, drainAsked }: ObserveContext): Observation {
  const { service } = facts;
  const mode = service?.OperationMode;
  const ready = mode === 'NORMAL' && service?.NativeTransportRunning === true;
  const view = buildView(facts);
  const message = ready ? undefined : whyNotReady(mode);
  return {
    ready,
    alive: !needsRestart(mode, drainAsked),
    ...(message === undefined ? {} : { message }),
    ...(service?.ReleaseVersion === undefined ? {} : { version: releaseVersion(service.ReleaseVersion) }),
    ...(service?.LocalHostId === undefined ? {} : { identity: { id: service.LocalHostId, address: podIp } }),
    ...(facts.loadBytes === undefined ? {} : { data: { bytes: facts.loadBytes } }),
    ...(view === undefined ? {} : { view }),
  };
}

function whyNotReady(mode: string | undefined): string {
  if (mode === undefined) return 'Cassandra is starting: its MBeans are not registered yet';
  if (mode === 'NORMAL') return 'the node is NORMAL; CQL is not running';
  return `the node is ${mode}`;
}

/** 5.0 stays up after a failed bootstrap, and any version after a drain; only a new process helps in both cases. */
function needsRestart(mode: string | undefined, drainAsked: boolean): boolean {
  if (mode === 'JOINING_FAILED') return true;
  return mode === 'DRAINED' && !drainAsked;
}
