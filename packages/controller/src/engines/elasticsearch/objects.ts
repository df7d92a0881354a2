import { roleLabel } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';
import { buildClientService, buildNodesService } from '../../resources/service.ts';
import type { ControllerEngine } from '../engine.ts';
import { CLIENT_ROLE, isDedicatedMaster, type ElasticsearchCluster } from './pools.ts';

export const HTTP_PORT = 9200;
export const TRANSPORT_PORT = 9300;
/** Last word of the name of the Service for clients. */
export const HTTP_WORD = 'http';

const HTTP = { name: 'http', port: HTTP_PORT };
const TRANSPORT = { name: 'transport', port: TRANSPORT_PORT };

/** `es-<cluster>-nodes` for the nodes among themselves, `es-<cluster>-http` for clients. */
export function buildObjects(cluster: ElasticsearchCluster, engine: ControllerEngine): KubeObject[] {
  const spared = cluster.spec.nodePools.some((pool) => !isDedicatedMaster(pool));
  const selector = spared ? { [roleLabel(CLIENT_ROLE)]: 'true' } : {};
  return [
    buildNodesService(cluster, engine, [HTTP, TRANSPORT]),
    buildClientService({ cluster, engine, word: HTTP_WORD, ports: [HTTP], selector }),
  ];
}
