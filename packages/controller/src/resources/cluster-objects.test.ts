import { LABELS, PILOT_PORT } from '@navigator/api-types';
import { isControlledBy, type KubeObject } from '@navigator/kube';
import { describe, expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { cassandraSnapshot, CLUSTER_UID, elasticsearchSnapshot, nodesOf } from '../testing/snapshots.ts';
import { buildClusterObjects } from './cluster-objects.ts';

const snapshot = elasticsearchSnapshot();
const objects = buildClusterObjects(snapshot, elasticsearch);

function objectOf(kind: string, from: readonly KubeObject[] = objects): KubeObject {
  const found = from.find((object) => object.kind === kind);
  if (!found) throw new TypeError(`no ${kind}`);
  return found;
}

test('every child is marked as ours and belongs to the cluster', () => {
  for (const object of [...objects, ...buildClusterObjects(cassandraSnapshot(), cassandra)]) {
    expect(object.metadata.labels).toMatchObject({ [LABELS.managedBy]: 'navigator', [LABELS.cluster]: 'demo' });
    expect(isControlledBy(object, CLUSTER_UID)).toBe(true);
    expect(object.metadata.namespace).toBe('shop');
  }
});

test('an ElasticsearchCluster and a CassandraCluster of one name share no child', () => {
  const all = [...objects, ...buildClusterObjects(cassandraSnapshot(), cassandra)];
  const keys = all.map((object) => `${object.kind}/${object.metadata.name}`);
  expect(new Set(keys).size).toBe(keys.length);
});

describe('rights of pilots', () => {
  const rules = objectOf('Role')['rules'];

  test('are to read the Pilots of the cluster and to patch their status, by name', () => {
    const resourceNames = nodesOf(snapshot).map((node) => node.name);
    expect(rules).toEqual([
      { apiGroups: ['navigator.dev'], resources: ['pilots'], resourceNames, verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['navigator.dev'], resources: ['pilots/status'], resourceNames, verbs: ['patch'] },
    ]);
  });

  test('cover nodes that are no longer wanted: they still have to report', () => {
    const shrinking = elasticsearchSnapshot({
      spec: { nodePools: [{ name: 'mixed', replicas: 1 }] },
      running: { nodePools: [{ name: 'mixed' }, { name: 'old' }] },
    });
    const [rule] = JSON.parse(JSON.stringify(objectOf('Role', buildClusterObjects(shrinking, elasticsearch))['rules']));
    expect(rule.resourceNames).toEqual(expect.arrayContaining(['es-demo-mixed-2', 'es-demo-old-0']));
  });

  test('never extend to every Pilot of the namespace: a rule without names would', () => {
    const empty = { ...snapshot, pools: [] };
    const [rule] = JSON.parse(JSON.stringify(objectOf('Role', buildClusterObjects(empty, elasticsearch))['rules']));
    expect(rule.resourceNames.length).toBeGreaterThan(0);
  });

  test('belong to the account that the pods run under', () => {
    expect(objectOf('RoleBinding')['subjects']).toEqual([{ kind: 'ServiceAccount', name: 'es-demo-pilot', namespace: 'shop' }]);
    expect(objectOf('ServiceAccount')).toMatchObject({
      metadata: { name: 'es-demo-pilot' },
      automountServiceAccountToken: false,
    });
  });
});

test('one node of the whole cluster may be evicted at a time', () => {
  const spec = objectOf('PodDisruptionBudget')['spec'];
  expect(spec).toEqual({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: { [LABELS.cluster]: 'demo', [LABELS.kind]: 'ElasticsearchCluster' } },
  });
});

function ports(rules: readonly { readonly ports: readonly { readonly port: number }[] }[]): number[] {
  return rules.flatMap((rule) => rule.ports.map(({ port }) => port));
}

test('peers come from the cluster only, clients and probes from anywhere', () => {
  const { ingress, policyTypes } = JSON.parse(JSON.stringify(objectOf('NetworkPolicy')['spec']));
  expect(policyTypes).toEqual(['Ingress']);
  const open = ingress.filter((rule: { from?: unknown }) => rule.from === undefined);
  expect(ports(open)).toEqual([9200, PILOT_PORT]);
  const closed = ingress.filter((rule: { from?: unknown }) => rule.from !== undefined);
  expect(ports(closed)).toEqual([9300]);
  expect(closed[0].from).toEqual([
    { podSelector: { matchLabels: { [LABELS.cluster]: 'demo', [LABELS.kind]: 'ElasticsearchCluster' } } },
  ]);
});
