import { PILOT_PORT } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { childMeta, clusterSelector, NODES_WORD } from './labels.ts';

/**
 * Only nodes of the cluster reach the ports by which nodes talk to each other: whoever speaks there can join. Clients may
 * come from anywhere: only the user knows who they are, and a default that shuts them out would be worked around by
 * deleting the policy. The pilot's port serves probes and metrics only. What goes out is not restricted.
 */
export function buildNetworkPolicy({ cluster }: ClusterSnapshot, engine: ControllerEngine): KubeObject {
  const podSelector = { matchLabels: clusterSelector(cluster) };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: childMeta(cluster, engine, NODES_WORD),
    // client-node's model calls `from` `_from`, which is not what travels, so this is not typed as its NetworkPolicy.
    spec: {
      podSelector,
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector }], ports: tcp(engine.ports.peer) }, { ports: tcp([...engine.ports.client, PILOT_PORT]) }],
    },
  };
}

function tcp(ports: readonly number[]): { protocol: string; port: number }[] {
  return ports.map((port) => ({ protocol: 'TCP', port }));
}
