import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import semver from 'semver';
import { isReporting, isStartingLong } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { freshReports } from '../reports.ts';
import { currentView, memberOf } from './cluster-view.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/**
 * Whether this node is no member and waits for it in vain: it can never be one as it is, or has found no master for long since its
 * process began. Who has no master serves no request and takes part in no write; what is on its volume survives a crash, and so does
 * its vote. So ending it costs nobody anything, whether others lead a cluster without it or none of them does.
 */
export function waitsInVain(snapshot: Snapshot, node: NodeView): boolean {
  return isShutOut(snapshot, node) || (isStartingLong(node, snapshot.now) && !isListed(snapshot, node));
}

/**
 * Elasticsearch lets none join that is older than all members (NodeJoinExecutor.ensureVersionBarrier). It happens to the last old
 * node of an upgrade when it is started again. By what the elected master says now; unknown is no.
 */
function isShutOut(snapshot: Snapshot, node: NodeView): boolean {
  const current = currentView(snapshot);
  // Of the process: what its volume was last opened with may be older.
  const own = isReporting(node, snapshot.now) ? node.pilot?.status.version : undefined;
  if (!current.known || own === undefined || memberOf(current.report, node) !== undefined) return false;
  const { members } = current.report.view;
  return members.length > 0 && members.every(({ version }) => isNewer(version, own));
}

/** Whether anybody who leads counts it among the members, be that believed or not: it may have joined since it last told. */
function isListed(snapshot: Snapshot, node: NodeView): boolean {
  return freshReports(snapshot).some((report) => report.view.authoritative && memberOf(report, node) !== undefined);
}

/** A private build may be called anything: then nobody knows. */
function isNewer(version: string | undefined, than: string): boolean {
  const [a, b] = [semver.coerce(version), semver.coerce(than)];
  return a !== null && b !== null && semver.gt(a, b);
}
