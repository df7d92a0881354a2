// Plugins: installed by each node's own installer before it starts, from a server in the cluster; one that cannot be fetched is
// named, and its correction is taken.
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { elasticsearchOf } from '../../lib/elasticsearch.ts';
import { navigatorImages } from '../../lib/install.ts';
import { conditionOf, type Namespace, waitReady } from '../../lib/objects.ts';
import { ES, eventually, openScenario, podUids, removeNamespace } from '../../lib/scenario.ts';

const MINUTES = 60_000;
const VERSION = '8.19.9';
let namespace: Namespace;

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-es-plugins'));
  await serve({ 'greeting.zip': plugin('greeting') });
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

/** A plugin of the stable API without any component: installed, loaded and listed like every other one. */
function plugin(name: string): Uint8Array {
  const descriptor = { name, description: name, version: '1.0.0', 'elasticsearch.version': VERSION, 'java.version': '17' };
  const lines = Object.entries(descriptor).map(([key, value]) => `${key}=${value}`);
  return zipSync({
    'stable-plugin-descriptor.properties': strToU8(lines.join('\n')),
    // Without it the installer reads all classes of the server, for which it has not enough memory.
    'named_components.json': strToU8('{}'),
    [`${name}-1.0.0.jar`]: zipSync({ 'META-INF/MANIFEST.MF': strToU8('Manifest-Version: 1.0\n') }),
  });
}

/** A pod that gives these files by HTTP, reachable as `plugins`. */
async function serve(files: Record<string, Uint8Array>): Promise<void> {
  const script = `require("node:http").createServer((ask, reply) => require("node:fs").readFile("/files" + ask.url, (error, data) => reply.writeHead(error ? 404 : 200).end(data))).listen(8080)`;
  const container = {
    name: 'server',
    image: navigatorImages(namespace.cluster).controller,
    imagePullPolicy: 'IfNotPresent',
    command: ['/navigator/node', '-e', script],
    readinessProbe: { httpGet: { port: 8080, path: `/${Object.keys(files)[0]}` }, periodSeconds: 1 },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'files', mountPath: '/files' }],
  };
  const spec = {
    containers: [container],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    terminationGracePeriodSeconds: 1,
    volumes: [{ name: 'files', configMap: { name: 'plugins' } }],
  };
  const binaryData = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString('base64')]),
  );
  const labels = { app: 'plugins' };
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plugins' }, binaryData },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'plugins' }, spec: { selector: labels, ports: [{ port: 8080 }] } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plugins', labels }, spec },
  ];
  for (const object of objects) await namespace.apply(JSON.stringify(object));
  await namespace.kubectl('wait', '--for=condition=Ready', 'pod/plugins', '--timeout=60s');
}

function cluster(plugins: readonly string[]): string {
  const resources = { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } };
  const nodePools = [{ name: 'mixed', replicas: 1, persistence: { size: '1Gi' }, resources }];
  const spec = { version: VERSION, plugins, nodePools };
  return JSON.stringify({ apiVersion: 'navigator.dev/v1alpha1', kind: 'ElasticsearchCluster', metadata: { name: 'demo' }, spec });
}

async function installed(): Promise<string[]> {
  await using access = await elasticsearchOf(namespace, 'demo');
  const plugins = await access.client.cat.plugins({ format: 'json' });
  return plugins.map(({ name, component }) => `${name} ${component}`);
}

test('a plugin is there from the first start', async () => {
  await namespace.apply(cluster(['http://plugins:8080/greeting.zip']));
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
  expect(await installed()).toEqual(['es-demo-mixed-0 greeting']);
});

test('one that cannot be fetched is named, and its correction is taken', async () => {
  const before = await podUids(namespace, 'demo');
  await namespace.apply(cluster(['http://plugins:8080/missing.zip']));
  await eventually('the status names the container that failed', 5 * MINUTES, async () => {
    const ready = conditionOf(await namespace.get(ES, 'demo'), 'Ready');
    return ready?.status === 'False' && ready.message.includes('install-plugins');
  });
  await namespace.apply(cluster([]));
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
  expect(await installed()).toEqual([]);
  expect(await podUids(namespace, 'demo')).not.toEqual(before);
});
