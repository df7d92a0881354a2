import type { CassandraClusterSpec } from '@navigator/api-types';
import { allNodes, isStartingLong } from '../../guards/node-state.ts';
import { claimOf } from '../../resources/claims.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { freshReports } from '../reports.ts';
import { DATA_CLAIM, isFormed } from './pools.ts';

type Snapshot = ClusterSnapshot<CassandraClusterSpec>;

/**
 * Whether the node has been starting for long and nobody sees it in the ring, be it as one that joins: so it is no replica, and
 * streams nothing. What a node does before it gossips (replaying its commit log) it can do once more. One that may be joining streams
 * for hours, and its own pilot does not tell the ring then, so all others have to.
 */
export function waitsInVain(snapshot: Snapshot, node: NodeView): boolean {
  if (!isStartingLong(node, snapshot.now)) return false;
  const reports = freshReports(snapshot);
  const others = allNodes(snapshot).filter(({ name, pilot }) => pilot !== undefined && name !== node.name);
  const [served, own] = [servedId(snapshot, node), hostId(snapshot, node)];
  // A volume that somebody has emptied joins anew, under another id than the one that its claim names.
  const mayJoin = isFormed(snapshot.cluster) && (served === undefined || served !== own);
  if (mayJoin && !others.every((other) => reports.some((report) => report.node === other))) return false;
  const theirs = new Set(others.map((other) => hostId(snapshot, other)));
  // Whoever belongs to no other node may be this one.
  const isOwn = (id: string): boolean => (own === undefined ? !theirs.has(id) : id === own);
  return !reports.some(({ view }) => view.members.some(({ id, state }) => isOwn(id) && state !== 'Down'));
}

function hostId(snapshot: Snapshot, node: NodeView): string | undefined {
  return node.pilot?.status.identity?.id ?? servedId(snapshot, node);
}

/** Host id of the node whose data its volume holds, once that has been in the ring. */
function servedId(snapshot: Snapshot, node: NodeView): string | undefined {
  return claimOf(snapshot, DATA_CLAIM, node)?.identity;
}
