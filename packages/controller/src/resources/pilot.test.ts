import { ANNOTATIONS } from '@navigator/api-types';
import { expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { cassandraSnapshot, CLUSTER_UID, elasticsearchSnapshot } from '../testing/snapshots.ts';
import { buildPilot } from './pilot.ts';

const formed = elasticsearchSnapshot();

function annotated<Spec extends ClusterSnapshot>(snapshot: Spec, annotations: Readonly<Record<string, string>>): Spec {
  return { ...snapshot, cluster: { ...snapshot.cluster, annotations } };
}

test('is called like its pod and belongs to the cluster, so that it outlives the pod', () => {
  const { metadata } = buildPilot({ snapshot: formed, engine: elasticsearch, pool: 'mixed', ordinal: 2 });
  expect(metadata).toMatchObject({ name: 'es-demo-mixed-2', namespace: 'shop' });
  expect(metadata.ownerReferences).toMatchObject([{ uid: CLUSTER_UID, controller: true }]);
});

test('once the cluster has formed nobody is told to bootstrap', () => {
  const { spec } = buildPilot({ snapshot: formed, engine: elasticsearch, pool: 'mixed', ordinal: 0 });
  expect(spec).toEqual({
    cluster: { kind: 'ElasticsearchCluster', name: 'demo' },
    nodePool: 'mixed',
    seeds: ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'],
  });
});

test('while it forms, the members that were written down are told so, and no others', () => {
  const snapshot = annotated(formed, { [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0,es-demo-mixed-1' });
  const bootstrapOf = (ordinal: number): unknown =>
    JSON.parse(JSON.stringify(buildPilot({ snapshot, engine: elasticsearch, pool: 'mixed', ordinal })['spec'])).bootstrap;
  expect(bootstrapOf(0)).toEqual({ initialMembers: ['es-demo-mixed-0', 'es-demo-mixed-1'] });
  expect(bootstrapOf(2)).toBeUndefined();
});

test('nobody bootstraps before the members are written down', () => {
  const snapshot = annotated(formed, {});
  expect(buildPilot({ snapshot, engine: elasticsearch, pool: 'mixed', ordinal: 0 })['spec']).not.toHaveProperty('bootstrap');
});

test('a node of Cassandra that is to join gets the seeds, without itself', () => {
  const one = { nodePools: [{ name: 'ring', replicas: 1 }] };
  const snapshot = cassandraSnapshot({ spec: { nodePools: [{ name: 'ring', replicas: 2 }] }, running: one });
  expect(buildPilot({ snapshot, engine: cassandra, pool: 'ring', ordinal: 1 })['spec']).toMatchObject({
    seeds: ['cass-demo-ring-0'],
  });
});
