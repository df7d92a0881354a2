import type { ClusterView, PilotPhase } from '@navigator/api-types';
import { allNodes, isReporting } from '../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';

/**
 * How long before its report a pilot may have looked at the database, in ms: it looks every 2 s and a look may take its
 * time. A report is no evidence about a process that started less than this before it.
 */
export const OBSERVATION_AGE_MS = 5_000;

/** What one node says about the whole cluster. */
export interface Report {
  readonly node: NodeView;
  readonly view: ClusterView;
  /** When it was written, in milliseconds since the epoch. */
  readonly at: number;
}

/** The fresh views of all nodes whose database process runs, newest first. */
export function freshReports(snapshot: ClusterSnapshot): readonly Report[] {
  return allNodes(snapshot)
    .flatMap((node) => reportOf(node, snapshot.now))
    .toSorted((a, b) => b.at - a.at);
}

function reportOf(node: NodeView, now: number): readonly Report[] {
  const status = node.pilot?.status;
  if (status?.view === undefined || !isReporting(node, now)) return [];
  const observes = status.phase === 'Starting' || status.phase === 'Running' || status.phase === 'Draining';
  return observes ? [{ node, view: status.view, at: Date.parse(status.heartbeatTime ?? '') }] : [];
}

/** Whether the report was made after this node's process began, so that it can know of it. */
export function knowsProcess(report: Report, node: NodeView): boolean {
  const startedAt = node.pilot?.status.process?.startedAt;
  return startedAt !== undefined && report.at >= Date.parse(startedAt) + OBSERVATION_AGE_MS;
}

const NO_PROCESS: ReadonlySet<PilotPhase> = new Set(['Waiting', 'Refused', 'Suspended', 'Stopped', 'Failed']);

/**
 * Whether the node's database process, as far as the snapshot tells, is certainly not running: its pod is gone or new,
 * or its own fresh report says so. A silent pilot in the same pod proves nothing: the database runs on without it.
 */
export function isDown(node: NodeView, now: number): boolean {
  const { pod, pilot } = node;
  if (pod === undefined || pilot === undefined || pilot.status.podUid !== pod.uid) return true;
  if (!isReporting(node, now)) return false;
  const { phase } = pilot.status;
  return phase === undefined || NO_PROCESS.has(phase);
}
