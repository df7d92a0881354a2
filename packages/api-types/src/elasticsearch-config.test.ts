import { expect, test } from 'vitest';
import { type FlatSettings, isConfigTooLong, readConfig, realmClashes, settingsOf, whyReserved } from './elasticsearch-config.ts';

test.each([
  ['flat', { 'a.b': 1, 'a.c': true }],
  ['nested', { a: { b: 1, c: true } }],
  ['mixed', { a: { b: '1' }, 'a.c': 'true' }],
])('settings are read: %s', (_name, config) => {
  expect(readConfig(config)).toEqual({ settings: { 'a.b': '1', 'a.c': 'true' }, problems: [] });
});

test('lists of simple values are one setting; what is null or empty is none', () => {
  expect(readConfig({ hosts: ['a', 1], none: null, empty: {}, deep: { er: null } })).toEqual({
    settings: { hosts: ['a', '1'] },
    problems: [],
  });
  expect(readConfig(undefined)).toEqual({ settings: {}, problems: [] });
});

test.each([
  ['a list of objects', { 'a.b': [{ c: 1 }] }, { setting: 'a.b', kind: 'shape' }],
  ['a name with a space', { 'a b': 1 }, { setting: 'a b', kind: 'shape' }],
  ['a name that would be two lines', { 'a: 1\nb': 1 }, { setting: 'a: 1\nb', kind: 'shape' }],
  ['a name with an empty word', { a: { '': 1 } }, { setting: 'a.', kind: 'shape' }],
  ['twice', { 'a.b': 1, a: { b: 2 } }, { setting: 'a.b', kind: 'twice' }],
  ['reserved, in parts', { node: { 'name.x': 1 } }, { setting: 'node.name.x', kind: 'reserved' }],
])('a problem is named: %s', (_name, config, problem) => {
  expect(readConfig(config).problems).toEqual([problem]);
});

test('what is not an object in JSON never reaches an object of JavaScript by another way', () => {
  const { settings, problems } = readConfig(JSON.parse('{"__proto__": ["x"], "a": {"__proto__": {"x": 1}}, "constructor": 1}'));
  expect(problems).toEqual(['__proto__', 'a.__proto__.x'].map((setting) => ({ setting, kind: 'shape' })));
  expect(Object.getPrototypeOf(settings)).toBe(Object.prototype);
  expect(Object.keys(settings)).toEqual(['constructor']);
});

test.each([
  ['cluster.name', true],
  ['path', true],
  ['path.repo', true],
  ['network.host', true],
  ['discovery.seed_hosts.0', true],
  ['node.roles.0', true],
  ['index.number_of_shards', true],
  ['cluster.routing.allocation.enable', true],
  ['cluster.routing.allocation.exclude._name', true],
  ['xpack.security.http.ssl.enabled', true],
  ['transport.profiles.client.port', true],
  ['xpack.security.operator_privileges.enabled', true],
  ['xpack.security.authc.anonymous.roles', true],
  ['cluster.routing.allocation.exclude.rack', false],
  ['cluster.routing.allocation.awareness.attributes', false],
  ['pathology', false],
  ['node.attr.disk', false],
  ['indices.memory.index_buffer_size', false],
  ['http.cors.enabled', false],
  ['xpack.security.authc.realms.native.native1.order', false],
])('%s is reserved: %s', (setting, expected) => {
  expect(whyReserved(setting) !== undefined).toBe(expected);
});

const LDAP = 'xpack.security.authc.realms.ldap.corp';
const NATIVE = 'xpack.security.authc.realms.native.people';

test.each<[string, FlatSettings, string[]]>([
  ['-100 is of our file realm', { [`${LDAP}.order`]: '-100' }, [`${LDAP}.order`]],
  ['-99 is of our native realm', { [`${LDAP}.order`]: '-99' }, [`${LDAP}.order`]],
  ['which is not there beside one of the user', { [`${LDAP}.order`]: '-99', [`${NATIVE}.order`]: '1' }, []],
  ['two of the user have one order', { [`${LDAP}.order`]: '2', [`${NATIVE}.order`]: '2' }, [`${NATIVE}.order`]],
  ['one that is off has none', { [`${LDAP}.order`]: '-100', [`${LDAP}.enabled`]: 'false' }, []],
  ['all have their own', { [`${LDAP}.order`]: '0', [`${NATIVE}.order`]: '1', [`${LDAP}.order_by`]: '0' }, []],
])('orders of realms: %s', (_name, settings, clashing) => {
  expect(realmClashes(settings).map(({ setting }) => setting)).toEqual(clashing);
});

test('those of a pool come before those of the cluster', () => {
  expect(settingsOf({ config: { a: 1, b: 1 } }, { config: { b: 2 } })).toEqual({ a: '1', b: '2' });
});

test('the limit counts bytes, not characters', () => {
  expect(isConfigTooLong({ a: 'ä'.repeat(32_760) })).toBe(false);
  expect(isConfigTooLong({ a: 'ä'.repeat(32_770) })).toBe(true);
});
