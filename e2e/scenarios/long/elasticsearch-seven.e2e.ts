// An Elasticsearch of the oldest major that Navigator runs, secure like any other, and its way to the next one.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureImages } from '../../cluster/index.ts';
import { statusOf, waitReady, type Namespace } from '../../lib/objects.ts';
import { ES, openScenario, removeNamespace } from '../../lib/scenario.ts';
import { restartUnderTraffic } from '../../lib/traffic/restart.ts';
import { underTraffic } from '../../lib/traffic/under-traffic.ts';

const VERSION = '7.17.29';
const MANIFEST = readFileSync(new URL('../../manifests/elasticsearch.yaml', import.meta.url), 'utf8');
const MINUTES = 60_000;
const deed = { cluster: 'demo', deadlineMs: 15 * MINUTES } as const;
let namespace: Namespace;

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-es-seven'));
  if (namespace.cluster.local) await ensureImages([`docker.elastic.co/elasticsearch/elasticsearch:${VERSION}`]);
  await namespace.apply(MANIFEST.replace(/version: \S+/, `version: ${VERSION}`));
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

test('restarted on demand', async () => {
  await restartUnderTraffic({ ...deed, namespace, scenario: `rolling restart of ${VERSION}` });
  expect(statusOf(await namespace.get(ES, 'demo'))).toMatchObject({ version: VERSION });
});

test('scaled out and in again', async () => {
  for (const replicas of [4, 3]) {
    const patch = [{ op: 'replace', path: '/spec/nodePools/0/replicas', value: replicas }];
    await underTraffic({
      ...deed,
      namespace,
      scenario: `${VERSION} scaled to ${replicas}`,
      work: async () => {
        await namespace.kubectl('patch', ES, 'demo', '--type', 'json', '-p', JSON.stringify(patch));
      },
    });
  }
});

test('upgrade to 8.19.9', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: `upgrade from ${VERSION} to 8.19.9`,
    work: async () => namespace.patch(ES, 'demo', { spec: { version: '8.19.9' } }),
  });
  expect(statusOf(await namespace.get(ES, 'demo'))).toMatchObject({ version: '8.19.9' });
});
