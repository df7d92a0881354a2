import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { buildSettings, type Platform, renderSettings, type SettingsInput } from './settings.ts';

const OFFICIAL: Platform = { modules: ['ingest-geoip', 'x-pack-core', 'x-pack-ml', 'x-pack-security'], maxMapCount: 1_048_576 };
const BARE: Platform = { modules: ['transport-netty4'], maxMapCount: 65_530 };

function input(more: Partial<SettingsInput> = {}): SettingsInput {
  return {
    config: {
      clusterName: 'demo',
      roles: ['master', 'data'],
      seedService: 'es-demo-nodes.default.svc',
      heapBytes: 1 << 30,
      settings: {},
      jvmOptions: [],
    },
    podName: 'es-demo-mixed-0',
    podIp: '10.0.0.5',
    nodeName: 'worker-1',
    dataPath: '/data',
    logsPath: '/logs',
    platform: OFFICIAL,
    initialMembers: undefined,
    ...more,
  };
}

test('a node is named after its pod, reached by its address and finds the others by the seed Service', () => {
  expect(buildSettings(input())).toMatchObject({
    'cluster.name': 'demo',
    'node.name': 'es-demo-mixed-0',
    'node.roles': ['master', 'data'],
    'network.publish_host': '10.0.0.5',
    'discovery.seed_hosts': ['es-demo-nodes.default.svc'],
  });
});

test('only a node that forms the cluster is told its first masters', () => {
  expect(buildSettings(input())).not.toHaveProperty(['cluster.initial_master_nodes']);
  expect(buildSettings(input({ initialMembers: ['a', 'b'] }))).toHaveProperty(['cluster.initial_master_nodes'], ['a', 'b']);
});

test('never a single-node discovery: such a cluster could not grow', () => {
  expect(buildSettings(input({ initialMembers: ['es-demo-mixed-0'] }))).not.toHaveProperty(['discovery.type']);
});

test('a build is given no setting that it does not know', () => {
  const bare = Object.keys(buildSettings(input({ platform: BARE })));
  expect(bare.filter((name) => /^(xpack|ingest)\./.test(name))).toEqual([]);
  expect(buildSettings(input())).toMatchObject({ 'xpack.security.enabled': false, 'ingest.geoip.downloader.enabled': false });
});

test.each([
  [65_530, true],
  [262_143, true],
  [undefined, true],
  [262_144, false],
])('with vm.max_map_count %s mmap is off: %s', (maxMapCount, isOff) => {
  const settings = buildSettings(input({ platform: { ...OFFICIAL, maxMapCount } }));
  expect(settings['node.store.allow_mmap']).toBe(isOff ? false : undefined);
});

test('the file is YAML of exactly these values, odd characters and all', () => {
  const settings = buildSettings(input({ nodeName: 'a: "b" #c\nd' }));
  expect(parse(renderSettings(settings))).toEqual(settings);
});

test('a node tells its zone where Kubernetes does, and is not given an empty one', () => {
  expect(buildSettings(input({ zone: 'west-1' }))).toMatchObject({ 'node.attr.zone': 'west-1' });
  expect(buildSettings(input())).not.toHaveProperty(['node.attr.zone']);
});

test('an empty list of roles makes a coordinating node, not one with all roles', () => {
  const settings = buildSettings(input({ config: { ...input().config, roles: [] } }));
  expect(renderSettings(settings)).toContain('node.roles: []');
});

test("the user's settings come before defaults and never before what Navigator must set", () => {
  const settings = {
    'cluster.routing.allocation.awareness.attributes': 'rack',
    'indices.query.bool.max_clause_count': '4096',
    'reindex.remote.whitelist': ['a:9200', 'b:9200'],
    'node.name': 'mine',
    'xpack.security.enabled': 'maybe',
  };
  expect(buildSettings(input({ config: { ...input().config, settings } }))).toMatchObject({
    'cluster.routing.allocation.awareness.attributes': 'rack',
    'indices.query.bool.max_clause_count': '4096',
    'reindex.remote.whitelist': ['a:9200', 'b:9200'],
    'node.name': 'es-demo-mixed-0',
    'xpack.security.enabled': false,
  });
});

test('the file realm is there whatever other realms are: 7.17 would leave it out beside one of the user', () => {
  const realms = (settings: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> => {
    const security = { userSecrets: [], roleSecrets: [] };
    const all = buildSettings(input({ config: { ...input().config, settings, security } }));
    const own = Object.entries(all).filter(([name]) => name.startsWith('xpack.security.authc.realms.'));
    return Object.fromEntries(own.map(([name, value]) => [name.slice('xpack.security.authc.realms.'.length), value]));
  };
  const both = { 'file.default_file.order': -100, 'native.default_native.order': -99 };
  expect(realms({})).toEqual(both);
  const ldap = { 'ldap.ldap1.order': '2' };
  expect(realms({ 'xpack.security.authc.realms.ldap.ldap1.order': '2' })).toEqual({ ...both, ...ldap });
  const native = { 'native.mine.enabled': 'false' };
  expect(realms({ 'xpack.security.authc.realms.native.mine.enabled': 'false' }), 'there may be one native realm only').toEqual({
    'file.default_file.order': -100,
    ...native,
  });
});
