// Certificates and passwords of an Elasticsearch that is in use change, and nothing restarts.
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { bindingOf, elasticsearchOf } from '../../lib/elasticsearch.ts';
import { conditionOf, type Namespace, waitReady } from '../../lib/objects.ts';
import { ES, eventually, openScenario, podUids, removeNamespace } from '../../lib/scenario.ts';
import { underTraffic } from '../../lib/traffic/under-traffic.ts';

const MINUTES = 60_000;
const PODS = ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'];
let namespace: Namespace;

function manifest(name: string, replicas: number, security: Readonly<Record<string, unknown>>): string {
  const pool = {
    name: 'mixed',
    replicas,
    persistence: { size: '1Gi' },
    resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } },
  };
  const spec = { version: '8.19.9', nodePools: [pool], security };
  return JSON.stringify({ apiVersion: 'navigator.dev/v1alpha1', kind: 'ElasticsearchCluster', metadata: { name }, spec });
}

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-es-security'));
  await namespace.apply(manifest('demo', 3, {}));
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

const loadedSchema = z.array(z.object({ path: z.string(), serial_number: z.string() }));

/** Serial numbers of the certificates that a node has loaded, by its own word. */
async function loadedBy(pod: string): Promise<readonly string[]> {
  const ask = 'curl -sk -u "elastic:$(cat /etc/navigator/security/elastic/password)" https://localhost:9200/_ssl/certificates';
  const text = await namespace.kubectl('exec', pod, '-c', 'elasticsearch', '--', 'sh', '-c', ask);
  return loadedSchema
    .parse(JSON.parse(text))
    .filter(({ path }) => /(nodes|http)\.crt$/.test(path))
    .map(({ serial_number: serial }) => serial.toLowerCase());
}

async function serialInSecret(): Promise<string> {
  const text = await namespace.kubectl('get', 'secret', 'es-demo-certs', '-o', 'jsonpath={.data.tls\\.crt}');
  return new X509Certificate(Buffer.from(text, 'base64')).serialNumber.toLowerCase();
}

test('a certificate is renewed in use: HTTP and transport take it, nothing restarts', async () => {
  const [pods, before] = [await podUids(namespace, 'demo'), await serialInSecret()];
  await underTraffic({
    namespace,
    cluster: 'demo',
    deadlineMs: 5 * MINUTES,
    scenario: 'certificate renewed',
    work: async () => {
      await namespace.kubectl(
        'annotate',
        'secret',
        'es-demo-certs',
        'navigator.dev/renew-after=2000-01-01T00:00:00Z',
        '--overwrite',
      );
      await eventually('a new certificate is made', MINUTES, async () => (await serialInSecret()) !== before);
      const serial = await serialInSecret();
      for (const pod of PODS) {
        await eventually(`${pod} has loaded it`, 5 * MINUTES, async () => {
          const loaded = await loadedBy(pod);
          return loaded.length >= 2 && loaded.every((own) => own === serial);
        });
      }
    },
  });
  expect(await podUids(namespace, 'demo')).toEqual(pods);
});

test('a password is changed by editing its Secret: old out, new in, the binding follows, nothing restarts', async () => {
  const [pods, before] = [await podUids(namespace, 'demo'), await bindingOf(namespace, 'demo')];
  await namespace.patch('secret', 'es-demo-elastic', { stringData: { password: 'changed by somebody' } });
  await eventually('the binding has it', MINUTES, async () => {
    return (await bindingOf(namespace, 'demo'))?.password === 'changed by somebody';
  });
  await eventually('every node takes it', 5 * MINUTES, async () => {
    await using access = await elasticsearchOf(namespace, 'demo');
    const answers = await Promise.all(PODS.map(async () => access.client.cluster.health({}, { maxRetries: 0 })));
    return answers.length === PODS.length;
  });
  for (const pod of PODS) await eventually(`${pod} takes it`, 5 * MINUTES, async () => (await loadedBy(pod)).length >= 2);
  const old = `curl -sk -o /dev/null -w '%{http_code}' -u 'elastic:${before?.password ?? ''}' https://localhost:9200/_cluster/health`;
  for (const pod of PODS) expect(await namespace.kubectl('exec', pod, '-c', 'elasticsearch', '--', 'sh', '-c', old)).toBe('401');
  expect(await podUids(namespace, 'demo')).toEqual(pods);
});

test('a Secret of a user that is missing is named, keeps no node from starting, and is taken in when it is there', async () => {
  await namespace.apply(manifest('own', 1, { users: [{ secretName: 'shop' }] }));
  await waitReady(namespace, ES, 'own', 8 * MINUTES);
  await eventually('it is told', 3 * MINUTES, async () => {
    const degraded = conditionOf(await namespace.get(ES, 'own'), 'Degraded');
    return degraded?.reason === 'SecretInvalid' && degraded.message.includes('Secret "shop"');
  });
  const stringData = { username: 'shop', password: 'something-long', roles: 'superuser' };
  await namespace.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop' }, stringData }));
  await eventually('it is taken in', 5 * MINUTES, async () => {
    return conditionOf(await namespace.get(ES, 'own'), 'Degraded')?.status === 'False';
  });
});
