import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { wantedNodes } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { mayHave } from './roles.ts';

/**
 * Two masters have one vote between them, since Elasticsearch keeps the number of votes odd: nobody can be elected while the node
 * that has it is away. Three have none to spare but one.
 */
export function costOfRestart(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>, node: NodeView): string | undefined {
  const masters = wantedNodes(snapshot).filter((other) => mayHave(snapshot, other, 'master'));
  if (masters.length > 2 || !masters.some(({ name }) => name === node.name)) return undefined;
  const count = masters.length === 1 ? 'only one node' : 'only two nodes';
  return `${count} can lead, so the cluster may take no writes while "${node.name}" restarts`;
}
