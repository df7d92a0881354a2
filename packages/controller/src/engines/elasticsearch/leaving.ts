import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import type { Guard } from '../../actions/action.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { passUnless } from '../guard.ts';
import { currentView, memberOf } from './cluster-view.ts';
import { lastOfTier, noRoom, tooFewForData, tooFewLeaders, tooFewOfTier } from './enough-nodes.ts';
import { stillHolds } from './given-up.ts';
import { inTrouble, notFormed } from './guards.ts';
import { mayHave, mayHoldData } from './roles.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** A node may begin to leave when the nodes that stay are enough: for the copies, for its tier, to lead. */
export function mayLeave(snapshot: Snapshot, node: NodeView): Guard {
  const data = mayHoldData(snapshot, node)
    ? (tooFewForData(snapshot) ?? lastOfTier(snapshot, node) ?? tooFewOfTier(snapshot, node) ?? noRoom(snapshot, node))
    : undefined;
  const votes = mayHave(snapshot, node, 'master') ? tooFewLeaders(snapshot, node) : undefined;
  return passUnless(notFormed(snapshot) ?? inTrouble(snapshot) ?? votes ?? data);
}

/** A node may be stopped for good when it has given up its data and its vote, and somebody can still lead. */
export function hasLeft(snapshot: Snapshot, node: NodeView): Guard {
  const vote = mayHave(snapshot, node, 'master');
  const data = mayHoldData(snapshot, node);
  const leaders = vote ? tooFewLeaders(snapshot, node) : undefined;
  return passUnless(inTrouble(snapshot) ?? leaders ?? stillHolds(snapshot, node, { data, vote }));
}

/** The master lists the node no more: only then may its vote be given back, which deleting its Pilot does. */
export function isForgotten(snapshot: Snapshot, node: NodeView): Guard {
  const current = currentView(snapshot);
  if (!current.known) return passUnless(current.problem);
  const isListed = memberOf(current.report, node) !== undefined;
  return passUnless(isListed ? { reason: 'NodeLeaving', message: `The master still lists "${node.name}"` } : undefined);
}
