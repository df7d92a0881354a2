import { type ElasticsearchClusterSpec, HEARTBEAT_INTERVAL_MS } from '@navigator/api-types';
import { desiredOf } from '../../guards/desired-state.ts';
import { firstUnhealthyHeld, hasHeard, holdForNode, RECHECK_MS } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import type { Replacement } from '../engine.ts';
import type { Problem } from '../guard.ts';
import type { Report } from '../reports.ts';
import { currentView, memberOf } from './cluster-view.ts';
import { lastOfTier, lastWithData, noRoom, tooFewForData, tooFewLeaders, tooFewOfTier } from './enough-nodes.ts';
import { stillHolds } from './given-up.ts';
import { inTrouble, notFormed } from './guards.ts';
import { mayHave, mayHoldData } from './roles.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** How old the report may be that a volume is given up for, in ms: one heartbeat, which comes some seconds early or late. */
const REPORT_AGE_MS = 1.25 * HEARTBEAT_INTERVAL_MS;

/**
 * Whether a node may lose its volume. Never while the cluster is Red or unknown: what is missing may be there alone. One that the
 * elected master does not list may, for every shard has its primary elsewhere. One that it lists leaves first, as in a scale in;
 * where the nodes that stay cannot take what it holds, it is enough that each shard there has a good copy on another node too.
 */
export function mayReplace(snapshot: Snapshot, node: NodeView): Replacement {
  const trouble = notFormed(snapshot) ?? inTrouble(snapshot);
  if (trouble !== undefined) return held(withReason(trouble, node));
  const current = currentView(snapshot);
  if (!current.known) return held(current.problem);
  const leaders = mayHave(snapshot, node, 'master') ? tooFewLeaders(snapshot, node) : undefined;
  if (leaders !== undefined) return held({ reason: 'DataNotElsewhere', message: leaders.message });
  const doubt = notOfNow(snapshot, current.report);
  if (memberOf(current.report, node) !== undefined) return mayReplaceMember(snapshot, node, doubt);
  return doubt === undefined ? { pass: true } : held(doubt);
}

/** A pod that goes with its volume is not made again from it: so the master's pilot must be there now, and know its newest order. */
function notOfNow({ now }: Snapshot, { node: leader, at }: Report): Problem | undefined {
  if (now - at <= REPORT_AGE_MS && hasHeard(leader)) return undefined;
  return { reason: 'ClusterHealthUnknown', message: `The master's report (by "${leader.name}") is not of now` };
}

function mayReplaceMember(snapshot: Snapshot, node: NodeView, doubt: Problem | undefined): Replacement {
  // One that a Scale has yet to make holds nothing, and that Scale may be waiting for this node.
  const sick = firstUnhealthyHeld(snapshot, node);
  if (sick !== undefined) return { pass: false, hold: holdForNode(sick) };
  const data = mayHoldData(snapshot, node);
  const alone = data ? (lastWithData(snapshot, node) ?? lastOfTier(snapshot, node)) : undefined;
  if (alone !== undefined) return held({ reason: 'DataNotElsewhere', message: alone.message });
  const barred = data ? whyNotEmptied(snapshot, node) : undefined;
  if (barred?.reason === 'ClusterHealthUnknown') return held(barred);
  if (desiredOf(node) !== 'Leaving') return leaves({ reason: 'NodeLeaving', message: `"${node.name}" has yet to leave` });
  const vote = mayHave(snapshot, node, 'master');
  const gives = { data, vote, comesBack: barred === undefined ? 'empty' : 'shared' } as const;
  const still = stillHolds(snapshot, node, gives) ?? doubt;
  return still === undefined ? { pass: true } : leaves(still);
}

/** Why not all that the node holds can go to those that stay; undefined when it can. */
export function whyNotEmptied(snapshot: Snapshot, node: NodeView): Problem | undefined {
  return tooFewForData(snapshot, node) ?? tooFewOfTier(snapshot, node) ?? noRoom(snapshot, node);
}

/** What the person who deleted the claim may do about it. */
function withReason({ reason, message }: Problem, { name }: NodeView): Problem {
  if (reason !== 'ClusterHealthRed') return { reason, message };
  const what = `what is missing may be on the volume of "${name}" alone; delete the pod yourself only if that may go`;
  return { reason, message: `${message}; ${what}` };
}

function held(problem: Problem): Replacement {
  return { pass: false, hold: { ...problem, recheckAfterMs: RECHECK_MS } };
}

function leaves(problem: Problem): Replacement {
  return { pass: false, leaves: true, hold: { ...problem, recheckAfterMs: RECHECK_MS } };
}
