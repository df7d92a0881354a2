import type { KubeObject } from '@navigator/kube';
import { buildClientService, buildNodesService } from '../../resources/service.ts';
import type { ControllerEngine } from '../engine.ts';
import type { CassandraCluster } from './pools.ts';

export const CQL_PORT = 9042;
/** Nodes among themselves, with or without TLS since 4.0. JMX (7199) is not opened at all: it is for loopback only. */
export const INTERNODE_PORT = 7000;

const CQL = { name: 'cql', port: CQL_PORT };
const INTERNODE = { name: 'intra', port: INTERNODE_PORT };

/** `cass-<cluster>-nodes` for the nodes among themselves, `cass-<cluster>-cql` for clients. */
export function buildObjects(cluster: CassandraCluster, engine: ControllerEngine): KubeObject[] {
  return [
    buildNodesService(cluster, engine, [CQL, INTERNODE]),
    buildClientService({ cluster, engine, word: 'cql', ports: [CQL] }),
  ];
}
