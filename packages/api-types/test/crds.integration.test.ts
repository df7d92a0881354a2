// The generated CRDs on a real kube-apiserver.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { cassandraClusterSpecSchema } from '../src/cassandra-cluster.ts';
import { KINDS } from '../src/crd.ts';
import { elasticsearchClusterSpecSchema } from '../src/elasticsearch-cluster.ts';
import { API_VERSION } from '../src/group.ts';
import { type ApiAnswer, type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './install-crds.ts';
import { type RuleCase, ruleCases } from './rule-cases.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

let api: ApiServer;
beforeAll(async () => {
  api = await startApiServer();
  await installCrds(api);
});
afterAll(async () => await api?.[Symbol.asyncDispose]());

type KindName = 'ElasticsearchCluster' | 'CassandraCluster' | 'Pilot';

function collection(kind: KindName): string {
  return `/apis/${API_VERSION}/namespaces/default/${kind.toLowerCase()}s`;
}

function cluster(kind: KindName, name: string, spec: unknown) {
  return { apiVersion: API_VERSION, kind, metadata: { name }, spec };
}

async function create(kind: KindName, name: string, spec: unknown): Promise<ApiAnswer> {
  return await api.call({ method: 'POST', path: `${collection(kind)}?fieldValidation=Strict`, body: cluster(kind, name, spec) });
}

async function dryRun(kind: KindName, name: string, spec: unknown): Promise<ApiAnswer> {
  const path = `${collection(kind)}?fieldValidation=Strict&dryRun=All`;
  return await api.call({ method: 'POST', path, body: cluster(kind, name, spec) });
}

async function remove(kind: KindName, name: string): Promise<void> {
  await api.ok({ method: 'DELETE', path: `${collection(kind)}/${name}` });
}

async function setStatus(kind: KindName, name: string, status: object): Promise<ApiAnswer> {
  const path = `${collection(kind)}/${name}/status`;
  return await api.call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { status } });
}

/** Replaces the whole spec, without keeping it. */
async function dryRunUpdate(kind: KindName, name: string, spec: unknown): Promise<ApiAnswer> {
  const path = `${collection(kind)}/${name}`;
  const { metadata } = await api.ok({ path });
  return await api.call({ method: 'PUT', path: `${path}?dryRun=All`, body: { ...cluster(kind, name, spec), metadata } });
}

async function ok(call: Promise<ApiAnswer>): Promise<void> {
  const { status, body } = await call;
  if (status >= 300) throw new Error(`${status} ${body?.message}`);
}

function causes(answer: ApiAnswer): { field: string; message: string }[] {
  return answer.body?.details?.causes ?? [];
}

async function attempt(ruleCase: RuleCase, spec: unknown, name: string): Promise<ApiAnswer> {
  const { kind, before, running } = ruleCase;
  if (before === undefined) return await dryRun(kind, name, spec);
  await ok(create(kind, name, before));
  try {
    if (running !== undefined) await ok(setStatus(kind, name, { version: running }));
    return await dryRunUpdate(kind, name, spec);
  } finally {
    await remove(kind, name);
  }
}

describe.each(ruleCases)('$kind: $title', (ruleCase) => {
  const [good, bad] = ruleCase.names ?? ['demo', 'demo'];

  test('accepted', async () => {
    const { body } = await attempt(ruleCase, ruleCase.accepted, good);
    expect(body).toMatchObject({ kind: ruleCase.kind });
  });

  test.skipIf(ruleCase.unseenAtAdmission)('refused', async () => {
    const answer = await attempt(ruleCase, ruleCase.refused, bad);
    expect(answer.status).toBe(422);
    const { path, message, schemaSays } = ruleCase;
    const [field, text] = schemaSays ?? [path, message];
    expect(causes(answer)).toContainEqual(expect.objectContaining({ field, message: expect.stringContaining(text) }));
  });
});

describe('what the schema says by itself', () => {
  const pool = (fields: object) => ({ version: '8.19.9', nodePools: [{ name: 'mixed', ...fields }] });
  test.each([
    ['spec.version', {}],
    ['spec.version', { version: 'latest' }],
    ['spec.nodePools', { version: '8.19.9', nodePools: [] }],
    ['spec.nodePools[0].name', { version: '8.19.9', nodePools: [{ replicas: 3 }] }],
    ['spec.nodePools[0].name', pool({ name: 'two-words' })],
    ['spec.nodePools[0].replicas', pool({ replicas: 0 })],
    ['spec.nodePools[0].replicas', pool({ replicas: 101 })],
    ['spec.nodePools[0].roles[0]', pool({ roles: ['leader'] })],
    ['spec.nodePools[0].persistence.size', pool({ persistence: { size: 'ten' } })],
    ['spec.nodePools[0].resources.limits.memory', pool({ resources: { limits: { memory: '2GB' } } })],
    ['spec.nodePools[0].jvmOptions[0]', pool({ jvmOptions: ['-a\n-Xmx1g'] })],
    ['spec.plugins[0]', { version: '8.19.9', plugins: ['--batch'] }],
    ['spec.plugins[0]', { version: '8.19.9', plugins: ['a; rm -rf /'] }],
    ['spec.zoneSpread', { version: '8.19.9', zoneSpread: 'Sometimes' }],
    ['spec.volumeReclaimPolicy', { version: '8.19.9', volumeReclaimPolicy: 'Keep' }],
  ])('%s is refused: %j', async (field, spec) => {
    const answer = await dryRun('ElasticsearchCluster', 'demo', spec);
    expect(answer.status).toBe(422);
    expect(causes(answer).map((cause) => cause.field)).toContain(field);
  });

  test('an unknown field is named, as kubectl asks by default', async () => {
    const answer = await dryRun('ElasticsearchCluster', 'demo', { version: '8.19.9', minimumMasters: 2 });
    expect(answer).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('unknown field "spec.minimumMasters"') },
    });
  });

  test('a quantity may be text or an integer', async () => {
    const spec = pool({ resources: { requests: { cpu: 1 }, limits: { cpu: 2, memory: 2147483648 } } });
    const { body } = await dryRun('ElasticsearchCluster', 'demo', spec);
    expect(elasticsearchClusterSpecSchema.parse(body.spec).nodePools[0]?.resources).toEqual({
      requests: { cpu: '1' },
      limits: { cpu: '2', memory: '2147483648' },
    });
  });
});

describe('five-line manifests', () => {
  test.each([
    ['ElasticsearchCluster', '8.19.9', elasticsearchClusterSpecSchema],
    ['CassandraCluster', '5.0.6', cassandraClusterSpecSchema],
  ] as const)('%s gets a whole spec and a status', async (kind, version, schema) => {
    const { body } = await create(kind, 'five', { version });
    expect(body.spec).toEqual(schema.parse({ version }));
    expect(body.status).toMatchObject({ observedGeneration: -1, conditions: [] });
    await remove(kind, 'five');
  });

  test('defaults reach into a pool that says little', async () => {
    const { body } = await dryRun('CassandraCluster', 'demo', {
      version: '5.0.6',
      nodePools: [{ name: 'a', resources: { limits: { memory: '1Gi' } } }],
    });
    expect(body.spec.nodePools[0]).toMatchObject({
      replicas: 3,
      persistence: { enabled: true, size: '10Gi' },
      resources: { requests: { cpu: '500m' }, limits: { memory: '1Gi' } },
    });
  });
});

describe('status', () => {
  test('is written apart from the spec, and the spec apart from the status', async () => {
    await create('ElasticsearchCluster', 'apart', { version: '8.19.9' });
    const path = `${collection('ElasticsearchCluster')}/apart`;
    const patch = { spec: { version: '8.19.10' }, status: { health: 'Green' } };
    const merge = { method: 'PATCH', contentType: 'application/merge-patch+json', body: patch } as const;
    const bySpec = await api.ok({ ...merge, path });
    expect([bySpec.spec.version, bySpec.status.health, bySpec.metadata.generation]).toEqual(['8.19.10', undefined, 2]);
    const byStatus = await api.ok({ ...merge, path: `${path}/status`, body: { ...patch, spec: { version: '8.19.11' } } });
    expect([byStatus.spec.version, byStatus.status.health, byStatus.metadata.generation]).toEqual(['8.19.10', 'Green', 2]);
    await remove('ElasticsearchCluster', 'apart');
  });

  test('is never refused for what the spec says', async () => {
    // A revert crosses with the report that every node has been upgraded: the spec is now below what runs.
    await create('ElasticsearchCluster', 'crossed', { version: '8.15.0' });
    const answer = await setStatus('ElasticsearchCluster', 'crossed', { version: '9.1.0', observedGeneration: 1 });
    expect(answer).toMatchObject({ status: 200, body: { status: { version: '9.1.0' } } });
    expect((await setStatus('ElasticsearchCluster', 'crossed', { version: '9.1.0-SNAPSHOT' })).status).toBe(200);
    await remove('ElasticsearchCluster', 'crossed');
  });

  test('of a Pilot begins with observedGeneration -1', async () => {
    const spec = { cluster: { kind: 'ElasticsearchCluster', name: 'demo' }, nodePool: 'mixed' };
    const { body } = await create('Pilot', 'es-demo-mixed-0', spec);
    expect(body.status).toEqual({ observedGeneration: -1 });
    await remove('Pilot', 'es-demo-mixed-0');
  });
});

describe('edits of one pool', () => {
  const pools = [{ name: 'mixed', roles: ['master', 'data'], persistence: { size: '20Gi' } }, { name: 'extra' }];
  const path = `${collection('ElasticsearchCluster')}/edited`;
  const edit = async (type: string, body: unknown) =>
    await api.call({
      method: 'PATCH',
      path: `${path}?fieldManager=someone${type === 'apply-patch+yaml' ? '&force=true' : ''}`,
      contentType: `application/${type}`,
      body,
    });
  beforeAll(async () => await ok(create('ElasticsearchCluster', 'edited', { version: '8.19.9', nodePools: pools })));
  afterAll(async () => await remove('ElasticsearchCluster', 'edited'));

  test('a merge patch replaces the whole list: a volume whose size it forgets would shrink, and that is refused', async () => {
    const answer = await edit('merge-patch+json', { spec: { nodePools: [{ name: 'mixed', replicas: 4 }] } });
    expect(causes(answer).map(({ field }) => field)).toContain('spec.nodePools[0].persistence.size');
  });

  test('a JSON patch changes one field', async () => {
    const { body } = await edit('json-patch+json', [{ op: 'replace', path: '/spec/nodePools/0/replicas', value: 4 }]);
    expect(body.spec.nodePools).toMatchObject([
      { ...pools[0], replicas: 4 },
      { name: 'extra', replicas: 3 },
    ]);
  });

  test('server-side apply merges pools by name', async () => {
    const pool = { name: 'extra', replicas: 5 };
    const body = {
      apiVersion: API_VERSION,
      kind: 'ElasticsearchCluster',
      metadata: { name: 'edited' },
      spec: { nodePools: [pool] },
    };
    const answer = await edit('apply-patch+yaml', body);
    expect(answer.body.spec.nodePools).toMatchObject([pools[0], pool]);
  });
});

describe('kubectl', () => {
  const columns = {
    ElasticsearchCluster: 'Name Health Masters Data Ingest Version Action Age',
    CassandraCluster: 'Name Health Nodes Racks Version Action Age',
    Pilot: 'Name Cluster Pool Phase Version Health Data Age',
  } as const;

  test.each(Object.entries(columns))('get %s shows its columns', async (kind, expected) => {
    const { body } = await api.call({ path: collection(kind as KindName), accept: TABLE });
    const narrow = body.columnDefinitions.filter((column: { priority: number }) => column.priority === 0);
    expect(narrow.map((column: { name: string }) => column.name).join(' ')).toBe(expected);
  });

  test.each([
    ['esc', 'elasticsearchclusters'],
    ['cass', 'cassandraclusters'],
    ['plt', 'pilots'],
  ])('knows the short name %s', async (shortName, plural) => {
    const { resources } = await api.ok({ path: `/apis/${API_VERSION}` });
    expect(resources).toContainEqual(
      expect.objectContaining({ name: plural, shortNames: [shortName], categories: ['navigator'] }),
    );
  });

  test('get navigator lists every kind, explain explains', async () => {
    await create('CassandraCluster', 'demo', { version: '5.0.6' });
    const [list, explain] = await Promise.all([
      api.kubectl(['get', 'navigator']),
      api.kubectl(['explain', 'esc.spec.nodePools.roles']),
    ]);
    expect(list.output).toMatch(/^NAME +HEALTH +NODES +RACKS +VERSION +ACTION +AGE\ncassandracluster\S*demo /);
    expect(explain.output).toContain('an empty list makes coordinating-only nodes');
    await remove('CassandraCluster', 'demo');
  });
});

test('every sample is accepted', async () => {
  const folder = join(ROOT, 'deploy/samples');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8'), { version: '1.1' })) {
      const { kind, metadata, spec } = document.toJS();
      expect({ file, ...(await dryRun(kind, metadata.name, spec)) }).toMatchObject({ file, status: 201 });
    }
  }
});

test('the CRDs are structural, and nothing in them is dropped', async () => {
  for (const { plural } of KINDS) {
    const file = parse(await readFile(join(ROOT, `deploy/crds/${plural}.yaml`), 'utf8'), { version: '1.1' });
    const stored = await api.ok({ path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.navigator.dev` });
    expect(stored.spec.versions[0].schema).toEqual(file.spec.versions[0].schema);
    const conditions = Object.fromEntries(
      stored.status.conditions.map((c: { type: string; status: string }) => [c.type, c.status]),
    );
    expect(conditions).toEqual({ NamesAccepted: 'True', Established: 'True' });
  }
});
