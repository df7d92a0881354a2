import type { PodDisruptionBudget } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { childMeta, clusterSelector, NODES_WORD } from './labels.ts';

/**
 * One node of the whole cluster at a time may be evicted, across all pools: two pools of one budget each would let two
 * copies of the same data go at once.
 */
export function buildDisruptionBudget({ cluster }: ClusterSnapshot, engine: ControllerEngine): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMeta(cluster, engine, NODES_WORD),
    spec: { maxUnavailable: 1, selector: { matchLabels: clusterSelector(cluster) } },
  };
}
