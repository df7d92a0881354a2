/**
 * The parts of the pilot that packages/plans puts together in place of run.ts: gate, orders, reports and states are the
 * pilot's own, only process, files and sockets are played. For tests only.
 */
export { kubePilotApi } from './api/kube-pilot-api.ts';
export type { OwnPilot } from './api/pilot-api.ts';
export { DataVersion, type VersionFiles } from './data-version.ts';
export type { Command, NodeEngine, Observation, StartVerdict } from './engines/engine.ts';
export { passGate } from './gate.ts';
export { NodeState } from './node-state.ts';
export { observeForever } from './observe.ts';
export { Orders } from './orders.ts';
export { liveness, readiness } from './probes.ts';
export { type ExitRecord, laterExit, type Order } from './process/records.ts';
export { Reporter } from './reporter.ts';
