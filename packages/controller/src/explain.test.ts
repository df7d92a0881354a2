// Explainability (T25): whatever can keep a cluster from being Ready, its status says which Action waits, for which object,
// why, and what to do.
import {
  ADVICE,
  ANNOTATIONS,
  type Condition,
  type ElasticsearchClusterSpec,
  type Member,
  type PilotStatus,
  type Reason,
  REASONS,
  withAdvice,
} from '@navigator/api-types';
import type { KubeObject, Pod } from '@navigator/kube';
import { describe, expect, test } from 'vitest';
import { cassandra } from './engines/cassandra/index.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { plan } from './plan.ts';
import { podProblem } from './pod-problem.ts';
import { withProblems } from './report.ts';
import { templateHash } from './resources/stateful-set.ts';
import type { ClusterSnapshot, NodeView, PodView, StatefulSetView } from './snapshot.ts';
import { buildStatus, type ClusterStatus } from './status.ts';
import { leaving, withDesired, withVolumeDeleted } from './testing/leaving.ts';
import {
  cassandraSnapshot,
  elasticsearchSnapshot,
  iso,
  mapNodes,
  NOW,
  withNode,
  withoutPilot,
  withoutPod,
  withPilotStatus,
  withView,
} from './testing/snapshots.ts';

const FIRST = 'es-demo-mixed-0';
const SECOND = 'es-demo-mixed-1';
const THIRD = 'es-demo-mixed-2';
const RING = 'cass-demo-ring-1';

const es = elasticsearchSnapshot();
const ring = cassandraSnapshot();
const { [ANNOTATIONS.clusterId]: _clusterId, ...notFormed } = ring.cluster.annotations;
/** An upgrade whose first step may be taken. */
const upgrade = withWantedTemplate(elasticsearchSnapshot({ spec: { version: '8.15.3' }, running: { version: '8.15.0' } }));
/** Three nodes of which two shall stay. */
const smaller = elasticsearchSnapshot({
  spec: { nodePools: [{ name: 'mixed', replicas: 2 }] },
  running: { nodePools: [{ name: 'mixed', replicas: 3 }] },
});
/** A ring of three that shall have a fourth node. */
const growing = cassandraSnapshot({
  spec: { nodePools: [{ name: 'ring', replicas: 4 }] },
  running: { nodePools: [{ name: 'ring', replicas: 3 }] },
});

function withFullDisks(snapshot: ClusterSnapshot<ElasticsearchClusterSpec>): ClusterSnapshot<ElasticsearchClusterSpec> {
  const data = { bytes: 2 ** 30, shards: 9, volume: { totalBytes: 2 ** 31, freeBytes: 2 ** 29 } };
  return [FIRST, SECOND, THIRD].reduce((changed, name) => withPilotStatus(changed, name, { data }), snapshot);
}

function withWantedTemplate(snapshot: ClusterSnapshot): ClusterSnapshot {
  const pool = snapshot.cluster.spec.nodePools[0];
  if (!pool) throw new TypeError('no pool');
  return withSet(snapshot, { template: templateHash({ snapshot, engine: elasticsearch, pool }), updateRevision: 'new' });
}

/** One member of the ring as all its peers see it. */
function withMember(snapshot: ClusterSnapshot, name: string, change: Partial<Member>): ClusterSnapshot {
  return withView(snapshot, (view) => ({
    ...view,
    members: view.members.map((each) => (each.id === `id-${name}` ? { ...each, ...change } : each)),
  }));
}

function withPod<S extends ClusterSnapshot>(snapshot: S, name: string, change: Partial<PodView>): ClusterSnapshot {
  return withNode(snapshot, name, (node) => (node.pod ? { ...node, pod: { ...node.pod, ...change } } : node));
}

/** The pod as the kubelet or the scheduler tells of it. */
function withPodStatus(snapshot: ClusterSnapshot, name: string, status: object): ClusterSnapshot {
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' }, status };
  const problem = podProblem(pod);
  return withPod(snapshot, name, { ready: false, ...(problem ? { problem } : {}) });
}

function waiting(reason: string, message?: string): object {
  const state = { waiting: { reason, ...(message ? { message } : {}) } };
  return { containerStatuses: [{ name: 'database', image: 'registry.test/es:8.15.0', restartCount: 7, state, lastState: {} }] };
}

function withSet(snapshot: ClusterSnapshot, change: Partial<StatefulSetView>): ClusterSnapshot {
  const pools = snapshot.pools.map((pool) =>
    pool.statefulSet ? { ...pool, statefulSet: { ...pool.statefulSet, ...change } } : pool,
  );
  return { ...snapshot, pools };
}

function everyPilot(snapshot: ClusterSnapshot, status: Partial<PilotStatus>): ClusterSnapshot {
  return mapNodes(snapshot, (node) =>
    node.pilot ? { ...node, pilot: { ...node.pilot, status: { ...node.pilot.status, ...status } } } : node,
  );
}

function withoutReports(node: NodeView): NodeView {
  if (node.pilot === undefined) return node;
  const { view: _view, ...status } = node.pilot.status;
  return { ...node, pilot: { ...node.pilot, status } };
}

/** What holds a cluster up, the reason that it must give, and what the message must name. */
const FAULTS: readonly (readonly [string, ClusterSnapshot, Reason, string])[] = [
  [
    'no room for a pod',
    withPodStatus(es, SECOND, {
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes: insufficient memory' }],
    }),
    'PodNotScheduled',
    `"${SECOND}"`,
  ],
  ['an image that is not there', withPodStatus(es, SECOND, waiting('ImagePullBackOff')), 'ImagePullFailed', `"${SECOND}"`],
  [
    'a container that ends again and again',
    withPodStatus(es, SECOND, waiting('CrashLoopBackOff')),
    'PodCrashLooping',
    `"${SECOND}"`,
  ],
  [
    'a container that cannot be made',
    withPodStatus(es, SECOND, waiting('CreateContainerConfigError', 'secret "x" not found')),
    'ProcessFailed',
    'secret "x" not found',
  ],
  [
    'a broken pod behind one that only waits',
    withPodStatus(withPod(es, FIRST, { ready: false }), SECOND, waiting('ImagePullBackOff')),
    'ImagePullFailed',
    `"${SECOND}"`,
  ],
  ['a pod that nobody makes (quota, policy)', withoutPod(es, SECOND), 'PilotNotReady', `"${SECOND}"`],
  ['a pod on its way out', withPod(es, SECOND, { deleting: true }), 'PilotNotReady', `"${SECOND}"`],
  ['a pod that is not ready', withPod(es, SECOND, { ready: false }), 'PilotNotReady', `"${SECOND}"`],
  [
    'a pilot that went silent',
    withPilotStatus(es, SECOND, { heartbeatTime: iso(NOW - 200_000) }),
    'PilotNotReporting',
    `"${SECOND}"`,
  ],
  ['all pilots silent', everyPilot(es, { heartbeatTime: iso(NOW - 200_000) }), 'PilotNotReporting', `"${FIRST}"`],
  ['a pilot that never reported', withPilotStatus(es, SECOND, { podUid: 'another' }), 'PilotNotReporting', `"${SECOND}"`],
  [
    'a volume of somebody else',
    withPilotStatus(es, SECOND, { phase: 'Refused', message: 'of another cluster' }),
    'DataRefused',
    'of another cluster',
  ],
  [
    'a Secret that is not right',
    withPilotStatus(es, SECOND, {
      phase: 'Refused',
      refusedFor: 'Secret',
      message: 'Secret "mine": tls.key does not belong to tls.crt',
    }),
    'SecretInvalid',
    'Secret "mine"',
  ],
  [
    'a database that ends by itself',
    withPilotStatus(es, SECOND, { phase: 'Failed', lastExit: { code: 137, at: iso(NOW), lastLines: ['OutOfMemory'] } }),
    'ProcessFailed',
    'OutOfMemory',
  ],
  [
    'a lost quorum',
    mapNodes(everyPilot(es, { health: 'Unhealthy', message: 'no master is known' }), withoutReports),
    'PilotNotReady',
    'no master is known',
  ],
  ['a Red database', withView(es, { health: 'Red', message: 'shard 0 of "orders" is nowhere' }), 'ClusterHealthRed', '"orders"'],
  ['nobody tells of the whole cluster', mapNodes(es, withoutReports), 'ClusterHealthUnknown', ''],
  [
    'an upgrade while Yellow',
    withView(upgrade, { health: 'Yellow', message: '1 replica is nowhere' }),
    'ClusterHealthYellow',
    'UpdateVersion of "es-demo-mixed-',
  ],
  [
    'an upgrade while Red',
    withView(upgrade, { health: 'Red', message: 'a shard is nowhere' }),
    'ClusterHealthRed',
    'UpdateVersion of "es-demo-mixed-',
  ],
  [
    'an upgrade that Kubernetes has not taken',
    withSet(upgrade, { observed: false }),
    'StatefulSetNotObserved',
    'UpdateVersion of "es-demo-mixed-',
  ],
  ['a StatefulSet on its way out', withSet(es, { deleting: true }), 'StatefulSetNotObserved', '"es-demo-mixed"'],
  [
    "a StatefulSet of somebody else's",
    {
      ...elasticsearchSnapshot({ exists: false }),
      pools: elasticsearchSnapshot({ exists: false }).pools.map((pool) => ({ ...pool, foreign: 'StatefulSet "es-demo-mixed"' })),
    },
    'ForeignObject',
    '"es-demo-mixed"',
  ],
  [
    'paused with work to do',
    elasticsearchSnapshot({ spec: { version: '8.15.3', paused: true }, running: { version: '8.15.0' } }),
    'Paused',
    'UpdateVersion of "es-demo-mixed-',
  ],
  ['an image of another version', withPilotStatus(es, SECOND, { version: '8.14.0' }), 'PilotOutdated', `"${SECOND}"`],
  ['work that goes on', upgrade, 'ActionRunning', 'UpdateVersion of "es-demo-mixed-'],
  [
    'fewer replicas of Cassandra',
    cassandraSnapshot({
      spec: { nodePools: [{ name: 'ring', replicas: 2 }] },
      running: { nodePools: [{ name: 'ring', replicas: 3 }] },
    }),
    'ScaleInUnsupported',
    '"ring"',
  ],
  [
    'a pool of Cassandra that is gone from the spec',
    cassandraSnapshot({ running: { nodePools: [{ name: 'ring' }, { name: 'old', replicas: 1 }] } }),
    'NodePoolRemovalUnsupported',
    '"old"',
  ],
  [
    'a volume claim of Cassandra that was deleted',
    withVolumeDeleted(ring, RING),
    'ReplaceUnsupported',
    `ReplaceNode of "${RING}" waits`,
  ],
  [
    'a volume claim that was deleted of the only node with data',
    withVolumeDeleted(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 1 }] } }), FIRST),
    'DataNotElsewhere',
    `"${FIRST}" is the last healthy node`,
  ],
  ['too few nodes for the copies', withView(smaller, { copiesAsked: 3 }), 'TooFewNodes', '3 copies'],
  ['disks that are too full', withFullDisks(smaller), 'NoRoom', `"${THIRD}" holds`],
  ['an order that is not carried out', withDesired(smaller, THIRD, 'Leaving'), 'OrderNotInForce', `"${THIRD}"`],
  ['a node that is suspended', withNode(es, SECOND, (node) => ({ ...node, suspended: true })), 'NodeSuspended', `"${SECOND}"`],
  ['a node that still has data', leaving(smaller, THIRD, { copies: 7 }), 'NodeLeaving', `"${THIRD}" still holds 7 shards`],
  [
    'a spec that cannot be',
    elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', roles: ['data'] }] } }),
    'InvalidSpec',
    'spec.nodePools',
  ],
  ['a node of the ring without a Pilot', withoutPilot(ring, RING), 'ActionRunning', `"${RING}"`],
  [
    'a scale while a member is down',
    withMember(growing, RING, { state: 'Down' }),
    'MembersMissing',
    'Scale of "cass-demo-ring" waits',
  ],
  [
    'a scale while a member joins',
    withMember(growing, RING, { state: 'Joining' }),
    'RangeMovement',
    'Scale of "cass-demo-ring" waits',
  ],
  [
    'a scale while schemas differ',
    withView(growing, { schemaVersions: ['schema-1', 'schema-2'] }),
    'SchemaDisagreement',
    'Scale of "cass-demo-ring" waits',
  ],
  [
    'a scale while the peers disagree',
    withView(growing, (view) => ({ ...view, members: view.members.slice(1) }), RING),
    'PeersDisagree',
    'Scale of "cass-demo-ring" waits',
  ],
  [
    'a volume that grows',
    elasticsearchSnapshot({
      spec: { nodePools: [{ name: 'mixed', persistence: { size: '20Gi' } }] },
      claims: [{ name: 'data-es-demo-mixed-0', uid: 'c', owners: [], requested: '20Gi', capacity: '10Gi' }],
    }),
    'VolumeResizing',
    'ResizeVolume of "data-es-demo-mixed-0" waits: Volume claim "data-es-demo-mixed-0" has 10Gi of 20Gi',
  ],
  [
    'a majority of masters that is lost',
    withoutPod(withoutPod(withView(es, { authoritative: false }), FIRST), SECOND),
    'QuorumLost',
    `"${FIRST}", "${SECOND}"`,
  ],
  ['data of a newer version', withPilotStatus(upgrade, THIRD, { dataVersion: '8.19.9' }), 'VersionPath', `"${THIRD}"`],
  ['an upgrade while a node has no Pilot', withoutPilot(upgrade, SECOND), 'PilotMissing', `"${SECOND}"`],
  [
    'a ring that has not formed',
    withoutPilot({ ...ring, cluster: { ...ring.cluster, annotations: notFormed } }, RING),
    'ClusterNotFormed',
    `"${RING}"`,
  ],
];

function ready(status: ClusterStatus): Condition {
  const condition = status.conditions.find(({ type }) => type === 'Ready');
  if (!condition) throw new TypeError('no Ready condition');
  return condition;
}

function statusOf(snapshot: ClusterSnapshot): ClusterStatus {
  const engine = snapshot.cluster.kind === cassandra.resource.kind ? cassandra : elasticsearch;
  return buildStatus(snapshot, plan(snapshot, engine), engine);
}

describe('whatever holds a cluster up', () => {
  test.each(FAULTS)('%s', (_fault, snapshot, reason, name) => {
    const status = statusOf(snapshot);
    const { status: is, message, ...condition } = ready(status);
    expect({ is, reason: condition.reason, message }).toEqual({ is: 'False', reason, message: expect.stringContaining(name) });
    if (withAdvice(reason, '') !== '') expect(message.endsWith(`; ${ADVICE[reason]}`)).toBe(true);
    // Whenever something is still to be done, the Action is named too.
    if (status.plan.length > 0) expect(status.action).toBe(status.plan[0]?.action);
  });

  test.each([
    ['ForeignObject', 'Service "es-demo-http" exists but does not belong to this cluster; delete or rename it', 'Stalled'],
    ['VolumeNotExpandable', 'Volume claim "data-es-demo-mixed-0" cannot grow to 20Gi: only dynamically provisioned', 'Stalled'],
    ['ApiError', 'Service "es-demo-http" could not be written: exceeded quota: services', 'Reconciling'],
  ] as const)('a child that could not be written: %s', (reason, message, type) => {
    const cluster: KubeObject = {
      apiVersion: es.cluster.apiVersion,
      kind: es.cluster.kind,
      metadata: { name: 'demo', generation: 1 },
    };
    const status = withProblems(cluster, statusOf(es), { problems: [{ reason, message, error: undefined }], now: NOW });
    expect(ready(status)).toMatchObject({ status: 'False', reason, message: withAdvice(reason, message) });
    expect(status.conditions.find((condition) => condition.type === type)).toMatchObject({ status: 'True', reason });
  });

  test('disks that run full make a cluster Degraded that is Ready all the same', () => {
    const { conditions } = statusOf(withView(es, { disk: '1 node is running low' }));
    const found = Object.fromEntries(conditions.map(({ type, status, reason }) => [type, [status, reason]]));
    expect(found).toMatchObject({ Ready: ['True', 'AsExpected'], Degraded: ['True', 'DiskAlmostFull'] });
  });

  test('a Secret that went wrong under nodes that serve: Ready, and Degraded says which', () => {
    const { conditions } = statusOf(
      withPilotStatus(es, SECOND, {
        message: 'Secret "mine": the certificate has ended on 2026-03-01; renew it',
        concerns: 'Secret',
      }),
    );
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
    const told = { status: 'True', reason: 'SecretInvalid', message: expect.stringContaining('Secret "mine"') };
    expect(conditions.find(({ type }) => type === 'Degraded')).toMatchObject(told);
  });

  test('a pool that is put back with volumes that its StatefulSet cannot have: told while all else goes on', () => {
    const fixed = [{ field: 'storageClass', asked: 'slow', has: 'fast' }] as const;
    const withFixed = (given: ClusterSnapshot): ClusterSnapshot => ({
      ...given,
      pools: given.pools.map((pool) => ({ ...pool, fixed })),
    });
    const { conditions } = statusOf(withFixed(upgrade));
    const found = Object.fromEntries(conditions.map(({ type, status, reason }) => [type, [status, reason]]));
    const working = { Ready: ['False', 'ActionRunning'], Reconciling: ['True', 'ActionRunning'] };
    expect(found).toMatchObject({ ...working, Stalled: ['True', 'PersistenceFixed'] });
    const condition = ready(statusOf(withFixed(es)));
    const words = 'spec.nodePools "mixed": persistence.storageClass is slow, but StatefulSet "es-demo-mixed" was made with fast';
    expect(condition).toMatchObject({ status: 'False', reason: 'PersistenceFixed', message: expect.stringContaining(words) });
    expect(condition.message.endsWith(`; ${ADVICE.PersistenceFixed}`)).toBe(true);
  });

  test('every reason is tried here', () => {
    const tried = new Set<Reason>([
      ...FAULTS.map(([, , reason]) => reason),
      'ApiError',
      'VolumeNotExpandable',
      'DiskAlmostFull',
      'PersistenceFixed',
      'AsExpected',
      'NotPaused',
    ]);
    expect(REASONS.filter((reason) => !tried.has(reason))).toEqual([]);
  });
});
