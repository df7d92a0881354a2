import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import semver from 'semver';
import { dataVersion } from '../../guards/data-version.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { currentView, memberOf } from './cluster-view.ts';

/**
 * Whether this node, as it is, can never be a member again: Elasticsearch lets none join that is older than all members
 * (NodeJoinExecutor.ensureVersionBarrier). It happens to the last old node of an upgrade when it is started again. By what the
 * elected master says now; unknown is no.
 */
export function isShutOut(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>, node: NodeView): boolean {
  const current = currentView(snapshot);
  const own = dataVersion(node);
  if (!current.known || own === undefined || memberOf(current.report, node) !== undefined) return false;
  const { members } = current.report.view;
  return members.length > 0 && members.every(({ version }) => isNewer(version, own));
}

/** A private build may be called anything: then nobody knows. */
function isNewer(version: string | undefined, than: string): boolean {
  const [a, b] = [semver.coerce(version), semver.coerce(than)];
  return a !== null && b !== null && semver.gt(a, b);
}
