import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderCassandraYaml, renderRackDc } from './cassandra-yaml.ts';
import { buildCommand } from './command.ts';
import { CONFIG, IMAGE_YAML } from './testing/fixtures.ts';

const settings = { config: CONFIG, podIp: '10.1.0.7', dataDir: '/var/lib/cassandra', seeds: ['10.1.0.5', '10.1.0.6'] };

/** What the official entrypoint does to the file: sed for each variable that is set, also in comments. */
function entrypoint(yaml: string, env: Readonly<Record<string, string | undefined>>): string {
  let text = yaml.replaceAll(/(- seeds:).*/g, `$1 "${env['CASSANDRA_SEEDS']}"`);
  for (const key of [
    'broadcast_address',
    'broadcast_rpc_address',
    'cluster_name',
    'endpoint_snitch',
    'listen_address',
    'num_tokens',
    'rpc_address',
  ]) {
    const value = env[`CASSANDRA_${key.toUpperCase()}`];
    if (value !== undefined) text = text.replaceAll(new RegExp(`^(# )?(${key}:).*`, 'gm'), `$2 ${value}`);
  }
  return text;
}

test('our settings stand in the file and the image keeps its own', () => {
  expect(parse(renderCassandraYaml(IMAGE_YAML, settings))).toEqual({
    cluster_name: 'demo',
    num_tokens: 16,
    commitlog_sync: 'periodic',
    storage_compatibility_mode: 'CASSANDRA_4',
    seed_provider: [
      { class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds: '10.1.0.5,10.1.0.6' }] },
    ],
    listen_address: '10.1.0.7',
    broadcast_address: '10.1.0.7',
    rpc_address: '0.0.0.0',
    broadcast_rpc_address: '10.1.0.7',
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    data_file_directories: ['/var/lib/cassandra/data'],
    commitlog_directory: '/var/lib/cassandra/commitlog',
    hints_directory: '/var/lib/cassandra/hints',
    saved_caches_directory: '/var/lib/cassandra/saved_caches',
    cdc_raw_directory: '/var/lib/cassandra/cdc_raw',
  });
});

test("the entrypoint's rewriting changes nothing and doubles no key", () => {
  const ours = renderCassandraYaml(IMAGE_YAML, settings);
  const folders = { conf: '/run/conf', logs: '/run/logs', tmp: '/run/tmp' };
  const { env } = buildCommand({ settings, folders, sharedDir: '/navigator', resetBootstrap: false });
  const rewritten = entrypoint(ours, env);
  expect(rewritten).not.toBe(ours); // it quotes the seeds
  expect(parse(rewritten, { uniqueKeys: true })).toEqual(parse(ours));
});

test('an IPv6 pod has its address in the file as it is', () => {
  const rendered = renderCassandraYaml(IMAGE_YAML, { ...settings, podIp: 'fd00::7', seeds: ['fd00::5'] });
  const file: unknown = parse(rendered);
  expect(file).toMatchObject({ listen_address: 'fd00::7', seed_provider: [{ parameters: [{ seeds: 'fd00::5' }] }] });
});

test("a file that is no YAML map is the image's fault", () => {
  expect(() => renderCassandraYaml('just words', settings)).toThrow(expect.objectContaining({ code: 'CassandraImageUnfit' }));
});

test('datacenter and rack', () => {
  expect(renderRackDc({ ...CONFIG, datacenter: 'berlin', rack: 'rack-a' })).toBe('dc=berlin\nrack=rack-a\n');
});
