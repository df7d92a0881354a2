import { HEARTBEAT_EXPIRY_MS, type Reason, type RefusalCause } from '@navigator/api-types';
import type { Hold } from '../actions/action.ts';
import type { ClusterSnapshot, NodeView, StatefulSetView } from '../snapshot.ts';
import { desiredOf, isSuspended } from './desired-state.ts';
import { heldReplicas } from './pool-size.ts';

/** Delay before a hold is looked at again when no watched object changes first, in ms. */
export const RECHECK_MS = 10_000;

/** Every node of the cluster that has a pod or a Pilot or is wanted, removed pools included. */
export function allNodes(snapshot: ClusterSnapshot): readonly NodeView[] {
  return [...snapshot.pools, ...snapshot.removedPools].flatMap((pool) => pool.nodes);
}

/** Every node that the spec asks for. */
export function wantedNodes(snapshot: ClusterSnapshot): readonly NodeView[] {
  return allNodes(snapshot).filter((node) => node.wanted);
}

/**
 * Whether what the Pilot says is about this very pod and recent. A report of an earlier pod or of a pilot that went
 * silent tells nothing of now.
 */
export function isReporting(node: NodeView, now: number): boolean {
  const { pod, pilot } = node;
  if (pod === undefined || pilot === undefined || pilot.status.podUid !== pod.uid) return false;
  const beat = pilot.status.heartbeatTime;
  return beat !== undefined && now - Date.parse(beat) <= HEARTBEAT_EXPIRY_MS;
}

/**
 * Whether the node serves: its pod is ready and stays, and its pilot says, freshly, that the database is healthy. One that is
 * about to be suspended counts no more.
 */
export function isHealthy(node: NodeView, now: number): boolean {
  const { pod, pilot } = node;
  if (pod === undefined || pod.deleting || !pod.ready || pilot === undefined || isSuspended(node)) return false;
  return isReporting(node, now) && pilot.status.phase === 'Running' && pilot.status.health === 'Healthy';
}

/**
 * Whether the node cannot come up as it is: the kubelet or the pilot says so. Such a node may be replaced without asking
 * for anybody's health, because a corrected spec must always win over waiting.
 */
export function isBroken(node: NodeView, now: number): boolean {
  // A pod that is ready serves, whatever its pilot could last tell.
  if (node.pod === undefined || node.pod.ready) return false;
  // Its container ends and begins again when it is suspended. Where no container can be made there is nothing to keep.
  if (isSuspended(node)) return node.pod.problem !== undefined && node.pod.problem.reason !== 'PodCrashLooping';
  const phase = isReporting(node, now) ? node.pilot?.status.phase : undefined;
  return node.pod.problem !== undefined || phase === 'Failed' || phase === 'Refused';
}

/**
 * How long a database may take to start before an edit of the spec cuts that short, in ms. A start that is merely slow is cut once for
 * each edit: the pod that comes then is what the spec asks for, and has all the time there is.
 */
const START_PATIENCE_MS = 120_000;

/**
 * Whether the node's database runs, has not served since its process began, and has had its time for that. It may serve yet. Its
 * pilot has to have seen so: one that could not look (health `Unknown`) does not know, and what came after its report nobody does.
 */
export function isStartingLong(node: NodeView, now: number): boolean {
  if (node.pod === undefined || node.pod.ready || !isReporting(node, now)) return false;
  const { phase, health, process, heartbeatTime } = node.pilot?.status ?? {};
  // Both times are of one clock.
  const startingMs = Date.parse(heartbeatTime ?? '') - Date.parse(process?.startedAt ?? '');
  return phase === 'Starting' && health === 'Unhealthy' && startingMs > START_PATIENCE_MS;
}

/**
 * Whether a node that should have a pod has had none for long: between two pods there are seconds. What is known of when it
 * was last there is its pilot's last report, or when its StatefulSet was made.
 */
export function isLongGone(node: NodeView, statefulSet: StatefulSetView, now: number): boolean {
  if (node.pod !== undefined) return false;
  const beat = Date.parse(node.pilot?.status.heartbeatTime ?? '');
  return now - Math.max(statefulSet.createdAt, Number.isNaN(beat) ? 0 : beat) > HEARTBEAT_EXPIRY_MS;
}

/** Why a node is not healthy, for people: names the node and what it waits for. */
export function holdForNode(node: NodeView): Hold {
  if (desiredOf(node) !== 'Suspended') return { ...reasonOf(node), recheckAfterMs: RECHECK_MS };
  const message = `Node "${node.name}" is suspended by spec.suspendedNodes`;
  return { reason: 'NodeSuspended', message, recheckAfterMs: RECHECK_MS };
}

function reasonOf(node: NodeView): Pick<Hold, 'reason' | 'message'> {
  const { name, pod, pilot } = node;
  if (pod?.problem !== undefined) return pod.problem;
  if (pod === undefined) {
    const message = `Pod "${name}" does not exist; if it stays so, the events of its StatefulSet say why it cannot be made`;
    return { reason: 'PilotNotReady', message };
  }
  if (pod.deleting) return { reason: 'PilotNotReady', message: `Pod "${name}" is being stopped` };
  if (pilot === undefined)
    return { reason: 'PilotMissing', message: `Pilot "${name}" does not exist yet: its node may not start` };
  const { phase, podUid, message, lastExit } = pilot.status;
  if (podUid !== pod.uid)
    return { reason: 'PilotNotReporting', message: `Pilot "${name}" has not reported from its present pod yet` };
  const detail = message === undefined ? '' : `: ${message}`;
  if (phase === 'Refused')
    return { reason: REFUSED_FOR[pilot.status.refusedFor ?? 'Data'], message: `Pilot "${name}" refuses to start${detail}` };
  if (phase === 'Failed') {
    const exit =
      lastExit === undefined
        ? ''
        : ` (exit ${lastExit.code ?? lastExit.signal ?? 'unknown'}: ${lastExit.lastLines.at(-1) ?? ''})`;
    return { reason: 'ProcessFailed', message: `The database of pilot "${name}" ended by itself${exit}${detail}` };
  }
  if (phase !== 'Running') return { reason: 'PilotNotReady', message: `Pilot "${name}" is ${phase ?? 'starting'}${detail}` };
  if (pilot.status.health !== 'Healthy')
    return { reason: 'PilotNotReady', message: `Pilot "${name}" is running but not ready${detail}` };
  return reasonOfSilence(node, pod.ready);
}

/** Why a node is not counted whose pilot last said that all is well. */
function reasonOfSilence(node: NodeView, isReady: boolean): Pick<Hold, 'reason' | 'message'> {
  const { name, pilot } = node;
  if (!isReady) return { reason: 'PilotNotReady', message: `Pod "${name}" is not ready yet` };
  if (!hasHeard(node)) return { reason: 'PilotNotReporting', message: `Pilot "${name}" has not seen its newest order yet` };
  const at = pilot?.status.heartbeatTime ?? 'an unknown time';
  return { reason: 'PilotNotReporting', message: `Pilot "${name}" stopped reporting at ${at}` };
}

const REFUSED_FOR: Readonly<Record<RefusalCause, Reason>> = {
  Data: 'DataRefused',
  Secret: 'SecretInvalid',
  Image: 'InvalidSpec',
};

/**
 * Whether the node's pilot has seen the newest order. One that has not may yet act on an order that was taken back meanwhile: it
 * may be about to stop a database that looks well, for it was suspended for a moment.
 */
export function hasHeard({ pilot }: NodeView): boolean {
  return pilot === undefined || pilot.status.observedGeneration >= pilot.generation;
}

/**
 * The first node, other than `except`, that its StatefulSet holds already and that is not healthy. One that a later Scale
 * will add does not exist yet: waiting for it would be waiting for oneself, since an update comes before a Scale. Neither is
 * one waited for that was never told to start: it may be waiting for this very update.
 */
export function firstUnhealthyHeld(snapshot: ClusterSnapshot, except: NodeView): NodeView | undefined {
  const held = snapshot.pools.flatMap((pool) =>
    pool.nodes.filter((node) => node.pod !== undefined || node.ordinal < heldReplicas(pool)),
  );
  const isWaiting = ({ pod, pilot }: NodeView): boolean => pilot === undefined && pod?.ready !== true;
  const isWell = (node: NodeView): boolean => isHealthy(node, snapshot.now) && hasHeard(node);
  return held.find((node) => node.wanted && node.name !== except.name && !isWell(node) && !isWaiting(node));
}
