import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { currentView } from './cluster-view.ts';
import { inTrouble } from './guards.ts';
import { holdsData } from './pools.ts';

/**
 * Whether any one node may go without a shard losing its last good copy. Green says so. Under Yellow it is so when the master
 * counts no such shard on any node and builds no copy; a cluster that is Yellow for good, since an index asks for more copies than
 * there are nodes, must not keep its Kubernetes nodes from being drained.
 */
export function mayLoseOne(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>): boolean {
  const current = currentView(snapshot);
  if (!current.known || inTrouble(snapshot) !== undefined) return false;
  const { health, recovering, members } = current.report.view;
  if (health === 'Green') return true;
  const dataNodes = snapshot.pools.filter(({ name }) => {
    const pool = snapshot.cluster.spec.nodePools.find((candidate) => candidate.name === name);
    return pool !== undefined && holdsData(pool);
  });
  // A single data node can never have a second copy anywhere.
  if (dataNodes.reduce((sum, { nodes }) => sum + nodes.length, 0) < 2) return true;
  return recovering === 0 && members.every(({ soleCopies }) => soleCopies === 0);
}
