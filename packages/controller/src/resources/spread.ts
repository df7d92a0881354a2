import type { ClusterRecord, NodePoolBase } from '../snapshot.ts';
import { clusterSelector, poolSelector } from './labels.ts';
import type { PodSpec } from './pod-types.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

/**
 * Spreads each pool evenly over zones and Kubernetes nodes, and keeps pods of other pools apart where there is room. A
 * pool that a nodeSelector ties to one zone (a rack) is spread over that zone only: node selectors are honoured by default.
 */
export function buildSpread(cluster: ClusterRecord, pool: NodePoolBase): Pick<PodSpec, 'topologySpreadConstraints' | 'affinity'> {
  const { zoneSpread } = cluster.spec;
  if (zoneSpread === 'None') return {};
  const whenUnsatisfiable = zoneSpread === 'Required' ? 'DoNotSchedule' : 'ScheduleAnyway';
  const labelSelector = { matchLabels: poolSelector(cluster, pool.name) };
  const apart = { labelSelector: { matchLabels: clusterSelector(cluster) }, topologyKey: HOST };
  return {
    topologySpreadConstraints: [ZONE, HOST].map((topologyKey) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector })),
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] } },
  };
}
