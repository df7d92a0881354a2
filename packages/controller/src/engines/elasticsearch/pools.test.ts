import { roleLabel } from '@navigator/api-types';
import { expect, test } from 'vitest';
import { plan } from '../../plan.ts';
import { buildPilot } from '../../resources/pilot.ts';
import { elasticsearchSnapshot } from '../../testing/snapshots.ts';
import { elasticsearch } from './index.ts';
import { poolOf } from './pools.ts';

const tiers = elasticsearchSnapshot({
  spec: {
    nodePools: [
      { name: 'master', roles: ['master'] },
      { name: 'hot', roles: ['data_hot', 'data_content', 'ingest'], replicas: 2 },
      { name: 'tie', roles: ['master', 'voting_only'], replicas: 1 },
      { name: 'frozen', roles: ['data_frozen'], replicas: 1 },
      { name: 'warm', roles: ['data_warm'], replicas: 1 },
      { name: 'front', roles: [], replicas: 1 },
      { name: 'cold', roles: ['data_cold'], replicas: 1 },
      { name: 'ml', roles: ['ml'], replicas: 1 },
      { name: 'both', roles: ['data_cold', 'data_hot'], replicas: 1 },
    ],
  },
});

test('pools are rolled from the coldest tier to the masters', () => {
  expect(elasticsearch.rollOrder(tiers)).toEqual(['frozen', 'cold', 'warm', 'hot', 'both', 'front', 'ml', 'master', 'tie']);
});

test('the cluster is formed by every node that can lead, and by no other', () => {
  expect(elasticsearch.initialMembers(tiers)).toEqual(['es-demo-master-0', 'es-demo-master-1', 'es-demo-master-2']);
});

test('nobody forms a cluster where a volume holds one: an empty majority would leave it aside', () => {
  const claims = [{ name: 'data-es-demo-mixed-0', uid: 'u0', owners: [], identity: 'node-0' }];
  const remade = elasticsearchSnapshot({ exists: false, claims });
  expect(elasticsearch.initialMembers(remade)).toEqual([]);
  expect(plan(remade, elasticsearch).clusterAnnotations).toEqual({ 'navigator.dev/initial-members': 'none' });
  const written = { ...remade, cluster: { ...remade.cluster, annotations: { 'navigator.dev/initial-members': 'none' } } };
  expect(buildPilot({ snapshot: written, engine: elasticsearch, pool: 'mixed', ordinal: 0 })['spec']).not.toHaveProperty(
    'bootstrap',
  );
});

test('seeds are all master-eligible nodes', () => {
  expect(elasticsearch.seeds(tiers)).toContain('es-demo-tie-0');
  expect(elasticsearch.seeds(tiers)).toHaveLength(4);
});

test('columns count nodes by role', () => {
  expect(elasticsearch.summarize(tiers)).toEqual({ masters: '4/4', data: '6/6', ingest: '2/2' });
});

test('clients are led to every node but dedicated masters', () => {
  const service = elasticsearch.buildObjects(tiers.cluster).find(({ metadata }) => metadata.name === 'es-demo-http');
  expect(service?.['spec']).toMatchObject({ selector: { [roleLabel('client')]: 'true' } });
  const clients = tiers.cluster.spec.nodePools.filter((pool) =>
    elasticsearch.describePod(tiers.cluster, pool).roles.includes('client'),
  );
  expect(clients.map((pool) => pool.name)).toEqual(['hot', 'frozen', 'warm', 'front', 'cold', 'ml', 'both']);
});

test('where there are only masters, clients are led to them', () => {
  const { cluster } = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'master', roles: ['master'] }] } });
  const service = elasticsearch.buildObjects(cluster).find(({ metadata }) => metadata.name === 'es-demo-http');
  expect(service?.['spec']).not.toHaveProperty(['selector', roleLabel('client')]);
});

test('roles are part of the revision, their order is not', () => {
  expect(revisionInputs(['master', 'data'])).toEqual(revisionInputs(['data', 'master']));
  expect(revisionInputs(['master', 'data'])).not.toEqual(revisionInputs(['master', 'data', 'ingest']));
});

function revisionInputs(roles: readonly string[]): unknown {
  const { cluster } = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', roles }] } });
  return elasticsearch.revisionInputs(cluster, poolOf(cluster, 'mixed'));
}

test('the pilot is told where to find the others, and its roles', () => {
  const { cluster } = elasticsearchSnapshot();
  const { pilotConfig, repository } = elasticsearch.describePod(cluster, poolOf(cluster, 'mixed'));
  expect(repository).toBe('docker.elastic.co/elasticsearch/elasticsearch');
  expect(pilotConfig).toEqual({
    clusterName: 'demo',
    roles: ['master', 'data', 'ingest'],
    seedService: 'es-demo-nodes.shop.svc',
    heapBytes: 988 * 1024 * 1024,
    security: { userSecrets: [], roleSecrets: [] },
    settings: {},
    jvmOptions: [],
  });
});

test('a pool that the spec does not have is a mistake in the code', () => {
  expect(() => poolOf(tiers.cluster, 'none')).toThrow('has no node pool "none"');
});

test('settings of the pool come before those of the cluster, and a change of either needs new pods', () => {
  const pools = [{ name: 'mixed', config: { http: { cors: { enabled: true } } } }, { name: 'other' }];
  const config = { 'http.cors.enabled': false, 'indices.query.bool.max_clause_count': 4096 };
  const { cluster } = elasticsearchSnapshot({ spec: { nodePools: pools, config } });
  const settingsFor = (name: string): unknown => elasticsearch.describePod(cluster, poolOf(cluster, name)).pilotConfig;
  expect(settingsFor('mixed')).toMatchObject({
    settings: { 'http.cors.enabled': 'true', 'indices.query.bool.max_clause_count': '4096' },
  });
  expect(settingsFor('other')).toMatchObject({ settings: { 'http.cors.enabled': 'false' } });
});

test('the same settings written in another way need no new pods', () => {
  const inputs = (config: unknown): unknown => {
    const { cluster } = elasticsearchSnapshot({ spec: { config } });
    return elasticsearch.revisionInputs(cluster, poolOf(cluster, 'mixed'));
  };
  expect(inputs({ http: { cors: { enabled: 'true' } }, action: {} })).toEqual(inputs({ 'http.cors.enabled': true }));
  expect(inputs({ 'http.cors.enabled': false })).not.toEqual(inputs({ 'http.cors.enabled': true }));
});

test('plugins are installed by the image itself, into a folder that the database may not write', () => {
  const { cluster } = elasticsearchSnapshot({ spec: { plugins: ['repository-hdfs', 'analysis-icu'] } });
  const { preparations = [] } = elasticsearch.describePod(cluster, poolOf(cluster, 'mixed'));
  expect(preparations).toMatchObject([{ name: 'install-plugins', folder: '/usr/share/elasticsearch/plugins' }]);
  expect(preparations[0]?.command.slice(-2), 'in one order, whatever the spec says').toEqual(['analysis-icu', 'repository-hdfs']);
  expect(elasticsearch.describePod(elasticsearchSnapshot().cluster, poolOf(cluster, 'mixed')).preparations).toBeUndefined();
});
