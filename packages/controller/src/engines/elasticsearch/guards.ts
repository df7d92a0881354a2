import { ANNOTATIONS, type ElasticsearchClusterSpec } from '@navigator/api-types';
import type { Guard } from '../../actions/action.ts';
import { allNodes } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { passUnless, type Problem } from '../guard.ts';
import type { Report } from '../reports.ts';
import { currentView, memberOf } from './cluster-view.ts';
import { tooFewForData, tooFewLeaders } from './enough-nodes.ts';
import { stillHolds } from './given-up.ts';
import { holdsData } from './pools.ts';
import { losesData, losesVote } from './roles.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** Nodes join in any number at any time, once there is a cluster that is not in trouble. */
export function mayScaleOut(snapshot: Snapshot): Guard {
  return passUnless(notFormed(snapshot) ?? inTrouble(snapshot));
}

/**
 * A node may be stopped when every shard has a started copy elsewhere. Green says so for every index with replicas. A
 * cluster of one data node can never be Green while an index asks for a replica; there, Yellow is as good as it gets.
 */
export function mayRestart(snapshot: Snapshot, node: NodeView): Guard {
  return passUnless(missingMember(snapshot) ?? inTrouble(snapshot) ?? yellow(snapshot, node) ?? hasToGiveUp(snapshot, node));
}

/**
 * A node that comes back without its data roles must be empty before: with shards on its volume Elasticsearch refuses to start
 * so. One that comes back without the role master must have lost its vote.
 */
function hasToGiveUp(snapshot: Snapshot, node: NodeView): Problem | undefined {
  const gives = losesData(snapshot, node);
  const votes = losesVote(snapshot, node);
  if (!gives && !votes) return undefined;
  const enough = (gives ? tooFewForData(snapshot) : undefined) ?? (votes ? tooFewLeaders(snapshot, node) : undefined);
  return enough ?? stillHolds(snapshot, node, { data: gives, vote: votes });
}

export function notFormed({ cluster }: Snapshot): Problem | undefined {
  if (cluster.annotations[ANNOTATIONS.clusterId] !== undefined) return undefined;
  return { reason: 'ClusterNotFormed', message: 'No master has been elected yet' };
}

export function inTrouble(snapshot: Snapshot): Problem | undefined {
  const current = currentView(snapshot);
  if (!current.known) return current.problem;
  const { view } = current.report;
  const words = view.message === undefined ? '' : `: ${view.message}`;
  if (view.health === 'Red') return { reason: 'ClusterHealthRed', message: `The cluster is Red, data is missing${words}` };
  if (view.health === 'Green' || view.health === 'Yellow') return undefined;
  return { reason: 'ClusterHealthUnknown', message: `The master does not know the cluster's health${words}` };
}

/** Every node that was told to start must be in the cluster. One that was not told yet is nobody's loss. */
function missingMember(snapshot: Snapshot): Problem | undefined {
  const current = currentView(snapshot);
  if (!current.known) return current.problem;
  const { report } = current;
  const missing = allNodes(snapshot).find((node) => node.pilot !== undefined && memberOf(report, node)?.state !== 'Up');
  return missing && { reason: 'MembersMissing', message: `"${missing.name}" is not in the cluster that the master sees` };
}

function yellow(snapshot: Snapshot, node: NodeView): Problem | undefined {
  const current = currentView(snapshot);
  if (!current.known || current.report.view.health === 'Green' || dataNodes(snapshot) < 2) return undefined;
  if (isByMixedVersions(snapshot, current.report, node)) return undefined;
  const words = current.report.view.message ?? 'some shards have no second copy';
  return { reason: 'ClusterHealthYellow', message: `The cluster is Yellow: ${words}` };
}

/**
 * In the middle of an upgrade no older node may take a copy of a shard that a newer one leads, so a new index whose primary
 * lands on a newer node stays Yellow until another node is upgraded: waiting for Green would be waiting for ever. So the
 * next node may go if nothing is being recovered and none of the shards without a second copy is on it.
 */
function isByMixedVersions(snapshot: Snapshot, report: Report, node: NodeView): boolean {
  // A master with 7.17 does not tell the versions of the members; each node's own pilot does.
  const members = allNodes(snapshot).flatMap((other) => {
    const member = memberOf(report, other);
    return member === undefined ? [] : [member.version ?? other.pilot?.status.version];
  });
  const versions = new Set(members.filter((version) => version !== undefined));
  return versions.size > 1 && report.view.recovering === 0 && memberOf(report, node)?.soleCopies === 0;
}

function dataNodes(snapshot: Snapshot): number {
  const pools = snapshot.cluster.spec.nodePools.filter(holdsData).map((pool) => pool.name);
  return allNodes(snapshot).filter((node) => node.pilot !== undefined && pools.includes(node.pool)).length;
}
