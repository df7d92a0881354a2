import {
  API_VERSION,
  childName,
  elasticsearchClusterSpecSchema,
  pilotName,
  settingsOf,
  validateElasticsearchCluster,
  type ElasticsearchClusterSpec,
  type ElasticsearchNodePool,
} from '@navigator/api-types';
import { defineResource } from '@navigator/kube';
import semver from 'semver';
import { isHealthy } from '../../guards/node-state.ts';
import { claimOf } from '../../resources/claims.ts';
import { commonRevisionInputs } from '../../resources/revision.ts';
import type { ClusterSnapshot } from '../../snapshot.ts';
import type { ControllerEngine } from '../engine.ts';
import { currentView } from './cluster-view.ts';
import { orders } from './cluster-orders.ts';
import { costOfRestart } from './cost-of-restart.ts';
import { mayRestart, mayScaleOut } from './guards.ts';
import { health } from './health.ts';
import { hasLeft, isForgotten, mayLeave } from './leaving.ts';
import { buildObjects, HTTP_PORT, TRANSPORT_PORT } from './objects.ts';
import { mayLoseOne } from './eviction.ts';
import { describePod } from './pod.ts';
import { mayReplace } from './replacing.ts';
import { canLead, DATA_CLAIM, holdsData, isMasterEligible, poolOf, type ElasticsearchCluster } from './pools.ts';
import { wantedSecrets } from './secrets.ts';
import { securityInputs } from './security.ts';
import { rollOrder } from './roll-order.ts';
import { waitsInVain } from './waits-in-vain.ts';

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
    security: securityInputs(cluster),
    settings: settingsOf(cluster.spec, poolOf(cluster, pool.name)),
    jvmOptions: poolOf(cluster, pool.name).jvmOptions,
    plugins: cluster.spec.plugins.toSorted(),
  }),
  secrets: (cluster) => wantedSecrets(cluster, elasticsearch),
  describePod: (cluster, pool) => describePod(cluster, pool, elasticsearch),
  buildObjects: (cluster) => buildObjects(cluster, elasticsearch),
  initialMembers,
  seeds: ({ cluster }) => podNames(cluster, isMasterEligible),
  clusterId,
  health,
  startsTogether: true,
  mayStart: () => ({ pass: true }),
  mayScaleOut,
  mayLeave,
  hasLeft,
  isForgotten,
  mayReplace,
  orders: (snapshot, node) => orders(snapshot, node, elasticsearch),
  costOfRestart,
  mayRestart,
  waitsInVain,
  mayLoseOne,
  // A node that has started once refuses any lower version, patch releases included (NodeMetadata).
  canOpen: (from, to) => semver.gte(to, from),
  rollOrder,
  summarize,
};

/**
 * All who can lead, unless one of them has data of an earlier life: an empty majority would elect itself and leave that
 * node's cluster aside, and both would take writes.
 */
function initialMembers(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>): readonly string[] {
  const names = podNames(snapshot.cluster, canLead);
  const nodes = snapshot.pools.flatMap((pool) => pool.nodes).filter((node) => names.includes(node.name));
  return nodes.some((node) => claimOf(snapshot, DATA_CLAIM, node)?.identity !== undefined) ? [] : names;
}

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
