// Volumes of an Elasticsearch that is in use grow: nobody restarts, and a node that comes later has a large volume at once. The
// local cluster's resizer is a stand-in, see e2e/cluster/resizer.ts: the disks themselves have no size.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf, type Namespace, waitReady } from '../../lib/objects.ts';
import { ES, eventually, openScenario, podUids, removeNamespace } from '../../lib/scenario.ts';
import { underTraffic } from '../../lib/traffic/under-traffic.ts';

const MANIFEST = readFileSync(new URL('../../manifests/elasticsearch.yaml', import.meta.url), 'utf8');
const MINUTES = 60_000;
const deed = { cluster: 'demo', deadlineMs: 10 * MINUTES } as const;
let namespace: Namespace;

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-es-volumes'));
  await namespace.apply(MANIFEST);
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

async function replace(path: string, value: unknown): Promise<void> {
  const patch = [{ op: 'replace', path: `/spec/nodePools/0/${path}`, value }];
  await namespace.kubectl('patch', ES, 'demo', '--type', 'json', '-p', JSON.stringify(patch));
}

async function capacities(): Promise<Map<string, string>> {
  const claims = await namespace.list('pvc', 'navigator.dev/cluster=demo');
  return new Map(
    claims.map(({ metadata, status }) => {
      const { capacity } = (status ?? {}) as { capacity?: { storage?: string } };
      return [metadata.name, capacity?.storage ?? ''];
    }),
  );
}

test('volumes grow under traffic, and no pod is replaced', async () => {
  const before = await podUids(namespace, 'demo');
  const { uid } = (await namespace.get('statefulset', 'es-demo-mixed')).metadata;
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'volumes grown',
    work: async (traffic) => {
      traffic.mark('2Gi asked for');
      await replace('persistence/size', '2Gi');
      await eventually('all have grown', 5 * MINUTES, async () =>
        [...(await capacities()).values()].every((size) => size === '2Gi'),
      );
      await eventually('the StatefulSet is another one', 5 * MINUTES, async () => {
        const set = await namespace.get('statefulset', 'es-demo-mixed');
        return set.metadata.uid !== uid;
      });
    },
  });
  expect(await podUids(namespace, 'demo')).toEqual(before);
  const reasons = (await eventsOf(namespace, 'demo')).filter(({ reason }) => reason === 'ResizeVolume');
  expect(reasons.length).toBeGreaterThanOrEqual(2);
});

test('a node that is added has a volume of the new size', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'scaled out after volumes have grown',
    work: async () => replace('replicas', 4),
  });
  expect((await capacities()).get('data-es-demo-mixed-3')).toBe('2Gi');
});
