import { buildStatefulSet } from '../resources/stateful-set.ts';
import { revisionOf } from '../resources/revision.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { firstUnhealthyHeld, holdForNode, isBroken, isHealthy, RECHECK_MS } from '../guards/node-state.ts';
import { rollOf, unfinished, type Roll } from '../guards/roll.ts';
import type { ClusterSnapshot, NodePoolBase, NodeView, PoolView } from '../snapshot.ts';
import type { Action, ActionDefinition, ActionName, Effect, Guard, Hold, Verdict } from './action.ts';

/** How long a replaced node may take before people are told that the update waits for it, in ms. */
const PATIENCE_MS = 30_000;

/**
 * UpdateVersion and UpdateConfig: bring every pod of a pool to the template that the spec asks for, one node at a time,
 * highest ordinal first, pools in the engine's order. Version, resources and configuration changed together are one
 * roll. Each step waits until every other node is healthy and the engine permits the restart; a node that cannot come up
 * as it is is replaced without asking.
 */
export const updatePods: ActionDefinition = {
  name: 'UpdatePods',
  exclusive: true,
  evaluate(snapshot, engine) {
    const order = engine.rollOrder(snapshot.cluster);
    const pools = snapshot.pools.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    return pools.flatMap((view) => (view.spec === undefined ? [] : evaluatePool({ snapshot, engine, view, pool: view.spec })));
  },
};

interface Scope {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly view: PoolView;
  readonly pool: NodePoolBase;
}

function evaluatePool(scope: Scope): Verdict[] {
  const revision = revisionOf(scope.snapshot.cluster, scope.pool, scope.engine);
  const roll = rollOf(scope.snapshot, scope.view, revision);
  if (roll === undefined) return [];
  const next = roll.outdated[0];
  if (next === undefined) return roll.begun ? [finish(scope, roll)] : [];
  const action = actionFor(scope, next);
  if (roll.statefulSet.revision !== revision || !roll.statefulSet.observed) {
    const message = `StatefulSet "${scope.view.statefulSetName}" has not taken the new pod template yet`;
    return [
      {
        is: roll.begun ? 'waiting' : 'blocked',
        action,
        hold: { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS },
      },
    ];
  }
  if (roll.begun && roll.statefulSet.partition <= next.ordinal) {
    const stuck = stuckNodes(scope, roll);
    if (stuck.length > 0)
      return [{ is: 'ready', action: { ...action, target: stuck[0]?.name ?? next.name }, effects: stuck.map(deletePod) }];
    const message = `Pod "${next.name}" is being replaced by its StatefulSet`;
    return [{ is: 'waiting', action, hold: { reason: 'PilotOutdated', message, recheckAfterMs: RECHECK_MS } }];
  }
  const guard = mayReplace(scope, roll, next);
  if (!guard.pass) return [{ is: roll.begun ? 'waiting' : 'blocked', action, hold: guard.hold }];
  return [{ is: 'ready', action, effects: replace(scope, roll, next) }];
}

/**
 * Broken nodes that the StatefulSet controller would leave as they are: it replaces none as long as one that it has
 * replaced before is not ready (https://github.com/kubernetes/kubernetes/issues/67250), and that one may wait for just
 * these, for a quorum. Their partition is lowered and seen, so they come back from the new template.
 */
function stuckNodes({ snapshot, view }: Scope, roll: Roll): readonly NodeView[] {
  if (unfinished(snapshot, view, roll).length === 0) return [];
  const { partition } = roll.statefulSet;
  return roll.outdated.filter(
    (node) => node.ordinal >= partition && node.pod?.deleting === false && isBroken(node, snapshot.now),
  );
}

function deletePod({ name, pod }: NodeView): Effect {
  return { do: 'deletePod', name, uid: pod?.uid ?? '' };
}

/** A version that no running node of the pool has makes it an UpdateVersion; anything else is an UpdateConfig. */
function actionFor({ snapshot, view }: Scope, next: NodeView): Action {
  const { version } = snapshot.cluster.spec;
  const other = view.nodes.some((node) => node.pilot?.status.version !== undefined && node.pilot.status.version !== version);
  const name: ActionName = other ? 'UpdateVersion' : 'UpdateConfig';
  const why = other ? `spec.version is ${version}` : `spec.nodePools "${view.name}" or the image changed`;
  return { name, nodePool: view.name, target: next.name, why };
}

function mayReplace(scope: Scope, roll: Roll, next: NodeView): Guard {
  const { snapshot, engine, view } = scope;
  if (isBroken(next, snapshot.now)) return { pass: true };
  const behind = unfinished(snapshot, view, roll)[0];
  if (behind !== undefined) return { pass: false, hold: notFinished(scope, behind) };
  const other = firstUnhealthyHeld(snapshot, next);
  if (other !== undefined) return { pass: false, hold: holdForNode(other) };
  if (!isHealthy(next, snapshot.now)) return { pass: false, hold: holdForNode(next) };
  return engine.mayRestart(snapshot, next);
}

function notFinished({ snapshot }: Scope, node: NodeView): Hold {
  const { version } = snapshot.cluster.spec;
  const waited = node.pod === undefined ? 0 : snapshot.now - node.pod.createdAt;
  const known = node.pilot?.status.version;
  const base = holdForNode(node);
  const healthy = isHealthy(node, snapshot.now);
  const message = healthy ? `Pilot "${node.name}" reports version "${known ?? 'unknown'}", "${version}" is wanted` : base.message;
  const warning = `Pilot "${node.name}" has not finished updating to version "${version}"`;
  return {
    reason: healthy ? 'PilotOutdated' : base.reason,
    message,
    recheckAfterMs: waited < PATIENCE_MS ? Math.max(1000, PATIENCE_MS - waited) : RECHECK_MS,
    ...(waited < PATIENCE_MS ? {} : { event: { type: 'Warning', reason: 'ErrUpdateVersion', message: warning } }),
  };
}

/** Where several broken nodes follow each other, they go together: one alone may be too few for a quorum. */
function replace(scope: Scope, roll: Roll, next: NodeView): Effect[] {
  const { snapshot, engine, pool } = scope;
  const stop = roll.outdated.findIndex((node) => node !== next && !isBroken(node, snapshot.now));
  const run = isBroken(next, snapshot.now) ? roll.outdated.slice(0, stop === -1 ? undefined : stop) : [next];
  const partition = Math.min(...run.map((node) => node.ordinal));
  const { name } = actionFor(scope, next);
  return [
    { do: 'apply', object: buildStatefulSet({ snapshot, engine, pool, replicas: roll.replicas, partition }) },
    ...run.map((node): Effect => ({
      do: 'event',
      event: { type: 'Normal', reason: name, message: replaceMessage(scope, name, node) },
    })),
  ];
}

function replaceMessage({ snapshot }: Scope, name: ActionName, node: NodeView): string {
  return name === 'UpdateVersion'
    ? `Updating replica ${node.name} to version ${snapshot.cluster.spec.version}`
    : `Updating replica ${node.name} to the new configuration`;
}

function finish(scope: Scope, roll: Roll): Verdict {
  const { snapshot, engine, view, pool } = scope;
  const last = view.nodes.find((node) => node.ordinal === roll.statefulSet.partition) ?? view.nodes[0];
  const action: Action = { ...actionForFinish(scope), target: last?.name ?? view.statefulSetName };
  const behind = unfinished(snapshot, view, roll).toSorted((a, b) => b.ordinal - a.ordinal)[0];
  if (behind !== undefined)
    return { is: 'waiting', action: { ...action, target: behind.name }, hold: notFinished(scope, behind) };
  const { partition, currentRevision, updateRevision, observed } = roll.statefulSet;
  // Pods below the partition come from the current revision: it must be the new one before the partition is raised again.
  if (!observed || (partition === 0 && currentRevision !== updateRevision)) {
    const message = `StatefulSet "${view.statefulSetName}" has not recorded the new revision as its current one yet`;
    return { is: 'waiting', action, hold: { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS } };
  }
  const message =
    action.name === 'UpdateVersion'
      ? `Updated node pool "${view.name}" to version "${snapshot.cluster.spec.version}"`
      : `Updated node pool "${view.name}" to the new configuration`;
  return {
    is: 'ready',
    action,
    effects: [
      { do: 'apply', object: buildStatefulSet({ snapshot, engine, pool, replicas: roll.replicas, partition: roll.replicas }) },
      { do: 'event', event: { type: 'Normal', reason: action.name, message } },
    ],
  };
}

/** Once all pods are new, the versions no longer tell what the roll was for; its record in status does. */
function actionForFinish({ snapshot, view }: Scope): Action {
  const running = snapshot.cluster.status.history[0];
  const name = running?.nodePool === view.name && running.action === 'UpdateConfig' ? 'UpdateConfig' : 'UpdateVersion';
  return { name, nodePool: view.name, why: `spec.version is ${snapshot.cluster.spec.version}` };
}
