import {
  API_VERSION,
  childName,
  elasticsearchClusterSpecSchema,
  pilotName,
  validateElasticsearchCluster,
  type ElasticsearchClusterSpec,
  type ElasticsearchNodePool,
} from '@navigator/api-types';
import { defineResource } from '@navigator/kube';
import { isHealthy } from '../../guards/node-state.ts';
import { commonRevisionInputs } from '../../resources/revision.ts';
import type { ClusterSnapshot } from '../../snapshot.ts';
import type { ControllerEngine } from '../engine.ts';
import { currentView } from './cluster-view.ts';
import { health, mayRestart, mayScaleOut } from './guards.ts';
import { buildObjects, HTTP_PORT, TRANSPORT_PORT } from './objects.ts';
import { describePod } from './pod.ts';
import { canLead, holdsData, isMasterEligible, poolOf, type ElasticsearchCluster } from './pools.ts';
import { rollOrder } from './roll-order.ts';

const [group = '', version = ''] = API_VERSION.split('/');
const PREFIX = 'es';

/**
 * Elasticsearch in the controller. Its nodes may start in parallel: masters elect a leader by quorum and the rest join.
 * What is known of the cluster is what the elected master's pilot reports (cluster-view.ts says when that is believed).
 */
export const elasticsearch: ControllerEngine<ElasticsearchClusterSpec> = {
  name: 'elasticsearch',
  resource: defineResource({ group, version, kind: 'ElasticsearchCluster', plural: 'elasticsearchclusters' }),
  childPrefix: PREFIX,
  ports: { client: [HTTP_PORT], peer: [TRANSPORT_PORT] },
  parseSpec: (spec) => elasticsearchClusterSpecSchema.parse(spec),
  validate: (cluster) =>
    validateElasticsearchCluster(cluster.spec, { name: cluster.name, runningVersion: cluster.status.version }),
  revisionInputs: (cluster, pool) => ({
    ...commonRevisionInputs(cluster.spec, pool),
    roles: poolOf(cluster, pool.name).roles.toSorted(),
  }),
  describePod: (cluster, pool) => describePod(cluster, pool, elasticsearch),
  buildObjects: (cluster) => buildObjects(cluster, elasticsearch),
  initialMembers: (cluster) => podNames(cluster, canLead),
  seeds: ({ cluster }) => podNames(cluster, isMasterEligible),
  clusterId,
  health,
  mayStart: () => ({ pass: true }),
  mayScaleOut,
  mayRestart,
  rollOrder,
  summarize,
};

function podNames(cluster: ElasticsearchCluster, chosen: (pool: ElasticsearchNodePool) => boolean): string[] {
  return cluster.spec.nodePools.filter(chosen).flatMap((pool) => {
    const statefulSet = childName(PREFIX, cluster.name, pool.name);
    return Array.from({ length: pool.replicas }, (_, ordinal) => pilotName(statefulSet, ordinal));
  });
}

/** Elasticsearch says `_na_` until a master has been elected and has committed the first cluster state. */
function clusterId(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>): string | undefined {
  const current = currentView(snapshot);
  const id = current.known ? current.report.view.clusterId : undefined;
  return id === '' || id === '_na_' ? undefined : id;
}

function summarize(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>): Record<string, string> {
  const count = (chosen: (pool: ElasticsearchNodePool) => boolean): string => {
    const names = snapshot.cluster.spec.nodePools.filter(chosen).map((pool) => pool.name);
    const nodes = snapshot.pools.flatMap((pool) => pool.nodes).filter((node) => node.wanted && names.includes(node.pool));
    return `${nodes.filter((node) => isHealthy(node, snapshot.now)).length}/${nodes.length}`;
  };
  return { masters: count(isMasterEligible), data: count(holdsData), ingest: count((pool) => pool.roles.includes('ingest')) };
}
