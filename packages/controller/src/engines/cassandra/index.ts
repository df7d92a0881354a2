import {
  API_VERSION,
  cassandraClusterSpecSchema,
  validateCassandraCluster,
  type CassandraClusterSpec,
} from '@navigator/api-types';
import { defineResource } from '@navigator/kube';
import semver from 'semver';
import { commonRevisionInputs } from '../../resources/revision.ts';
import type { ClusterSnapshot } from '../../snapshot.ts';
import type { ControllerEngine } from '../engine.ts';
import { freshReports } from '../reports.ts';
import { mayLeave, mayReplace, mayRestart, mayScaleOut, mayStart } from './guards.ts';
import { health, summarize } from './health.ts';
import { buildObjects, CQL_PORT, INTERNODE_PORT } from './objects.ts';
import { describePod } from './pod.ts';
import { initialMembers, poolOf, PREFIX, rollOrder, writtenInitialMembers } from './pools.ts';
import { seeds } from './seeds.ts';
import { waitsInVain } from './waits-in-vain.ts';

const [group = '', version = ''] = API_VERSION.split('/');

/**
 * Cassandra in the controller. One node forms the ring, the others join one at a time; a node that has joined may start
 * whenever it likes. There is no leader: every pilot reports its own view, and ring.ts compares them.
 */
export const cassandra: ControllerEngine<CassandraClusterSpec> = {
  name: 'cassandra',
  resource: defineResource({ group, version, kind: 'CassandraCluster', plural: 'cassandraclusters' }),
  childPrefix: PREFIX,
  ports: { client: [CQL_PORT], peer: [INTERNODE_PORT] },
  parseSpec: (spec) => cassandraClusterSpecSchema.parse(spec),
  validate: (cluster) => validateCassandraCluster(cluster.spec, { name: cluster.name, runningVersion: cluster.status.version }),
  revisionInputs: (cluster, pool) => ({
    ...commonRevisionInputs(cluster.spec, pool),
    datacenter: cluster.spec.datacenter,
    rack: poolOf(cluster, pool.name).rack,
  }),
  secrets: () => undefined,
  describePod: (cluster, pool) => describePod(cluster, pool, cassandra),
  buildObjects: (cluster) => buildObjects(cluster, cassandra),
  initialMembers,
  seeds,
  clusterId,
  health,
  startsTogether: false,
  mayStart,
  mayScaleOut,
  mayLeave,
  hasLeft: mayLeave,
  isForgotten: () => ({ pass: true }),
  mayReplace,
  orders: () => undefined,
  costOfRestart: () => undefined,
  mayRestart,
  waitsInVain,
  mayLoseOne: (snapshot) => mayRestart(snapshot).pass,
  canOpen,
  rollOrder: ({ cluster }) => rollOrder(cluster),
  summarize,
};

/** The host id of the node that formed the ring, once it sees itself Up and Normal: Cassandra has no id of a cluster. */
function clusterId(snapshot: ClusterSnapshot<CassandraClusterSpec>): string | undefined {
  const initial = writtenInitialMembers(snapshot);
  const report = freshReports(snapshot).find(({ node }) => initial.includes(node.name));
  const id = report?.node.pilot?.status.identity?.id;
  const normal = report?.view.members.some((member) => member.id === id && member.state === 'Up');
  return normal === true ? id : undefined;
}

/** Files are the same throughout a line such as 4.1; from one to the next sstables and commit logs change, one way only. */
function canOpen(from: string, to: string): boolean {
  return semver.gte(to, from) || (semver.major(to) === semver.major(from) && semver.minor(to) === semver.minor(from));
}
