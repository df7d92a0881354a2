// For each rule of the clusters' specs an accepted and a refused object. The real API server runs them against the CEL,
// and validation.test.ts against the functions that the controller runs.

/** A spec as people write it. */
type Spec = Readonly<Record<string, unknown>>;

export interface RuleCase {
  readonly title: string;
  readonly kind: 'ElasticsearchCluster' | 'CassandraCluster';
  /** metadata.name of the accepted and of the refused one. Default: `demo`. */
  readonly names?: readonly [string, string];
  /** The spec before the edit; without it both specs are creations. */
  readonly before?: Spec;
  /** status.version before the edit. */
  readonly running?: string;
  readonly accepted: Spec;
  readonly refused: Spec;
  readonly path: string;
  /** Begin of the sentence. */
  readonly message: string;
  /** The schema says it at admission: the field and the API server's words. */
  readonly schemaSays?: readonly [field: string, words: string];
  /** Admission cannot see it; the controller refuses. */
  readonly unseenAtAdmission?: true;
}

const es = (pools: readonly Spec[], more: Spec = {}): Spec => ({ version: '8.19.9', nodePools: pools, ...more });
const cass = (pools: readonly Spec[], more: Spec = {}): Spec => ({ version: '5.0.6', nodePools: pools, ...more });
const mixed = { name: 'mixed' };
const ring = { name: 'ring' };

/** What is refused where nodes cannot leave yet. */
function leavingCases(newer: Spec): RuleCase[] {
  return [
    poolCase('CassandraCluster', {
      title: 'a pool grows and does not shrink',
      old: { replicas: 3 },
      good: { replicas: 4 },
      bad: { replicas: 2 },
      path: 'spec.nodePools[0].replicas',
      message: 'a node pool cannot be made smaller in this release',
    }),
    {
      title: 'a pool may be added and not removed',
      kind: 'CassandraCluster',
      before: { ...newer, nodePools: [{ name: 'a' }, { name: 'b' }] },
      accepted: { ...newer, nodePools: [{ name: 'c' }, { name: 'b' }, { name: 'a' }] },
      refused: { ...newer, nodePools: [{ name: 'a' }, { name: 'c' }] },
      path: 'spec.nodePools',
      message: 'a node pool cannot be removed in this release',
    },
  ];
}

/** A rule about one field of a pool that both kinds share. */
function poolCase(
  kind: RuleCase['kind'],
  more: Omit<RuleCase, 'kind' | 'accepted' | 'refused' | 'before'> & Record<'good' | 'bad', Spec> & { old?: Spec },
): RuleCase {
  const { good, bad, old, ...rest } = more;
  const pool = (fields: Spec): Spec =>
    kind === 'CassandraCluster' ? cass([{ ...ring, ...fields }]) : es([{ ...mixed, ...fields }]);
  return { ...rest, kind, accepted: pool(good), refused: pool(bad), ...(old && { before: pool(old) }) };
}

function sharedCases(kind: RuleCase['kind'], prefix: string): readonly RuleCase[] {
  const leastMib = kind === 'CassandraCluster' ? 896 : 768;
  const versions = kind === 'CassandraCluster' ? ['5.0.6', '4.1.10'] : ['8.19.9', '8.15.0'];
  const [newer, older] = [{ version: versions[0] }, { version: versions[1] }];
  const resources = (requests: Spec, limits: Spec): Spec => ({ resources: { requests, limits } });
  const tolerations = (toleration: Spec): Spec => ({ tolerations: [toleration] });
  return [
    {
      title: 'the name is a DNS label',
      kind,
      names: ['demo-1', 'demo.1'],
      accepted: newer,
      refused: newer,
      path: 'metadata.name',
      message: 'metadata.name must be one DNS label',
    },
    {
      title: 'names of StatefulSets are short enough',
      kind,
      names: ['x'.repeat(52 - `${prefix}--abc`.length), 'x'.repeat(53 - `${prefix}--abc`.length)],
      accepted: { ...newer, nodePools: [{ name: 'abc' }] },
      refused: { ...newer, nodePools: [{ name: 'abc' }] },
      path: 'spec.nodePools',
      message: `StatefulSets are called "${prefix}-<cluster>-<pool>" and may have 52 characters`,
    },
    {
      title: 'suspended nodes are of this cluster',
      kind,
      accepted: { ...newer, suspendedNodes: [`${prefix}-demo-abc-0`, `${prefix}-demo-gone-7`] },
      refused: { ...newer, suspendedNodes: [`${prefix}-demo-abc-0`, `${prefix}-other-abc-0`] },
      path: 'spec.suspendedNodes',
      message: 'suspendedNodes has names of nodes of this cluster',
    },
    {
      title: 'pools have different names',
      kind,
      accepted: { ...newer, nodePools: [{ name: 'a' }, { name: 'b' }] },
      refused: { ...newer, nodePools: [{ name: 'a' }, { name: 'a' }] },
      path: 'spec.nodePools[1].name',
      message: 'every node pool needs a name of its own',
      schemaSays: ['spec.nodePools[1]', 'Duplicate value'],
    },
    poolCase(kind, {
      title: 'memory is enough to run',
      good: resources({}, { memory: `${leastMib}Mi` }),
      bad: resources({}, { memory: `${leastMib - 1}Mi` }),
      path: 'spec.nodePools[0].resources.limits.memory',
      message: 'a node needs at least',
    }),
    poolCase(kind, {
      title: 'requests.memory is within the limit',
      good: resources({ memory: '2048Mi' }, { memory: '2Gi' }),
      bad: resources({ memory: '2049Mi' }, { memory: '2Gi' }),
      path: 'spec.nodePools[0].resources.requests.memory',
      message: 'requests.memory must not be more than limits.memory',
    }),
    poolCase(kind, {
      title: 'requests.cpu is within the limit',
      good: resources({ cpu: 1 }, { cpu: '1000m' }),
      bad: resources({}, { cpu: '400m' }),
      path: 'spec.nodePools[0].resources.requests.cpu',
      message: 'requests.cpu (it is 500m unless set) must not be more than limits.cpu',
    }),
    poolCase(kind, {
      title: 'a volume has a unit',
      good: { persistence: { size: '1Gi' } },
      bad: { persistence: { size: 10 } },
      path: 'spec.nodePools[0].persistence.size',
      message: 'a volume has at least 100Mi',
    }),
    poolCase(kind, {
      title: 'a toleration Exists has no value',
      good: tolerations({ key: 'a', operator: 'Exists' }),
      bad: tolerations({ key: 'a', operator: 'Exists', value: 'b' }),
      path: 'spec.nodePools[0].tolerations[0].value',
      message: 'a toleration with operator Exists has no value',
    }),
    poolCase(kind, {
      title: 'a toleration of every key is Exists',
      good: tolerations({ operator: 'Exists' }),
      bad: tolerations({ value: 'b' }),
      path: 'spec.nodePools[0].tolerations[0].operator',
      message: 'a toleration without a key matches every key',
    }),
    poolCase(kind, {
      title: 'tolerationSeconds are for NoExecute',
      good: tolerations({ key: 'a', effect: 'NoExecute', tolerationSeconds: 60 }),
      bad: tolerations({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 60 }),
      path: 'spec.nodePools[0].tolerations[0].effect',
      message: 'tolerationSeconds needs effect NoExecute',
    }),
    {
      title: 'the image has no tag',
      kind,
      accepted: { ...newer, image: { repository: 'registry:5000/team/database' } },
      refused: { ...newer, image: { repository: 'registry:5000/team/database:latest' } },
      path: 'spec.image.repository',
      message: 'write the image without a tag or digest',
    },
    poolCase(kind, {
      title: 'persistence is neither switched on nor off',
      old: {},
      good: { persistence: { enabled: true } },
      bad: { persistence: { enabled: false } },
      path: 'spec.nodePools[0].persistence.enabled',
      message: 'whether a pool has volumes is fixed',
    }),
    poolCase(kind, {
      title: 'volumes grow and do not shrink',
      old: { persistence: { size: '1Gi' } },
      good: { persistence: { size: '1025Mi' } },
      bad: { persistence: { size: '1023Mi' } },
      path: 'spec.nodePools[0].persistence.size',
      message: 'a volume can grow and never shrink',
    }),
    poolCase(kind, {
      title: 'the storage class is fixed',
      old: { persistence: { storageClass: 'fast' } },
      good: { persistence: { storageClass: 'fast' } },
      bad: {},
      path: 'spec.nodePools[0].persistence.storageClass',
      message: 'the storage class is fixed',
    }),
    ...(kind === 'CassandraCluster' ? leavingCases(newer) : []),
    {
      title: 'no downgrade',
      kind,
      before: newer,
      accepted: newer,
      refused: older,
      path: 'spec.version',
      message: `${kind === 'CassandraCluster' ? 'Cassandra' : 'Elasticsearch'} cannot go from ${newer.version} back to ${older.version}`,
    },
    {
      title: 'an upgrade on its way may be taken back, no further',
      kind,
      before: newer,
      running: older.version ?? '',
      accepted: older,
      refused: { version: kind === 'CassandraCluster' ? '4.1.9' : '8.14.9' },
      path: 'spec.version',
      message: `${kind === 'CassandraCluster' ? 'Cassandra' : 'Elasticsearch'} cannot go from ${older.version} back to`,
    },
  ];
}

const elasticsearchCases: readonly RuleCase[] = [
  ...sharedCases('ElasticsearchCluster', 'es'),
  ...['6.8.23', '7.16.3', '10.0.0'].map((version): RuleCase => ({
    title: `version ${version} is out of range`,
    kind: 'ElasticsearchCluster',
    accepted: { version: '7.17.0' },
    refused: { version },
    path: 'spec.version',
    message: 'Navigator runs Elasticsearch 7.17.x, 8.x and 9.x',
  })),
  {
    title: 'no major is skipped',
    kind: 'ElasticsearchCluster',
    before: { version: '7.17.29' },
    accepted: { version: '8.15.0' },
    refused: { version: '9.1.0' },
    path: 'spec.version',
    message: 'Elasticsearch cannot go from 7.17.29 to 9.1.0 in one step',
  },
  {
    title: 'no major is skipped while a node still runs the oldest',
    kind: 'ElasticsearchCluster',
    before: { version: '8.19.9' },
    running: '7.17.29',
    accepted: { version: '8.19.10' },
    refused: { version: '9.1.0' },
    path: 'spec.version',
    message: 'Elasticsearch cannot go from 7.17.29 to 9.1.0 in one step',
  },
  {
    title: '9.x is reached from 8.18',
    kind: 'ElasticsearchCluster',
    before: { version: '8.17.9' },
    accepted: { version: '8.19.9' },
    refused: { version: '9.0.0' },
    path: 'spec.version',
    message: 'Elasticsearch cannot go from 8.17.9 to 9.0.0 in one step',
  },
  {
    title: '9.x is reached when every node runs 8.18',
    kind: 'ElasticsearchCluster',
    before: { version: '8.19.9' },
    running: '8.17.9',
    accepted: { version: '8.19.10' },
    refused: { version: '9.0.0' },
    path: 'spec.version',
    message: 'Elasticsearch cannot go from 8.17.9 to 9.0.0 in one step',
  },
  {
    title: 'roles are named once',
    kind: 'ElasticsearchCluster',
    accepted: es([{ ...mixed, roles: ['master', 'data'] }]),
    refused: es([{ ...mixed, roles: ['master', 'data', 'data'] }]),
    path: 'spec.nodePools[0].roles',
    message: 'each role may be named once only',
  },
  {
    title: 'voting_only needs master',
    kind: 'ElasticsearchCluster',
    accepted: es([mixed, { name: 'tie', roles: ['master', 'voting_only'] }]),
    refused: es([mixed, { name: 'tie', roles: ['voting_only'] }]),
    path: 'spec.nodePools[1].roles',
    message: 'voting_only is no role by itself',
  },
  {
    title: 'somebody can be elected',
    kind: 'ElasticsearchCluster',
    accepted: es([
      { ...mixed, roles: ['master', 'voting_only', 'data'] },
      { name: 'm', roles: ['master'] },
    ]),
    refused: es([
      { ...mixed, roles: ['master', 'voting_only', 'data'] },
      { name: 'i', roles: ['ingest'] },
    ]),
    path: 'spec.nodePools',
    message: 'at least one node pool must have the role master without voting_only',
  },
  {
    title: 'somebody holds data',
    kind: 'ElasticsearchCluster',
    accepted: es([
      { name: 'm', roles: ['master', 'data_content'] },
      { name: 'h', roles: ['data_hot'] },
    ]),
    refused: es([
      { name: 'm', roles: ['master', 'data_content'] },
      { name: 'i', roles: ['data_frozen'] },
    ]),
    path: 'spec.nodePools',
    message: 'some node must hold data',
  },
  {
    title: 'reserved settings of a cluster are refused',
    kind: 'ElasticsearchCluster',
    accepted: es([mixed], { config: { 'indices.query.bool.max_clause_count': 4096, action: { auto_create_index: false } } }),
    refused: es([mixed], { config: { 'path.data': '/elsewhere' } }),
    path: 'spec.config["path.data"]',
    message: "the settings of a cluster must not set path.data: folders are fixed by the pod's volumes",
    schemaSays: ['spec.config', 'the settings of a cluster must not set path.data: folders are fixed'],
  },
  {
    title: 'reserved settings of a pool are refused',
    kind: 'ElasticsearchCluster',
    accepted: es([{ ...mixed, config: { 'node.attr.disk': 'ssd', http: { max_content_length: '50mb' } } }]),
    refused: es([{ ...mixed, config: { 'http.port': 9201 } }]),
    path: 'spec.nodePools[0].config["http.port"]',
    message: 'the settings of a node pool must not set http.port: Services, probes',
    schemaSays: ['spec.nodePools[0].config', 'the settings of a node pool must not set http.port: Services, probes'],
  },
  ...[{ node: { name: 'a' } }, { node: { roles: ['data'] } }, { 'index.number_of_shards': 1 }].map((config): RuleCase => ({
    title: `reserved settings in another form are refused by the controller: ${JSON.stringify(config)}`,
    kind: 'ElasticsearchCluster',
    accepted: es([mixed], { config: { node: { attr: { rack: 'a' } } } }),
    refused: es([mixed], { config }),
    path: `spec.config["${'node' in config ? `node.${Object.keys(config.node ?? {})[0]}` : 'index.number_of_shards'}"]`,
    message: 'the settings of a cluster must not set',
    unseenAtAdmission: true,
  })),
  ...['-Xmx4g', '17-:-Xms1g', '-XX:MaxRAMPercentage=70', '-XX:InitialHeapSize=1g'].map((option): RuleCase => ({
    title: `the heap is no option: ${option}`,
    kind: 'ElasticsearchCluster',
    accepted: es([{ ...mixed, jvmOptions: ['-Xss512k', '21:-XX:+UseZGC', '-Dfoo=-Xmx1g'] }]),
    refused: es([{ ...mixed, jvmOptions: ['-Dfoo=bar', option] }]),
    path: 'spec.nodePools[0].jvmOptions',
    message: 'the heap is derived from resources.limits.memory',
  })),
  {
    title: 'settings have a name and a simple value',
    kind: 'ElasticsearchCluster',
    accepted: es([{ ...mixed, config: { 'reindex.remote.whitelist': ['a:9200', 'b:9200'], 'http.cors.enabled': null } }]),
    refused: es([{ ...mixed, config: { 'cluster name': 'x' } }]),
    path: 'spec.nodePools[0].config["cluster name"]',
    message: 'a setting has a name of letters, digits, dashes and dots',
    unseenAtAdmission: true,
  },
  {
    title: 'a setting is set once',
    kind: 'ElasticsearchCluster',
    accepted: es([{ ...mixed, config: { 'http.cors.enabled': true } }], { config: { 'http.cors.enabled': false } }),
    refused: es([mixed], { config: { 'http.cors.enabled': true, http: { cors: { enabled: false } } } }),
    path: 'spec.config["http.cors.enabled"]',
    message: 'http.cors.enabled is set twice',
    unseenAtAdmission: true,
  },
  {
    title: 'a realm has an order of its own',
    kind: 'ElasticsearchCluster',
    accepted: es([{ ...mixed, config: { 'xpack.security.authc.realms.ldap.corp.order': 0 } }], {
      config: { xpack: { security: { authc: { realms: { native: { people: { order: -99 } } } } } } },
    }),
    refused: es([mixed], { config: { 'xpack.security.authc.realms.ldap.corp.order': -100 } }),
    path: 'spec.config["xpack.security.authc.realms.ldap.corp.order"]',
    message:
      'xpack.security.authc.realms.ldap.corp.order is -100, and xpack.security.authc.realms.file.default_file.order has that order too',
    unseenAtAdmission: true,
  },
  {
    title: 'settings fit into a pod',
    kind: 'ElasticsearchCluster',
    accepted: es([mixed], { config: { 'reindex.remote.whitelist': 'x'.repeat(60_000) } }),
    refused: es([mixed], { config: { 'reindex.remote.whitelist': 'x'.repeat(70_000) } }),
    path: 'spec.nodePools[0].config',
    message: 'the settings of a node may have 64 KiB in all',
    unseenAtAdmission: true,
  },
  {
    title: 'security is fixed',
    kind: 'ElasticsearchCluster',
    before: es([mixed], { security: { enabled: true } }),
    accepted: es([mixed], { security: { enabled: true, tls: { subjectAltNames: ['es.example.com', '10.0.0.1'] } } }),
    refused: es([mixed], { security: { enabled: false } }),
    path: 'spec.security.enabled',
    message: 'security cannot be switched on or off once the cluster exists',
  },
  {
    title: 'without security there are no users',
    kind: 'ElasticsearchCluster',
    accepted: es([mixed], { security: { enabled: false, keystore: [{ secretName: 's3' }] } }),
    refused: es([mixed], { security: { enabled: false, users: [{ secretName: 'app' }] } }),
    path: 'spec.security.enabled',
    message: 'with enabled: false there is no certificate, no user and no role',
  },
  {
    title: "names are put into a certificate of the user's own by the user",
    kind: 'ElasticsearchCluster',
    accepted: es([mixed], { security: { enabled: true, tls: { secretName: 'mine' } } }),
    refused: es([mixed], { security: { enabled: true, tls: { secretName: 'mine', subjectAltNames: ['es.example.com'] } } }),
    path: 'spec.security.tls.subjectAltNames',
    message: 'subjectAltNames belong to the certificate that Navigator makes',
  },
  {
    title: 'what has colons is an address',
    kind: 'ElasticsearchCluster',
    accepted: es([mixed], { security: { tls: { subjectAltNames: ['fd00:10::2:1', '::ffff:10.0.0.5'] } } }),
    refused: es([mixed], { security: { tls: { subjectAltNames: ['es.example.com', 'es.example.com:9200'] } } }),
    path: 'spec.security.tls.subjectAltNames[1]',
    message: 'es.example.com:9200 is neither a DNS name nor an IP address',
    unseenAtAdmission: true,
  },
];

const cassandraCases: readonly RuleCase[] = [
  ...sharedCases('CassandraCluster', 'cass'),
  ...['3.11.17', '4.2.0', '5.1.0', '6.0.0'].map((version): RuleCase => ({
    title: `version ${version} is out of range`,
    kind: 'CassandraCluster',
    accepted: { version: '4.0.18' },
    refused: { version },
    path: 'spec.version',
    message: 'Navigator runs Cassandra 4.0.x, 4.1.x and 5.0.x',
  })),
  {
    title: '4.0 goes to 5.0 in one step, and never back',
    kind: 'CassandraCluster',
    before: { version: '4.1.10' },
    accepted: { version: '5.0.6' },
    refused: { version: '4.0.18' },
    path: 'spec.version',
    message: 'Cassandra cannot go from 4.1.10 back to 4.0.18',
  },
  {
    title: 'the datacenter is fixed',
    kind: 'CassandraCluster',
    before: { version: '5.0.6' },
    accepted: { version: '5.0.6', datacenter: 'dc1' },
    refused: { version: '5.0.6', datacenter: 'dc2' },
    path: 'spec.datacenter',
    message: 'the datacenter is fixed once the cluster exists',
  },
  {
    title: 'the rack is fixed, the default may be written out',
    kind: 'CassandraCluster',
    before: cass([ring]),
    accepted: cass([{ ...ring, rack: 'ring' }]),
    refused: cass([{ ...ring, rack: 'r2' }]),
    path: 'spec.nodePools[0].rack',
    message: 'the rack of a node pool is fixed (ring)',
  },
];

export const ruleCases: readonly RuleCase[] = [...elasticsearchCases, ...cassandraCases];
