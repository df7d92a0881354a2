import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closedPort, describeEngine } from '../engine.contract.ts';
import { createElasticsearchEngine, elasticsearchEngine } from './index.ts';

const config = { clusterName: 'demo', roles: ['master', 'data'], seedService: 'seeds', heapBytes: 400 * 1024 * 1024 };
const deadPort = await closedPort();

describeEngine({
  engine: elasticsearchEngine,
  config,
  nodeWithout: (context, home) => createElasticsearchEngine({ home, port: deadPort }).forNode(context, config),
});

const spec = {
  cluster: { kind: 'K', name: 'demo' },
  nodePool: 'mixed',
  seeds: [],
  bootstrap: { initialMembers: ['es-demo-mixed-0'] },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'navigator-es-'));
  for (const folder of ['image/config/jvm.options.d', 'image/data', 'image/modules/x-pack-security', 'run']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'image/config/elasticsearch.yml'), 'network.host: from-the-image\n');
  await writeFile(join(root, 'image/config/jvm.options'), '-XX:+UseG1GC\n-Xlog:gc*:file=logs/gc.log\n');
  await writeFile(join(root, 'image/config/log4j2.properties'), 'appender.rolling.type = RollingFile\n');
  await writeFile(join(root, 'image/config/users'), '');
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function prepare(): ReturnType<ReturnType<typeof elasticsearchEngine.forNode>['prepare']> {
  const places = { runDir: join(root, 'run'), sharedDir: join(root, 'shared') };
  const context = { podName: 'es-demo-mixed-0', namespace: 'default', podIp: '10.0.0.1', nodeName: 'n', ...places };
  const node = createElasticsearchEngine({ home: join(root, 'image'), keystore: join(root, 'keystore') }).forNode(
    context,
    config,
  );
  expect(await node.checkVolume(spec, AbortSignal.timeout(5000))).toEqual({ start: true });
  return await node.prepare(spec, AbortSignal.timeout(5000));
}

async function rendered(name: string): Promise<string> {
  return await readFile(join(root, 'run', 'config', name), 'utf8');
}

test("the image's configuration is taken over and ours put on top; the image's entrypoint is what runs", async () => {
  expect(await prepare()).toEqual({
    file: '/usr/local/bin/docker-entrypoint.sh',
    args: ['eswrapper'],
    env: { ES_PATH_CONF: join(root, 'run/config'), ES_TMPDIR: join(root, 'run/tmp') },
  });
  expect(await rendered('users')).toBe('');
  expect(await rendered('elasticsearch.yml')).toContain('cluster.initial_master_nodes: ["es-demo-mixed-0"]');
  expect(await rendered('elasticsearch.yml')).not.toContain('from-the-image');
  expect(await rendered('jvm.options')).toBe('-XX:+UseG1GC\n');
  expect(await rendered('jvm.options.d/navigator.options')).toContain('-Xmx419430400');
  expect(await rendered('log4j2.properties')).not.toContain('RollingFile');
  expect((await stat(join(root, 'run/tmp'))).isDirectory()).toBe(true);
});

test('a log configuration of the official image is left alone', async () => {
  await writeFile(join(root, 'image/config/log4j2.properties'), 'appender.rolling.type = Console\n');
  await prepare();
  expect(await rendered('log4j2.properties')).toBe('appender.rolling.type = Console\n');
});

test('a second start keeps the keystore that Elasticsearch made, and nothing else of before', async () => {
  await prepare();
  await writeFile(join(root, 'run/config/elasticsearch.keystore'), 'secret');
  await writeFile(join(root, 'run/config/stale.yml'), 'old');
  await writeFile(join(root, 'run/tmp/stale'), 'old');
  await prepare();
  expect(await rendered('elasticsearch.keystore')).toBe('secret');
  await expect(rendered('stale.yml')).rejects.toThrow(/ENOENT/);
  await expect(stat(join(root, 'run/tmp/stale'))).rejects.toThrow(/ENOENT/);
});

test('a keystore of the image comes before one of an earlier start', async () => {
  await writeFile(join(root, 'image/config/elasticsearch.keystore'), 'from the image');
  await prepare();
  await writeFile(join(root, 'run/config/elasticsearch.keystore'), 'old');
  await prepare();
  expect(await rendered('elasticsearch.keystore')).toBe('from the image');
});

test("a keystore made of the user's secure settings comes before both", async () => {
  await writeFile(join(root, 'image/config/elasticsearch.keystore'), 'from the image');
  await mkdir(join(root, 'keystore'));
  await writeFile(join(root, 'keystore/elasticsearch.keystore'), 'made');
  await prepare();
  expect(await rendered('elasticsearch.keystore')).toBe('made');
});

test('a build that cannot be secured is refused where it shall be, and the image is named', async () => {
  await rm(join(root, 'image/modules/x-pack-security'), { recursive: true });
  const places = { runDir: join(root, 'run'), sharedDir: join(root, 'shared') };
  const context = { podName: 'es-demo-mixed-0', namespace: 'default', podIp: '10.0.0.1', nodeName: 'n', ...places };
  const secure = { ...config, security: { userSecrets: [], roleSecrets: [] } };
  const node = createElasticsearchEngine({ home: join(root, 'image') }).forNode(context, secure);
  const verdict = await node.checkVolume(spec, AbortSignal.timeout(5000));
  expect(verdict).toMatchObject({ phase: 'Refused', refusedFor: 'Image', message: expect.stringContaining('x-pack-security') });
});

test('Secrets that are not there are refused, not waited for as for a disk', async () => {
  const places = { runDir: join(root, 'run'), sharedDir: join(root, 'shared') };
  const context = { podName: 'es-demo-mixed-0', namespace: 'default', podIp: '10.0.0.1', nodeName: 'n', ...places };
  const secure = { ...config, security: { userSecrets: [], roleSecrets: [] } };
  const node = createElasticsearchEngine({ home: join(root, 'image'), secrets: join(root, 'secrets') }).forNode(context, secure);
  const verdict = await node.checkVolume(spec, AbortSignal.timeout(5000));
  expect(verdict).toMatchObject({ phase: 'Refused', refusedFor: 'Secret', message: expect.stringMatching(/^Secret /) });
});
