import type { Hold } from '../actions/action.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { revisionOf } from '../resources/revision.ts';
import { templateHash } from '../resources/stateful-set.ts';
import type { ClusterSnapshot, NodePoolBase, NodeView, PoolView, StatefulSetView } from '../snapshot.ts';
import { desiredOf } from './desired-state.ts';
import { isBroken, isHealthy, isLongGone, RECHECK_MS } from './node-state.ts';
import { heldReplicas } from './pool-size.ts';

/**
 * Where a pool stands in rolling out the pod template that its spec asks for. The template itself is always the wanted
 * one; the StatefulSet's partition decides which ordinals take it (a pod below the partition is made, even after a
 * crash, from the StatefulSet's current revision, so nothing is updated by accident).
 */
export interface Roll {
  readonly statefulSet: StatefulSetView;
  readonly replicas: number;
  /** Whether the StatefulSet has the wanted template, and its controller has seen that. */
  readonly inStep: boolean;
  /** Nodes whose pod has to be made anew, highest ordinal first: the order in which they are replaced. */
  readonly outdated: readonly NodeView[];
  /** Nodes that serve nobody and cannot, as they are, and that would be made again just as they are (see `onDelete`). */
  readonly lost: readonly NodeView[];
  /** Whether the partition has been lowered. At rest it equals the number of replicas. */
  readonly begun: boolean;
  /** Partition to hold while nothing new is decided. */
  readonly heldPartition: number;
  /**
   * Strategy to hold while nothing new is decided. Under OnDelete the StatefulSet controller replaces nothing by itself,
   * and makes a missing pod from the new template whatever its ordinal: the way out for lost nodes.
   */
  readonly heldOnDelete: boolean;
}

export interface RollInput {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly view: PoolView;
}

/** A pool of the spec that has a StatefulSet, and where that stands: what Actions on its pods and volumes look at. */
export interface RollScope extends RollInput {
  readonly pool: NodePoolBase;
  readonly roll: Roll;
}

/** Of pools that have none there is no scope. */
export function rollScopes(snapshot: ClusterSnapshot, engine: ControllerEngine, pools: readonly PoolView[]): RollScope[] {
  return pools.flatMap((view) => {
    const roll = rollOf({ snapshot, engine, view });
    return view.spec === undefined || roll === undefined ? [] : [{ snapshot, engine, view, pool: view.spec, roll }];
  });
}

/** The same of all pools, in the order in which the engine has them rolled. */
export function rollScopesInOrder(snapshot: ClusterSnapshot, engine: ControllerEngine): RollScope[] {
  const order = engine.rollOrder(snapshot);
  return rollScopes(
    snapshot,
    engine,
    snapshot.pools.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
  );
}

/** Nobody can tell yet who is outdated. */
export function templateNotTaken({ statefulSetName }: PoolView): Hold {
  const message = `StatefulSet "${statefulSetName}" has not taken the new pod template yet`;
  return { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS };
}

/** The partition was lowered for this node, and its StatefulSet has yet to act. */
export function beingReplaced({ name }: NodeView): Hold {
  return { reason: 'PilotOutdated', message: `Pod "${name}" is being replaced by its StatefulSet`, recheckAfterMs: RECHECK_MS };
}

/** @returns undefined where there is no StatefulSet to roll. */
export function rollOf({ snapshot, engine, view }: RollInput): Roll | undefined {
  const { statefulSet, spec } = view;
  if (statefulSet === undefined || statefulSet.deleting || spec === undefined) return undefined;
  const replicas = heldReplicas(view);
  const nodes = view.nodes.filter((node) => node.ordinal < replicas).toSorted((a, b) => b.ordinal - a.ordinal);
  const revision = revisionOf(snapshot.cluster, spec, engine);
  const hasTemplate = statefulSet.template === templateHash({ snapshot, engine, pool: spec });
  const inStep = hasTemplate && statefulSet.observed;
  const begun = statefulSet.partition < Math.min(replicas, statefulSet.replicas);
  const isAdrift = inStep && !begun && isCurrentRevisionGone(statefulSet, nodes);
  // A pod of the newest template is that, whatever somebody wrote on it: replacing it would change nothing.
  const isAsked = (node: NodeView): boolean =>
    node.pod !== undefined && node.pod.revision !== revision && (!inStep || isOfOther(node, statefulSet));
  // Lowering the partition takes every pod from there on that is not of the update revision, so all of those have a turn.
  const rolling = begun || isAdrift || nodes.some(isAsked);
  const outdated = nodes.filter((node) => isAsked(node) || (inStep && rolling && isOfOther(node, statefulSet)));
  const lost = inStep ? nodes.filter((node) => isLost({ snapshot, engine, statefulSet, node, isAsked: isAsked(node) })) : [];
  const isTaking = statefulSet.onDelete && nodes.some((node) => node.pod === undefined || node.pod.deleting);
  return {
    statefulSet,
    replicas,
    inStep,
    outdated,
    lost,
    begun,
    heldPartition: heldPartition({ statefulSet, replicas, nodes, hasTemplate, begun, isAdrift, next: outdated[0] }),
    // Until the template is observed, status names another one's revision: who is outdated cannot be told, so nobody is taken.
    heldOnDelete: statefulSet.onDelete && ((hasTemplate && !inStep) || lost.length > 0 || isTaking),
  };
}

/** Whether the pod was made from another revision than the newest. */
function isOfOther({ pod }: NodeView, { updateRevision }: StatefulSetView): boolean {
  return pod !== undefined && pod.controllerRevision !== updateRevision;
}

/**
 * No pod is of the current revision any more, yet a pod below the partition would be made from it: an older version, on
 * newer data. It happens when the template changes again in the middle of a roll.
 */
function isCurrentRevisionGone({ currentRevision, updateRevision }: StatefulSetView, nodes: readonly NodeView[]): boolean {
  if (currentRevision === updateRevision || nodes.length === 0) return false;
  return nodes.every(({ pod }) => pod !== undefined && pod.controllerRevision !== currentRevision);
}

interface LostInput {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly statefulSet: StatefulSetView;
  readonly node: NodeView;
  /** Whether the user asks for something else than what the pod was made for. */
  readonly isAsked: boolean;
}

/**
 * A pod that cannot come up, or runs and waits in vain, and is not of the newest template; or none at all for long although there should be one (an
 * old template may be one that a quota forbids). The StatefulSet controller replaces neither below the partition, nor above
 * it as long as one that it has replaced is not ready (https://github.com/kubernetes/kubernetes/issues/67250).
 */
function isLost({ snapshot, engine, statefulSet, node, isAsked }: LostInput): boolean {
  // With the pod its volume would go: that is for ReplaceNode to decide.
  if (node.pod !== undefined && node.volumeDeletedAt !== undefined) return false;
  if (node.pod !== undefined) {
    if (node.pod.deleting || node.pod.ready || !isOfOther(node, statefulSet)) return false;
    if (isBroken(node, snapshot.now)) return true;
    // One that runs may come yet, so only an edit ends it: in an outage a new release of Navigator restarts nobody.
    return isAsked && desiredOf(node) === 'Running' && engine.waitsInVain(snapshot, node);
  }
  const isOld = node.ordinal < statefulSet.partition && statefulSet.currentRevision !== statefulSet.updateRevision;
  return isOld && node.ordinal < statefulSet.replicas && isLongGone(node, statefulSet, snapshot.now);
}

interface PartitionInput {
  readonly statefulSet: StatefulSetView;
  readonly replicas: number;
  readonly nodes: readonly NodeView[];
  readonly hasTemplate: boolean;
  readonly begun: boolean;
  readonly isAdrift: boolean;
  readonly next: NodeView | undefined;
}

function heldPartition({ statefulSet, replicas, nodes, hasTemplate, begun, isAdrift, next }: PartitionInput): number {
  // A new template must not fall into a partition that was lowered for another one: each pod has its turn again.
  if (!hasTemplate) return replicas;
  // Pods that have the newest template keep it if they are made again; no other one is touched.
  if (statefulSet.onDelete || isAdrift) {
    const others = nodes.filter((node) => node.pod === undefined || isOfOther(node, statefulSet));
    return Math.max(0, ...others.map(({ ordinal }) => ordinal + 1));
  }
  // Never lower than one step at a time can have led to, whatever somebody wrote there by hand.
  return begun ? Math.max(statefulSet.partition, next?.ordinal ?? 0) : replicas;
}

/** Nodes that still serve, but that the StatefulSet controller was told to replace. */
export function nodesToBeReplaced({ statefulSet, nodes }: PoolView): readonly NodeView[] {
  if (statefulSet === undefined) return [];
  const { partition, replicas } = statefulSet;
  return nodes.filter((node) => node.ordinal >= partition && node.ordinal < replicas && isOfOther(node, statefulSet));
}

/** How long a node may be away for a restart before its data is copied elsewhere after all, in ms. */
const AWAY_MS = 600_000;

/** Nodes that are being replaced or have been, and are not back yet, unless that takes too long. */
export function restartingNodes(snapshot: ClusterSnapshot, pool: PoolView, roll: Roll): readonly NodeView[] {
  if (!roll.begun) return [];
  const isRecent = (at: number): boolean => snapshot.now - at < AWAY_MS;
  const wasThere = ({ pilot }: NodeView): boolean => isRecent(Date.parse(pilot?.status.heartbeatTime ?? ''));
  const isAway = (node: NodeView): boolean => (node.pod === undefined ? wasThere(node) : isRecent(node.pod.createdAt));
  // A pod on a dead machine stays in its deletion for ever, and one that a quota forbids never comes.
  return [...nodesToBeReplaced(pool).filter(wasThere), ...unfinished(snapshot, pool, roll).filter(isAway)];
}

/** Nodes that have taken the new template, or are about to, and are not healthy with the wanted version. */
export function unfinished(snapshot: ClusterSnapshot, pool: PoolView, roll: Roll): readonly NodeView[] {
  const version = snapshot.cluster.spec.version;
  return pool.nodes.filter(
    (node) =>
      node.ordinal >= roll.statefulSet.partition &&
      node.ordinal < roll.replicas &&
      !roll.outdated.includes(node) &&
      !(isHealthy(node, snapshot.now) && node.pilot?.status.version === version),
  );
}
