import type { Service } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterRecord } from '../snapshot.ts';
import { childMeta, clusterSelector, NODES_WORD } from './labels.ts';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
}

/**
 * The headless Service: DNS names of all nodes, ready or not, because nodes must find each other before they can become
 * ready.
 */
export function buildNodesService(cluster: ClusterRecord, engine: ControllerEngine, ports: readonly ServicePort[]): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMeta(cluster, engine, NODES_WORD),
    spec: {
      ...common(ports),
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: clusterSelector(cluster),
    },
  };
}

/** The Service for clients: ready nodes only. Its address is Kubernetes' to choose. */
export function buildClientService(options: {
  readonly cluster: ClusterRecord;
  readonly engine: ControllerEngine;
  /** Last word of its name. */
  readonly word: string;
  readonly ports: readonly ServicePort[];
  /** Narrows the nodes, e.g. to those with a role. */
  readonly selector?: Readonly<Record<string, string>>;
}): Service {
  const { cluster, engine, word, ports, selector } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMeta(cluster, engine, word),
    spec: { ...common(ports), selector: { ...clusterSelector(cluster), ...selector } },
  };
}

function common(ports: readonly ServicePort[]): NonNullable<Service['spec']> {
  return {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ports: ports.map(({ name, port }) => ({ name, port, targetPort: port, protocol: 'TCP' })),
  };
}
