import type { ElasticsearchClusterSpec, Member } from '@navigator/api-types';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import type { Problem } from '../guard.ts';
import type { Report } from '../reports.ts';
import { currentView, memberOf } from './cluster-view.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** What a node has to give up. */
export interface Given {
  readonly data: boolean;
  readonly vote: boolean;
  /** It comes back with an empty volume: `empty` is how it leaves, or `shared` when copies may stay of which another node has a good one. */
  readonly comesBack?: 'empty' | 'shared';
}

/**
 * What the node has to give up and still has, by the elected master's own report, of one look: the orders are in force, no copy
 * of a shard is on the node or on its way to it, no shard is without a node, and the voters that the cluster has agreed on are
 * without it. Whatever is not told is not so. Undefined: it has given up all of it.
 */
export function stillHolds(snapshot: Snapshot, node: NodeView, gives: Given): Problem | undefined {
  const current = currentView(snapshot);
  if (!current.known) return current.problem;
  const { report } = current;
  const member = memberOf(report, node);
  const data = gives.data ? dataOf(gives)(report, node, member) : undefined;
  return data ?? (gives.vote ? holdsVote(report, node, member) : undefined);
}

type Holds = (report: Report, node: NodeView, member: Member | undefined) => Problem | undefined;

function dataOf({ comesBack }: Given): Holds {
  if (comesBack === 'shared') return holdsAlone;
  // Of one that goes for good a shard may wait that has no node now. Where no primary is missing, nobody needs this one for it.
  if (comesBack === 'empty') return holdsCopies;
  return (report, node, member) => holdsCopies(report, node, member) ?? hasUnassigned(report, node);
}

function holdsCopies(report: Report, node: NodeView, member: Member | undefined): Problem | undefined {
  const pending = notInForce(report, node, 'emptied');
  if (pending !== undefined) return pending;
  // A node that is not in the cluster holds no copy that the cluster knows of; what it alone had is without a node.
  const copies = member === undefined ? 0 : member.copies;
  if (copies === undefined)
    return { reason: 'ClusterHealthUnknown', message: `The master does not tell what "${node.name}" holds` };
  return copies > 0 ? { reason: 'NodeLeaving', message: `Pilot "${node.name}" still holds ${copies} shards` } : undefined;
}

function hasUnassigned({ view: { unassigned } }: Report, node: NodeView): Problem | undefined {
  if (unassigned === 0) return undefined;
  const message = `"${node.name}" is empty, but ${unassigned ?? 'an unknown number of'} shards are without a node`;
  return { reason: 'NodeLeaving', message };
}

/**
 * With the order in force no further move to the node begins, and one that is under way counts as the node's own: what others have
 * now they still have when its pod ends.
 */
function holdsAlone(report: Report, node: NodeView, member: Member | undefined): Problem | undefined {
  const pending = notInForce(report, node, 'emptied');
  if (pending !== undefined) return pending;
  const unshared = member?.unshared;
  if (unshared === 0) return undefined;
  if (unshared === undefined)
    return { reason: 'ClusterHealthUnknown', message: `The master does not tell whether others have what "${node.name}" holds` };
  const message = `"${node.name}" holds ${unshared} shards of which no other node has a good copy`;
  const { recovering = 0 } = report.view;
  // What is on its way to another node needs nobody's help.
  if (recovering === 0) return { reason: 'DataNotElsewhere', message };
  return { reason: 'NodeLeaving', message: `${message}, while ${recovering} shards are being built or moved` };
}

function holdsVote(report: Report, node: NodeView, member: Member | undefined): Problem | undefined {
  if (member === undefined) return absentVote(report, node);
  const pending = notInForce(report, node, 'voteless');
  if (pending === undefined && member.voter === false) return undefined;
  return pending ?? { reason: 'NodeLeaving', message: `Pilot "${node.name}" still has a vote` };
}

/**
 * Elasticsearch goes on counting a node that is away when fewer than three voters would be left. Which one it was is not told;
 * but all that stay are there, so whoever else is counted has left or is leaving.
 */
function absentVote({ view: { absentVoters } }: Report, node: NodeView): Problem | undefined {
  if (absentVoters === undefined)
    return { reason: 'ClusterHealthUnknown', message: `The master does not tell whether the vote of "${node.name}" counts` };
  if (absentVoters.length === 0) return undefined;
  return { reason: 'NodeLeaving', message: `Pilot "${node.name}" is away, and a vote of a node that is away still counts` };
}

/** Whether the report was made with the newest orders, these name the node, and the database confirms it. */
function notInForce({ node: leader, view }: Report, node: NodeView, order: 'emptied' | 'voteless'): Problem | undefined {
  const { pilot } = leader;
  const own = [node.name, node.pilot?.status.identity?.id];
  const isNamed = (names: readonly string[] | undefined): boolean => names?.some((name) => own.includes(name)) === true;
  const isSeen = pilot !== undefined && view.orders?.generation === pilot.generation;
  if (isNamed(pilot?.spec.orders?.[order]) && isSeen && isNamed(view.orders?.[order])) return undefined;
  const why = view.orders?.problem === undefined ? '' : `: ${view.orders.problem}`;
  const what = order === 'emptied' ? 'takes no more data' : 'has no vote';
  return { reason: 'OrderNotInForce', message: `Pilot "${leader.name}" has yet to see to it that "${node.name}" ${what}${why}` };
}
