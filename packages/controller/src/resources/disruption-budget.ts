import type { PodDisruptionBudget } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import { desiredOf } from '../guards/desired-state.ts';
import { allNodes } from '../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import { childMeta, clusterSelector, NODES_WORD } from './labels.ts';

/**
 * One node of the whole cluster at a time may be evicted, across all pools: two pools of one budget each would let two
 * copies of the same data go at once. None while the database has data that only one node serves: a node that has come
 * back is ready long before its copies are, and the next one may hold the last good ones. One that does not serve may always
 * be evicted; it would else keep its Kubernetes node from being drained for ever. None at all while the claim of a node's
 * volume is deleted, whether the node is to be replaced or to leave: its volume would go with its pod.
 */
export function buildDisruptionBudget(snapshot: ClusterSnapshot, engine: ControllerEngine): PodDisruptionBudget {
  const { cluster } = snapshot;
  // One that is decommissioned has given up what it had; on a dead machine its pod may stay for ever.
  const isDoomed = (node: NodeView): boolean => node.volumeDeletedAt !== undefined && desiredOf(node) !== 'Decommissioned';
  const holdsDoomed = allNodes(snapshot).some(isDoomed);
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMeta(cluster, engine, NODES_WORD),
    spec: {
      maxUnavailable: !holdsDoomed && engine.mayLoseOne(snapshot) ? 1 : 0,
      unhealthyPodEvictionPolicy: holdsDoomed ? 'IfHealthyBudget' : 'AlwaysAllow',
      selector: { matchLabels: clusterSelector(cluster) },
    },
  };
}
