// Each database image by itself, without Navigator: it runs as a stranger would run the official one, under restricted pod
// security with a read-only root, and says that it is healthy.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureImages, type TestCluster } from '../../cluster/index.ts';
import { eventually, removeNamespace, testCluster } from '../../lib/scenario.ts';

const namespace = 'e2e-images';

interface Database {
  readonly uid: number;
  /** Writable folders; the first is the configuration, copied from the image. */
  readonly folders: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly ask: readonly string[];
  readonly healthy: RegExp;
}

const elasticsearch: Database = {
  uid: 1000,
  folders: ['/usr/share/elasticsearch/config', '/usr/share/elasticsearch/data', '/usr/share/elasticsearch/logs'],
  env: {
    ES_JAVA_OPTS: '-Xms400m -Xmx400m',
    'discovery.type': 'single-node',
    'xpack.security.enabled': 'false',
    'node.store.allow_mmap': 'false',
  },
  ask: ['curl', '-s', 'localhost:9200/_cluster/health'],
  healthy: /"status":"(green|yellow)"/,
};

const cassandra: Database = {
  uid: 999,
  folders: ['/etc/cassandra', '/var/lib/cassandra', '/var/log/cassandra'],
  env: {
    MAX_HEAP_SIZE: '512M',
    HEAP_NEWSIZE: '100M',
    CASSANDRA_DC: 'dc9',
    CASSANDRA_ENDPOINT_SNITCH: 'GossipingPropertyFileSnitch',
  },
  ask: ['nodetool', 'status'],
  healthy: /Datacenter: dc9[^]*\nUN /,
};

function podOf(name: string, image: string, database: Database): object {
  const securityContext = { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const folders = [...database.folders, '/tmp'];
  const [config] = database.folders;
  const copy = `cp -r ${config}/. /copy`;
  const { uid } = database;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 5,
      securityContext: { runAsNonRoot: true, runAsUser: uid, fsGroup: uid, seccompProfile: { type: 'RuntimeDefault' } },
      initContainers: [
        {
          name: 'config',
          image,
          command: ['sh', '-c', copy],
          securityContext,
          volumeMounts: [{ name: 'volume-0', mountPath: '/copy' }],
        },
      ],
      containers: [
        {
          name: 'database',
          image,
          securityContext,
          env: Object.entries(database.env).map(([key, value]) => ({ name: key, value })),
          volumeMounts: folders.map((mountPath, index) => ({ name: `volume-${index}`, mountPath })),
        },
      ],
      volumes: folders.map((_folder, index) => ({ name: `volume-${index}`, emptyDir: {} })),
    },
  };
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster();
  await removeNamespace(cluster, namespace);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
});
afterAll(() => removeNamespace(cluster, namespace));

test.each([
  ['docker.elastic.co/elasticsearch/elasticsearch:7.17.29', elasticsearch],
  ['docker.elastic.co/elasticsearch/elasticsearch:8.15.0', elasticsearch],
  ['docker.elastic.co/elasticsearch/elasticsearch:8.19.9', elasticsearch],
  ['docker.elastic.co/elasticsearch/elasticsearch:9.2.4', elasticsearch],
  ['cassandra:4.1.10', cassandra],
  ['cassandra:5.0.6', cassandra],
])('%s runs and is healthy', async (image, database) => {
  if (cluster.local) await ensureImages([image]);
  const name = image.slice(image.lastIndexOf('/') + 1).replaceAll(/[:.]/g, '-');
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(podOf(name, image, database)) });
  let answer = '';
  await eventually(`${image} healthy`, 180_000, async () => {
    answer = await cluster.kubectl(['-n', namespace, 'exec', name, '-c', 'database', '--', ...database.ask]);
    return database.healthy.test(answer);
  });
  expect(answer).toMatch(database.healthy);
  await cluster.kubectl(['-n', namespace, 'delete', 'pod', name, '--wait=true']);
});
