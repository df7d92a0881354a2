import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { NodeEngine } from '../engine.ts';
import { cassandraEngine } from './index.ts';
import { connectJmx } from './jmx.ts';
import type { Jmx } from './jmx.ts';
import { readMarker } from './marker.ts';
import { createNodeEngine } from './node-engine.ts';
import { answerOf, startAgent } from './testing/answers.ts';
import { CONFIG, FIRST, IMAGE_YAML, marker, pilotSpec, SECOND } from './testing/fixtures.ts';

const { signal } = new AbortController();
const forming = pilotSpec({ bootstrap: { initialMembers: [FIRST] } });
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'navigator-cassandra-'));
  await mkdir(join(root, 'etc', 'triggers'), { recursive: true });
  await mkdir(join(root, 'data'));
  await writeFile(join(root, 'etc', 'cassandra.yaml'), IMAGE_YAML);
  await writeFile(join(root, 'etc', 'cassandra-env.sh'), '# as the image has it\n');
  await writeFile(join(root, 'etc', 'cassandra-topology.properties'), 'default=DC1:r1\n');
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

function engine(options: { podName?: string; known?: Record<string, string>; jmx?: Jmx } = {}): NodeEngine {
  const { podName = FIRST, known = {}, jmx = connectJmx(1) } = options;
  const node = {
    podName,
    namespace: 'shop',
    podIp: '10.1.0.5',
    nodeName: 'node-1',
    runDir: join(root, 'run'),
    sharedDir: '/navigator',
  };
  const paths = { imageConf: join(root, 'etc'), imageLib: join(root, 'lib'), data: join(root, 'data') };
  return createNodeEngine({
    node,
    config: CONFIG,
    paths,
    jmx,
    resolve: (host) => Promise.resolve(known[host.split('.')[0] ?? '']),
  });
}

test('the first start: the marker is on the volume before anything else, and the command is the entrypoint', async () => {
  const first = engine();
  expect(await first.checkVolume(forming, signal)).toEqual({ start: true });
  const command = await first.prepare(forming, signal);
  expect(command).toMatchObject({ file: 'docker-entrypoint.sh', args: ['cassandra', '-f'] });
  expect(command.env).toMatchObject({
    CASSANDRA_CONF: join(root, 'run', 'conf'),
    CASSANDRA_LOG_DIR: join(root, 'run', 'logs'),
    CASSANDRA_SEEDS: '10.1.0.5',
    MAX_HEAP_SIZE: '512M',
    HEAP_NEWSIZE: '128M',
    TMPDIR: join(root, 'run', 'tmp'),
  });
  expect(command.env['JVM_EXTRA_OPTS']).toContain('-javaagent:/navigator/lib/jolokia.jar=host=127.0.0.1,port=8778');
  expect(command.env['JVM_EXTRA_OPTS']).toContain(`policyLocation=file://${join(root, 'run', 'conf', 'jolokia-access.xml')}`);
  expect(command.env['JVM_EXTRA_OPTS']).not.toContain('reset_bootstrap');
  expect(await readMarker(join(root, 'data'), signal)).toMatchObject({ state: 'New', firstStart: 'Seed', pod: FIRST });
});

test("the configuration is the image's with our files over it, whatever lay there", async () => {
  await mkdir(join(root, 'run', 'conf'), { recursive: true });
  await writeFile(join(root, 'run', 'conf', 'of-an-earlier-image'), '');
  await engine().prepare(forming, signal);
  const conf = join(root, 'run', 'conf');
  const files = [
    'cassandra-env.sh',
    'cassandra-rackdc.properties',
    'cassandra.yaml',
    'jolokia-access.xml',
    'logback.xml',
    'triggers',
  ];
  expect((await readdir(conf)).toSorted()).toEqual(files);
  expect(parse(await readFile(join(conf, 'cassandra.yaml'), 'utf8'))).toMatchObject({ num_tokens: 16, cluster_name: 'demo' });
  expect(await readdir(join(root, 'etc'))).toContain('cassandra-topology.properties');
});

test('a joining node waits for a seed and names only others', async () => {
  expect(await engine({ podName: SECOND }).checkVolume(forming, signal)).toMatchObject({ start: false, phase: 'Waiting' });
  const joining = engine({ podName: SECOND, known: { [FIRST]: '10.1.0.4' } });
  expect(await joining.checkVolume(forming, signal)).toEqual({ start: true });
  expect((await joining.prepare(forming, signal)).env['CASSANDRA_SEEDS']).toBe('10.1.0.4');
});

test('seeds that vanish between gate and start put the start off', async () => {
  await expect(engine({ podName: SECOND }).prepare(forming, signal)).rejects.toMatchObject({
    code: 'SeedsUnresolved',
    retryable: true,
  });
});

test('a bootstrap that was cut off is begun anew by Cassandra itself; nothing is removed', async () => {
  const known = { [FIRST]: '10.1.0.4' };
  await engine({ podName: SECOND, known }).prepare(pilotSpec(), signal);
  await writeFile(join(root, 'data', 'half'), 'streamed');
  const { env } = await engine({ podName: SECOND, known }).prepare(pilotSpec(), signal);
  expect(env['JVM_EXTRA_OPTS']).toContain('-Dcassandra.reset_bootstrap_progress=true');
  expect(await readFile(join(root, 'data', 'half'), 'utf8')).toBe('streamed');
});

test('NORMAL is on the volume before it is reported', async () => {
  await using agent = await startAgent(() => answerOf('5.0.6', 'normal'));
  const running = engine({ jmx: agent.jmx });
  await running.prepare(forming, signal);
  const observation = await running.observe(signal);
  const written = await readMarker(join(root, 'data'), signal);
  expect(written).toMatchObject({ state: 'Joined', hostId: observation.identity?.id });

  await rm(join(root, 'data'), { recursive: true }); // a volume that fails
  const unlucky = engine({ jmx: agent.jmx });
  await mkdir(join(root, 'data'));
  await unlucky.prepare(forming, signal);
  await rm(join(root, 'data'), { recursive: true });
  await expect(unlucky.observe(signal)).rejects.toThrow('ENOENT');
});

test('a volume of a node that joined starts with it as a seed, and keeps its marker', async () => {
  await mkdir(join(root, 'data', 'data', 'system', 'local-1'), { recursive: true });
  await writeFile(join(root, 'data', 'data', 'system', 'local-1', 'nb-1-big-Data.db'), '');
  const before = marker({ firstStart: 'Join' });
  await writeFile(join(root, 'data', 'navigator.json'), JSON.stringify(before));
  const { env } = await engine({ known: { [SECOND]: '10.1.0.6' } }).prepare(pilotSpec(), signal);
  expect(env['CASSANDRA_SEEDS']).toBe('10.1.0.5,10.1.0.6');
  expect(await readMarker(join(root, 'data'), signal)).toEqual(before);
});

test('a JVM that does not answer shows no life', async () => {
  expect(await engine().observe(signal)).toEqual({
    ready: false,
    alive: false,
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test.each([
  ['accepts and never answers', null],
  ['answers with garbage', '<html>busy</html>'],
])('a JVM that %s is unknown, not dead', async (_name, answer) => {
  await using agent = await startAgent(() => answer);
  const late = new AbortController();
  const looked = engine({ jmx: agent.jmx })
    .observe(late.signal)
    .catch((error: unknown) => error);
  await expect.poll(() => agent.asked).toHaveLength(1);
  late.abort(new Error('no answer within 5 s'));
  expect(await looked).toBeInstanceOf(Error);
});

test('an image without configuration is told as such', async () => {
  await rm(join(root, 'etc'), { recursive: true });
  await expect(engine().prepare(forming, signal)).rejects.toMatchObject({ code: 'CassandraImageUnfit' });
});

test('a configuration that does not fit is refused', () => {
  const node = { podName: FIRST, namespace: 'shop', podIp: '10.1.0.5', nodeName: 'n', runDir: '/run', sharedDir: '/navigator' };
  expect(() => cassandraEngine.forNode(node, { clusterName: 'demo' })).toThrow(
    expect.objectContaining({ code: 'InvalidPilotConfig' }),
  );
});
