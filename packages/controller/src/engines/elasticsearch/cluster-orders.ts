import type { ClusterOrders, ElasticsearchClusterSpec } from '@navigator/api-types';
import { desiredOf } from '../../guards/desired-state.ts';
import { leavingNodes } from '../../guards/leaving.ts';
import { isHealthy, wantedNodes } from '../../guards/node-state.ts';
import { rollOf, type Roll, restartingNodes } from '../../guards/roll.ts';
import type { ClusterSnapshot, NodeView, PoolView } from '../../snapshot.ts';
import type { ControllerEngine } from '../engine.ts';
import { currentView, memberOf } from './cluster-view.ts';
import { tooFewForData, tooFewLeaders } from './enough-nodes.ts';
import { whyNotEmptied } from './replacing.ts';
import { losesData, losesVote, mayHave, mayHoldData, runningRoles, wantedRoles } from './roles.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** Every Pilot of a cluster bears the same orders: they are worked out once a snapshot. */
const known = new WeakMap<Snapshot, ClusterOrders>();

/**
 * What the elected master's pilot shall see to. Any node that can be elected bears the orders, so whoever leads has them. All
 * of it follows from the snapshot: a leave or a roll that is taken back takes its orders with it.
 */
export function orders(snapshot: Snapshot, node: NodeView, engine: ControllerEngine): ClusterOrders | undefined {
  if (!mayHave(snapshot, node, 'master') && wantedRoles(snapshot, node)?.includes('master') !== true) return undefined;
  const all = known.get(snapshot) ?? clusterOrders(snapshot, engine);
  known.set(snapshot, all);
  return Object.values(all).some((names) => names.length > 0) ? all : undefined;
}

function clusterOrders(snapshot: Snapshot, engine: ControllerEngine): ClusterOrders {
  const leaving = leavingNodes(snapshot);
  const rolls = engine.rollOrder(snapshot).flatMap((name) => {
    const view = snapshot.pools.find((pool) => pool.name === name);
    const roll = view && rollOf({ snapshot, engine, view });
    return view === undefined || roll === undefined ? [] : [{ view, roll }];
  });
  const stopping = rolls.flatMap(({ view, roll }) => toldToStop(view, roll));
  const losers = rolls.flatMap(({ roll }) => roll.outdated);
  // Of a process that has ended nothing is known any more, and it was empty before it was told to end.
  const givers = leaving.filter((node) => runningRoles(node) !== undefined || desiredOf(node) === 'Leaving');
  const emptied = [
    ...givers.filter((node) => mayHoldData(snapshot, node)),
    ...givingData(snapshot, losers),
    ...stopping.filter((node) => losesData(snapshot, node)),
  ];
  return {
    emptied: namesOf(emptied),
    voteless: [
      ...new Set([
        ...namesOf(stopping.filter((node) => losesVote(snapshot, node))),
        ...givingVote(snapshot, { leaving, rolls: rolls.map(({ roll }) => roll) }).map((node) => voterOf(snapshot, node)),
        ...lostVotes(snapshot, leaving),
      ]),
    ],
    restarting: namesOf(rolls.flatMap(({ view, roll }) => restartingNodes(snapshot, view, roll))),
  };
}

/**
 * Nodes that the StatefulSet was told to replace. What such a node has given up it must not get back while its process lives, and
 * it is not healthy while it stops: so its orders stand, whatever health says, until no process reports the roles of before.
 */
function toldToStop({ nodes }: PoolView, { begun, replicas, statefulSet }: Roll): readonly NodeView[] {
  return begun ? nodes.filter(({ ordinal }) => ordinal >= statefulSet.partition && ordinal < replicas) : [];
}

/** All nodes that lose their data roles at once, so that no shard moves twice; as long as the others are enough for the data. */
function givingData(snapshot: Snapshot, outdated: readonly NodeView[]): readonly NodeView[] {
  const losers = outdated.filter((node) => losesData(snapshot, node));
  return losers.length > 0 && tooFewForData(snapshot) === undefined ? losers : [];
}

/** One vote at a time in the whole cluster, and only while every node that stays is well. */
function givingVote(
  snapshot: Snapshot,
  { leaving, rolls }: { readonly leaving: readonly NodeView[]; readonly rolls: readonly Roll[] },
): readonly NodeView[] {
  const leaver = leaving.find((node) => mayHave(snapshot, node, 'master'));
  if (leaver !== undefined) return [leaver];
  const next = rolls.find(({ outdated }) => outdated.length > 0)?.outdated[0];
  if (next === undefined || !losesVote(snapshot, next) || tooFewLeaders(snapshot, next) !== undefined) return [];
  return wantedNodes(snapshot).every((node) => isHealthy(node, snapshot.now)) ? [next] : [];
}

/**
 * Whoever is to be emptied as well gives its vote only once it is empty. One that is replaced without that never is: so its vote
 * is asked for by its identity, which no other order names, and which the node that comes back has not.
 */
function voterOf(snapshot: Snapshot, node: NodeView): string {
  const keepsData = node.wanted && desiredOf(node) === 'Leaving' && whyNotEmptied(snapshot, node) !== undefined;
  return (keepsData ? node.pilot?.status.identity?.id : undefined) ?? node.name;
}

/**
 * A node that is away while it leaves has a vote by its id only. Which id is not known of every node; but while all that stay are
 * there, no other vote of an absent one is anybody's who stays.
 */
function lostVotes(snapshot: Snapshot, leaving: readonly NodeView[]): readonly string[] {
  const current = currentView(snapshot);
  if (!current.known) return [];
  const isAway = (node: NodeView): boolean => memberOf(current.report, node) === undefined;
  if (!leaving.some(isAway) || wantedNodes(snapshot).some(isAway)) return [];
  return current.report.view.absentVoters ?? [];
}

function namesOf(nodes: readonly NodeView[]): string[] {
  return [...new Set(nodes.map(({ name }) => name))];
}
