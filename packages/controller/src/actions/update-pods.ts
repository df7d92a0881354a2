import { mayTakeVersion } from '../guards/data-version.ts';
import { firstUnhealthyHeld, holdForNode, isHealthy, RECHECK_MS } from '../guards/node-state.ts';
import { rollAction, rollActionAtEnd, rolledMessage, rollingMessage, unfinishedMessage } from '../guards/roll-name.ts';
import { beingReplaced, type RollScope, rollScopesInOrder, templateNotTaken, unfinished } from '../guards/roll.ts';
import { buildStatefulSet } from '../resources/stateful-set.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import type { Action, ActionDefinition, ActionName, Effect, Guard, Hold, Verdict } from './action.ts';
import { deletePod, stepEvent } from './effects.ts';

/** How long a replaced node may take before people are told that the update waits for it, in ms. */
const PATIENCE_MS = 30_000;

/**
 * UpdateVersion, UpdateConfig, AdjustResources and RestartNodePool: bring every pod of a pool to the template that the spec asks for, one node at a time,
 * highest ordinal first, pools in the engine's order. Version, resources and configuration changed together are one
 * roll. Each step waits until every other node is healthy and the engine permits the restart. Nodes that cannot come up as
 * they are, or wait in vain, are replaced first and without asking, because a corrected spec must always win over waiting.
 */
export const updatePods: ActionDefinition = {
  name: 'UpdatePods',
  exclusive: true,
  evaluate(snapshot, engine) {
    const scopes = rollScopesInOrder(snapshot, engine);
    // Of the pools with lost nodes those first in which something can be done.
    const rescues = scopes.flatMap(rescue).toSorted((a, b) => Number(b.is === 'ready') - Number(a.is === 'ready'));
    return [
      ...rescues.map((verdict) => ({ ...verdict, first: true })),
      ...inOrder(scopes.filter((scope) => !isRescuing(scope)).flatMap(evaluatePool)),
    ];
  },
};

/**
 * Pools are rolled in their order. Where one leaves the lane to others, for a node that ReplaceNode may never be able to replace, no
 * later pool takes its place; what is under way there goes on.
 */
function inOrder(verdicts: readonly Verdict[]): readonly Verdict[] {
  const at = verdicts.findIndex((verdict) => verdict.is !== 'ready' && verdict.yields === true);
  const first = verdicts[at];
  if (first === undefined) return verdicts;
  const message = `Comes after ${first.action.name} of node pool "${first.action.nodePool}"`;
  const hold: Hold = { reason: 'ActionRunning', message, recheckAfterMs: RECHECK_MS };
  const takesNode = (verdict: Verdict): boolean =>
    verdict.is === 'ready' ? verdict.stops !== undefined : verdict.is === 'blocked';
  return verdicts.map((verdict, index) =>
    index > at && takesNode(verdict) ? { is: 'blocked', yields: true, action: verdict.action, hold } : verdict,
  );
}

function isRescuing({ roll }: RollScope): boolean {
  return roll.lost.length > 0 || roll.statefulSet.onDelete;
}

/** Lost nodes of a pool: the strategy becomes OnDelete where the partition would keep them as they are, then they go. */
function rescue(scope: RollScope): Verdict[] {
  const { snapshot, engine, pool, roll } = scope;
  if (!isRescuing(scope)) return [];
  const { statefulSet, lost, replicas } = roll;
  const barred = lost.map((node) => mayTakeVersion(snapshot, engine, node)).find((guard) => !guard.pass);
  const first = lost[0];
  const action: Action = first === undefined ? rollActionAtEnd(scope) : rollAction(scope, first);
  if (barred?.pass === false) return [{ is: 'blocked', action, hold: barred.hold }];
  if (first !== undefined && !statefulSet.onDelete && lost.some(({ ordinal }) => ordinal < statefulSet.partition)) {
    const object = buildStatefulSet({ snapshot, engine, pool, replicas, partition: statefulSet.partition, onDelete: true });
    const events = lost.map((node) => stepEvent(action.name, rollingMessage(snapshot, action.name, node)));
    return [{ is: 'ready', action, effects: [{ do: 'apply', object }, ...events] }];
  }
  const pods = lost.filter((node) => node.pod !== undefined);
  if (pods.length > 0) return [{ is: 'ready', action, effects: pods.map(deletePod) }];
  const missing = scope.view.nodes.find((node) => node.ordinal < replicas && (node.pod === undefined || node.pod.deleting));
  const message =
    missing === undefined
      ? `StatefulSet "${scope.view.statefulSetName}" goes back to rolling updates`
      : holdForNode(missing).message;
  return [{ is: 'waiting', action, hold: { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS } }];
}

function evaluatePool(scope: RollScope): Verdict[] {
  const { roll } = scope;
  const next = roll.outdated[0];
  if (next === undefined && !roll.begun) return [];
  if (!roll.inStep) {
    const hold = templateNotTaken(scope.view);
    return [{ is: roll.begun ? 'waiting' : 'blocked', action: next ? rollAction(scope, next) : rollActionAtEnd(scope), hold }];
  }
  if (next === undefined) return [finish(scope)];
  const action = rollAction(scope, next);
  if (roll.begun && roll.statefulSet.partition <= next.ordinal) {
    return [{ is: 'waiting', action, hold: beingReplaced(next) }];
  }
  if (next.volumeDeletedAt !== undefined) return [afterReplacement(scope, action, next)];
  const guard = mayReplace(scope, next, action);
  if (!guard.pass) return [{ is: roll.begun ? 'waiting' : 'blocked', action, hold: guard.hold }];
  return [{ is: 'ready', action, effects: replace(scope, next), stops: next.name }];
}

/** Its volume would go with its pod, so ReplaceNode has to see first that nothing hangs on it; and that may wait for others. */
function afterReplacement({ roll }: RollScope, action: Action, { name, wanted }: NodeView): Verdict {
  const first = wanted ? 'ReplaceNode comes first' : 'the spec asks for it no more, and it has to leave first';
  const message = `The volume claim of "${name}" was deleted: ${first}`;
  const hold: Hold = { reason: 'ActionRunning', message, recheckAfterMs: RECHECK_MS };
  return { is: roll.begun ? 'waiting' : 'blocked', yields: true, action, hold };
}

function mayReplace({ snapshot, engine, view, roll }: RollScope, next: NodeView, action: Action): Guard {
  const version = mayTakeVersion(snapshot, engine, next);
  if (!version.pass) return version;
  const behind = unfinished(snapshot, view, roll)[0];
  if (behind !== undefined) return { pass: false, hold: notFinished(snapshot, behind, action.name) };
  const other = firstUnhealthyHeld(snapshot, next);
  if (other !== undefined) return { pass: false, hold: holdForNode(other) };
  if (!isHealthy(next, snapshot.now)) return { pass: false, hold: holdForNode(next) };
  return engine.mayRestart(snapshot, next);
}

function notFinished(snapshot: ClusterSnapshot, node: NodeView, name: ActionName): Hold {
  const { version } = snapshot.cluster.spec;
  const waited = node.pod === undefined ? 0 : snapshot.now - node.pod.createdAt;
  const known = node.pilot?.status.version;
  const base = holdForNode(node);
  const healthy = isHealthy(node, snapshot.now);
  const message = healthy ? `Pilot "${node.name}" reports version "${known ?? 'unknown'}", "${version}" is wanted` : base.message;
  // Nobody has to be told that a node does not come back which was asked not to.
  const isEarly = waited < PATIENCE_MS || base.reason === 'NodeSuspended';
  return {
    reason: healthy ? 'PilotOutdated' : base.reason,
    message,
    recheckAfterMs: waited < PATIENCE_MS ? Math.max(1000, PATIENCE_MS - waited) : RECHECK_MS,
    ...(isEarly ? {} : { event: { type: 'Warning', reason: `Err${name}`, message: unfinishedMessage(snapshot, name, node) } }),
  };
}

function replace(scope: RollScope, next: NodeView): Effect[] {
  const { snapshot, engine, pool, roll } = scope;
  const { name } = rollAction(scope, next);
  const object = buildStatefulSet({ snapshot, engine, pool, replicas: roll.replicas, partition: next.ordinal });
  return [{ do: 'apply', object }, stepEvent(name, rollingMessage(snapshot, name, next))];
}

function finish(scope: RollScope): Verdict {
  const { snapshot, engine, view, pool, roll } = scope;
  const { partition, currentRevision, updateRevision } = roll.statefulSet;
  const last = view.nodes.find((node) => node.ordinal === partition) ?? view.nodes[0];
  const action: Action = { ...rollActionAtEnd(scope), target: last?.name ?? view.statefulSetName };
  const missing = view.nodes.find((node) => node.ordinal < roll.replicas && node.pod === undefined);
  if (missing !== undefined) return { is: 'waiting', action: { ...action, target: missing.name }, hold: holdForNode(missing) };
  const behind = unfinished(snapshot, view, roll).toSorted((a, b) => b.ordinal - a.ordinal)[0];
  if (behind !== undefined)
    return { is: 'waiting', action: { ...action, target: behind.name }, hold: notFinished(snapshot, behind, action.name) };
  // Pods below the partition come from the current revision: it must be the new one before the partition is raised again.
  if (currentRevision !== updateRevision) {
    const message = `StatefulSet "${view.statefulSetName}" has not recorded the new revision as its current one yet`;
    return { is: 'waiting', action, hold: { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS } };
  }
  const message = rolledMessage(snapshot, action.name, view.name);
  return {
    is: 'ready',
    action,
    effects: [
      { do: 'apply', object: buildStatefulSet({ snapshot, engine, pool, replicas: roll.replicas, partition: roll.replicas }) },
      stepEvent(action.name, message),
    ],
  };
}
