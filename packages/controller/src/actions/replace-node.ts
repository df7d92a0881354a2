import type { KubeObject } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import { desiredOf, hasNeverRun } from '../guards/desired-state.ts';
import { holdForNode, isHealthy, isReporting, RECHECK_MS, wantedNodes } from '../guards/node-state.ts';
import { mayTakeVersion } from '../guards/data-version.ts';
import { beingReplaced, type RollScope, rollScopesInOrder, templateNotTaken, unfinished } from '../guards/roll.ts';
import { buildPilot } from '../resources/pilot.ts';
import { buildStatefulSet } from '../resources/stateful-set.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import type { Action, ActionDefinition, Effect, Hold, Verdict } from './action.ts';
import { deletePod, stepEvent } from './effects.ts';

/** How long a claim may be deleted before people are told that its node cannot be replaced, or is not yet, in ms. */
const BLOCKED_PATIENCE_MS = 60_000;
const WAIT_PATIENCE_MS = 600_000;

/**
 * ReplaceNode: a person has deleted the claim of a node's volume, which Kubernetes keeps as long as the node's pod is there
 * (finalizer pvc-protection). That is the order, and cannot be taken back:
 *
 *   Running → Leaving (gives its data and its vote to others) → its pod is deleted → Kubernetes makes claim and pod anew
 *
 * The engine says what is enough. A node that the database does not have any more has nothing to give. Until the pod is deleted all
 * of this can do no harm and may take for ever, so it keeps nothing else waiting; what others need may be just what it waits for.
 */
export const replaceNode: ActionDefinition = {
  name: 'ReplaceNode',
  exclusive: true,
  evaluate(snapshot, engine) {
    const nodes = wantedNodes(snapshot).filter(({ volumeDeletedAt }) => volumeDeletedAt !== undefined);
    const begun = nodes.find((node) => desiredOf(node) === 'Leaving');
    const verdicts = nodes.map((node) => evaluateNode({ snapshot, engine, node, action: actionOf(node), begun }));
    return [...verdicts, ...awaited(snapshot)];
  },
};

interface Scope {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly node: NodeView;
  readonly action: Action;
  /** The one that has begun to leave: nodes leave one at a time. */
  readonly begun: NodeView | undefined;
}

function actionOf({ pool, name }: NodeView): Action {
  return { name: 'ReplaceNode', nodePool: pool, target: name, why: `the volume claim of "${name}" was deleted` };
}

function evaluateNode(scope: Scope): Verdict {
  const { snapshot, engine, node, begun } = scope;
  const { pod } = node;
  if (pod === undefined || pod.deleting) return waiting(scope, beingStopped(scope));
  // Somebody is at work on the files of that very volume.
  if (desiredOf(node) === 'Suspended') return blocked(scope, holdForNode(node));
  // The kubelet has not seen it, so it does not keep its claim: Kubernetes makes that anew without us.
  if (pod.problem?.reason === 'PodNotScheduled') return waiting(scope, { ...pod.problem, recheckAfterMs: RECHECK_MS });
  const guard = hasNeverRun(snapshot, node) ? ({ pass: true } as const) : engine.mayReplace(snapshot, node);
  if (guard.pass) return replace(scope);
  if (guard.leaves !== true) return blocked(scope, guard.hold);
  if (desiredOf(node) === 'Leaving') return waiting(scope, guard.hold);
  // One that does not serve is what the one that has begun waits for.
  if (begun === undefined || !isHealthy(node, snapshot.now)) return begin(scope);
  const message = `Comes after ReplaceNode of "${begun.name}"`;
  return blocked(scope, { reason: 'ActionRunning', message, recheckAfterMs: RECHECK_MS });
}

function begin({ snapshot, engine, node, action }: Scope): Verdict {
  const object = buildPilot({ snapshot, engine, pool: node.pool, ordinal: node.ordinal, desired: 'Leaving' });
  const message = `Pilot "${node.name}" gives its data and its vote away before it loses its volume`;
  return { is: 'ready', action, effects: [{ do: 'apply', object }, stepEvent('ReplaceNode', message)] };
}

function replace(scope: Scope): Verdict {
  const { snapshot, engine, node, action } = scope;
  const { name } = node;
  const roll = rollOfTurn(scope);
  const pending = roll && notTakenYet(scope, roll);
  if (pending !== undefined) return waiting(scope, pending);
  const message = `Replacing ${name}, whose volume claim was deleted; it comes back with an empty volume`;
  const taken: Effect =
    roll === undefined
      ? deletePod(node)
      : { do: 'apply', object: withPartition({ snapshot, engine, roll, partition: node.ordinal }) };
  // What is proven of this node needs no other one's leave, and that may be waiting for it.
  return { is: 'ready', first: true, action, effects: [taken, stepEvent('ReplaceNode', message)], stops: name };
}

interface PartitionInput extends Pick<Scope, 'snapshot' | 'engine'> {
  readonly roll: RollScope;
  readonly partition: number;
}

function withPartition({ snapshot, engine, roll: { pool, roll }, partition }: PartitionInput): KubeObject {
  return buildStatefulSet({ snapshot, engine, pool, replicas: roll.replicas, partition });
}

/**
 * The node's pool, when the node is the next of the whole cluster to get a new template: then it takes that with the new volume. No node
 * with an older version may join once all others have a newer one, and while it is away it may be the only one that is older.
 */
function rollOfTurn({ snapshot, engine, node }: Scope): RollScope | undefined {
  const next = rollScopesInOrder(snapshot, engine).find(({ roll }) => roll.outdated.length > 0);
  if (next === undefined || next.roll.outdated[0]?.name !== node.name || next.roll.statefulSet.onDelete) return undefined;
  // Back to an older version, the others have data that it cannot read.
  if (!mayTakeVersion(snapshot, engine, node).pass) return undefined;
  return unfinished(snapshot, next.view, next.roll).length > 0 ? undefined : next;
}

/** Its StatefulSet may not know yet what the node shall be made from, or has been told already. */
function notTakenYet({ node }: Scope, { view, roll }: RollScope): Hold | undefined {
  if (!roll.inStep) return templateNotTaken(view);
  return roll.begun && roll.statefulSet.partition <= node.ordinal ? beingReplaced(node) : undefined;
}

function beingStopped({ snapshot, node }: Scope): Hold {
  const { name, pod } = node;
  if (pod === undefined) {
    const message = `The volume claim of "${name}" is still kept from being deleted; see which pod uses it`;
    return { reason: 'NodeLeaving', message, recheckAfterMs: RECHECK_MS };
  }
  const isStuck = !isReporting(node, snapshot.now);
  const words = isStuck ? '; when its machine is gone for good, delete the pod by force' : '';
  const message = `Pod "${name}" is being stopped, and its volume goes with it${words}`;
  return { reason: 'NodeLeaving', message, recheckAfterMs: RECHECK_MS };
}

/** Its volume is another one by now, and the node has yet to serve: by the record in status, since nothing else tells. */
function awaited(snapshot: ClusterSnapshot): Verdict[] {
  const { history } = snapshot.cluster.status;
  const records = history.filter(({ action, outcome }) => action === 'ReplaceNode' && outcome === 'Running');
  return wantedNodes(snapshot).flatMap((node): Verdict[] => {
    const isAwaited = records.some(({ nodePool, target }) => nodePool === node.pool && target === node.name);
    if (!isAwaited || node.volumeDeletedAt !== undefined || isHealthy(node, snapshot.now)) return [];
    return [{ is: 'waiting', yields: true, action: actionOf(node), hold: holdForNode(node) }];
  });
}

function blocked({ snapshot, node, action }: Scope, hold: Hold): Verdict {
  return { is: 'blocked', yields: true, action, hold: told(snapshot, node, { hold, afterMs: BLOCKED_PATIENCE_MS }) };
}

function waiting({ snapshot, node, action }: Scope, hold: Hold): Verdict {
  return { is: 'waiting', yields: true, action, hold: told(snapshot, node, { hold, afterMs: WAIT_PATIENCE_MS }) };
}

function told(
  { now }: ClusterSnapshot,
  { name, volumeDeletedAt = now }: NodeView,
  { hold, afterMs }: { readonly hold: Hold; readonly afterMs: number },
): Hold {
  if (now - volumeDeletedAt < afterMs) return hold;
  const message = `"${name}", whose volume claim was deleted, is not replaced yet: ${hold.message}`;
  return { ...hold, event: { type: 'Warning', reason: 'ErrReplaceNode', message } };
}
