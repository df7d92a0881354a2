import type { ControllerEngine } from '../engines/engine.ts';
import { desiredOf, hasNeverRun, isForming } from '../guards/desired-state.ts';
import { isStaying, leavers } from '../guards/leaving.ts';
import { allNodes, holdForNode, isHealthy, isReporting, RECHECK_MS, wantedNodes } from '../guards/node-state.ts';
import { isOrdered } from '../guards/pool-size.ts';
import { buildPilot } from '../resources/pilot.ts';
import type { ClusterSnapshot, NodeView, PoolView } from '../snapshot.ts';
import type { Action, Effect, EventNote, Guard, Hold, Verdict } from './action.ts';
import { deletePod, stepEvent } from './effects.ts';

/** How many nodes give their data away at a time. They are stopped one by one all the same. */
const LEAVING_AT_ONCE = 2;
/** How long a node may take to give up what it has before people are told, in ms. */
const LEAVE_PATIENCE_MS = 600_000;

/** A pool whose nodes beyond the spec leave, and the Action that this belongs to. */
export interface Leave {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly pool: PoolView;
  readonly action: Action;
  /** Makes the StatefulSet so much smaller that it has this many pods, and what is told of that. */
  readonly shrink: (replicas: number) => readonly Effect[];
}

/**
 * How nodes leave a cluster for good, the steps of Scale and DeleteNodePool, highest ordinal first:
 *
 *   Running → Leaving (gives its data and its vote to others) → Decommissioned (stopped) → its Pilot is deleted
 *
 * The state is written on the node's own Pilot, and nowhere else: any process may die at any point. A node that the spec asks
 * for again is Running again with the same pass. Undefined when no node has to leave.
 */
export function leave(input: Leave): Verdict | undefined {
  const nodes = leavers(input.pool);
  const [first, ...others] = nodes;
  if (first === undefined) return undefined;
  const action = { ...input.action, target: first.name };
  const scope = { ...input, action };
  if (desiredOf(first) === 'Decommissioned') return forget(scope, first);
  if (isStaying(first)) return begin(scope, first);
  const second = others.slice(0, LEAVING_AT_ONCE - 1).find(isStaying);
  const ahead = second && begin({ ...input, action: { ...input.action, target: second.name } }, second);
  return ahead?.is === 'ready' ? ahead : stop(scope, first);
}

function begin(scope: Leave, node: NodeView): Verdict {
  const { snapshot, engine, action } = scope;
  const guard = mayBegin(scope, node);
  if (!guard.pass) return { is: 'blocked', action, hold: guard.hold };
  const message = `Pilot "${node.name}" gives its data and its vote away before it leaves`;
  const object = buildPilot({ snapshot, engine, pool: node.pool, ordinal: node.ordinal, desired: 'Leaving' });
  return { is: 'ready', action, effects: [{ do: 'apply', object }, stepEvent(action.name, message)] };
}

function mayBegin({ snapshot, engine }: Leave, node: NodeView): Guard {
  if (isForming(snapshot, node)) {
    const message = `"${node.name}" is one of the nodes that form the cluster, and it has not formed yet`;
    return { pass: false, hold: { reason: 'ClusterNotFormed', message, recheckAfterMs: RECHECK_MS } };
  }
  // It would have to run to give anything away, and somebody may be at work on its files.
  if (desiredOf(node) === 'Suspended') return { pass: false, hold: holdForNode(node) };
  if (hasNeverRun(snapshot, node)) return { pass: true };
  // Each is judged as if it were the only one that leaves: together they may find no room, and wait for each other for ever.
  const replaced = wantedNodes(snapshot).find((other) => desiredOf(other) === 'Leaving');
  if (replaced !== undefined) {
    const message = `Comes after ReplaceNode of "${replaced.name}"`;
    return { pass: false, hold: { reason: 'ActionRunning', message, recheckAfterMs: RECHECK_MS } };
  }
  return allThatStay(snapshot) ?? engine.mayLeave(snapshot, node);
}

/** Undefined when every node that stays is healthy, for they are to take what the leaving one has; and when none is suspended. */
function allThatStay(snapshot: ClusterSnapshot): Guard | undefined {
  const isAway = (node: NodeView): boolean => (node.wanted ? !isHealthy(node, snapshot.now) : desiredOf(node) === 'Suspended');
  const sick = allNodes(snapshot).find(isAway);
  return sick && { pass: false, hold: holdForNode(sick) };
}

function stop(scope: Leave, node: NodeView): Verdict {
  const { snapshot, engine, action, pool } = scope;
  const above = orderedAbove(pool, node);
  if (above !== undefined) return { is: 'waiting', action, hold: above };
  const never = hasNeverRun(snapshot, node);
  const sick = never ? undefined : allThatStay(snapshot);
  // Nodes that stay and are not well may need another Action first, so nothing is held up for this one.
  if (sick?.pass === false) return { is: 'blocked', action, hold: sick.hold };
  const guard: Guard = never ? { pass: true } : engine.hasLeft(snapshot, node);
  if (!guard.pass) return { is: 'waiting', first: true, action, hold: patient(scope, node, guard.hold) };
  const object = buildPilot({ snapshot, engine, pool: pool.name, ordinal: node.ordinal, desired: 'Decommissioned' });
  return {
    is: 'ready',
    first: true,
    action,
    effects: [{ do: 'apply', object }, ...scope.shrink(node.ordinal)],
    stops: node.name,
  };
}

/** A StatefulSet that is made smaller stops every pod above: none of them may be one whose Pilot was deleted while it serves. */
function orderedAbove({ nodes }: PoolView, { ordinal }: NodeView): Hold | undefined {
  const above = nodes.find((node) => node.ordinal > ordinal && isOrdered(node));
  if (above === undefined) return undefined;
  const message = `Pilot "${above.name}" was deleted while its node serves; it is made again`;
  return { reason: 'NodeLeaving', message, recheckAfterMs: RECHECK_MS };
}

/** The node has given up all it had: its pod goes, then its Pilot, and with it all orders that name it. */
function forget(scope: Leave, node: NodeView): Verdict {
  const { snapshot, engine, action, pool } = scope;
  const isHeld = pool.statefulSet !== undefined && pool.statefulSet.replicas > node.ordinal;
  const above = isHeld ? orderedAbove(pool, node) : undefined;
  if (above !== undefined) return { is: 'waiting', action, hold: above };
  if (isHeld) return { is: 'ready', first: true, action, effects: scope.shrink(node.ordinal), stops: node.name };
  const waiting = (hold: Hold): Verdict => {
    const long = patient(
      scope,
      node,
      hold,
      `${hold.message}, for long; when its machine is gone for good, delete the pod by force`,
    );
    // On a dead machine a pod stays in its deletion for ever; the node is empty and stopped, so nobody has to wait for that.
    const isStuck = node.pod !== undefined && !isReporting(node, snapshot.now);
    return { is: 'waiting', ...(isStuck ? { yields: true } : { first: true }), action, hold: long };
  };
  // The pool left the spec before its StatefulSet was made again around its pods: nobody else stops them.
  if (pool.statefulSet === undefined && node.pod?.deleting === false) {
    return { is: 'ready', first: true, action, effects: [deletePod(node)], stops: node.name };
  }
  if (node.pod !== undefined) {
    const message = `Pod "${node.name}" holds nothing any more and is being stopped`;
    return waiting({ reason: 'NodeLeaving', message, recheckAfterMs: RECHECK_MS });
  }
  const guard: Guard = hasNeverRun(snapshot, node) ? { pass: true } : engine.isForgotten(snapshot, node);
  if (!guard.pass) return waiting(guard.hold);
  const { uid = '', resourceVersion = '' } = node.pilot ?? {};
  return { is: 'ready', first: true, action, effects: [{ do: 'delete', kind: 'Pilot', name: node.name, uid, resourceVersion }] };
}

/** After a while people are told, since only they can find room for data. */
function patient({ snapshot, action }: Leave, node: NodeView, hold: Hold, words?: string): Hold {
  const record = snapshot.cluster.status.history.find(
    ({ outcome, action: name, nodePool, target }) =>
      outcome === 'Running' && name === action.name && nodePool === action.nodePool && target === node.name,
  );
  const waitedMs = record === undefined ? 0 : snapshot.now - Date.parse(record.startedAt);
  if (waitedMs < LEAVE_PATIENCE_MS) return hold;
  const why = `Pilot "${node.name}" has not given up its data and its vote for long; ask the database why, or set the spec back`;
  const message = words ?? why;
  const event: EventNote = { type: 'Warning', reason: `Err${action.name}`, message };
  return { ...hold, event };
}
