import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childrenOf, CHILD_KINDS, HAND_EDITS } from '../lib/children.ts';
import { elasticsearchOf, missingDocuments, ordersLeft, writeDocuments } from '../lib/elasticsearch.ts';
import { killDatabase, killPilot } from '../lib/faults.ts';
import { conditionOf, eventsOf, statusOf, waitReady, type Namespace } from '../lib/objects.ts';
import { ES, eventually, openScenario, PILOT, podUids, removeNamespace } from '../lib/scenario.ts';
import { underTraffic } from '../lib/traffic/under-traffic.ts';

const MANIFEST = readFileSync(new URL('../manifests/elasticsearch.yaml', import.meta.url), 'utf8');
const MINUTES = 60_000;
let namespace: Namespace;
let ids: string[] = [];

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-elasticsearch'));
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

async function expectAllDocuments(): Promise<void> {
  await using access = await elasticsearchOf(namespace, 'demo');
  expect(await missingDocuments(access.client, 'demo', ids)).toEqual([]);
}

test('a manifest becomes a green cluster of three nodes that takes documents', async () => {
  await namespace.apply(MANIFEST);
  const cluster = await waitReady(namespace, ES, 'demo', 8 * MINUTES);
  expect(statusOf(cluster)).toMatchObject({ health: 'Green', version: '8.15.0', masters: '3/3', data: '3/3', ingest: '3/3' });
  const events = (await eventsOf(namespace, 'demo')).map(({ reason, message }) => `${reason}: ${message}`);
  expect(events).toContain('CreateNodePool: Created node pool "mixed"');
  for (const ordinal of [0, 1, 2]) expect(events).toContain(`CreatePilot: Created pilot "es-demo-mixed-${ordinal}"`);
  const table = await namespace.kubectl('get', ES);
  expect(table.split('\n')[0]?.split(/\s+/)).toEqual(['NAME', 'HEALTH', 'MASTERS', 'DATA', 'INGEST', 'VERSION', 'ACTION', 'AGE']);
  await using access = await elasticsearchOf(namespace, 'demo');
  ids = await writeDocuments(access.client, 'demo', 50);
  expect(await missingDocuments(access.client, 'demo', ids)).toEqual([]);
});

test('every child that is deleted or edited is put right again, and no pod is touched', async () => {
  const owner = await namespace.get(ES, 'demo');
  const before = await podUids(namespace, 'demo');
  for (const kind of CHILD_KINDS.filter((candidate) => candidate !== 'statefulset')) {
    for (const child of await childrenOf(namespace, kind, owner)) {
      await namespace.kubectl('delete', kind, child.metadata.name, '--wait=false');
      await eventually(`${kind} ${child.metadata.name} made again`, MINUTES, async () => {
        const again = await namespace.get(kind, child.metadata.name);
        return again.metadata.uid !== child.metadata.uid;
      });
    }
  }
  for (const kind of ['statefulset', 'role', 'rolebinding', 'poddisruptionbudget', 'networkpolicy', 'serviceaccount'] as const) {
    for (const child of await childrenOf(namespace, kind, owner)) {
      const good = await namespace.get(kind, child.metadata.name);
      await namespace.patch(kind, child.metadata.name, HAND_EDITS[kind]);
      await eventually(`${kind} ${child.metadata.name} put right`, MINUTES, async () => {
        const now = await namespace.get(kind, child.metadata.name);
        return JSON.stringify(essence(now)) === JSON.stringify(essence(good));
      });
    }
  }
  expect(await podUids(namespace, 'demo')).toEqual(before);
});

function essence(object: { spec?: unknown; [field: string]: unknown }): unknown {
  return [object.spec, object['rules'], object['subjects'], object['automountServiceAccountToken']];
}

test('a StatefulSet deleted by hand comes back, and with it the nodes and their data', async () => {
  await namespace.kubectl('delete', 'statefulset', 'es-demo-mixed', '--wait=false');
  await eventually(
    'the cluster is seen as not Ready',
    2 * MINUTES,
    async () => conditionOf(await namespace.get(ES, 'demo'), 'Ready')?.status === 'False',
  );
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
  await expectAllDocuments();
});

test('a database process that is killed is started again, and its Pilot tells of it', async () => {
  const pod = await namespace.get('pod', 'es-demo-mixed-1');
  killDatabase(pod);
  await eventually('the exit in the Pilot status', 2 * MINUTES, async () => {
    const { lastExit } = (await namespace.get(PILOT, 'es-demo-mixed-1')).status as {
      lastExit?: { signal?: string; lastLines: string[] };
    };
    return lastExit !== undefined && lastExit.lastLines.length > 0;
  });
  await waitReady(namespace, ES, 'demo', 5 * MINUTES);
  expect((await namespace.get('pod', 'es-demo-mixed-1')).metadata.uid).toBe(pod.metadata.uid);
  await expectAllDocuments();
});

test('a pilot that is killed is started again with its database', async () => {
  const pod = await namespace.get('pod', 'es-demo-mixed-2');
  killPilot(pod);
  await eventually(
    'the restart is seen',
    2 * MINUTES,
    async () => conditionOf(await namespace.get(ES, 'demo'), 'Ready')?.status === 'False',
  );
  await waitReady(namespace, ES, 'demo', 5 * MINUTES);
  await expectAllDocuments();
});

test('a deleted pod comes back with its data', async () => {
  const { uid } = (await namespace.get('pod', 'es-demo-mixed-0')).metadata;
  await namespace.kubectl('delete', 'pod', 'es-demo-mixed-0', '--wait=false');
  await eventually('another pod', 5 * MINUTES, async () => (await namespace.get('pod', 'es-demo-mixed-0')).metadata.uid !== uid);
  await waitReady(namespace, ES, 'demo', 5 * MINUTES);
  await expectAllDocuments();
});

test('paused: nothing is changed until it is let go', async () => {
  await namespace.patch(ES, 'demo', { spec: { paused: true } });
  await eventually(
    'the Paused condition',
    MINUTES,
    async () => conditionOf(await namespace.get(ES, 'demo'), 'Paused')?.status === 'True',
  );
  await namespace.kubectl('delete', 'poddisruptionbudget', '-l', 'navigator.dev/cluster=demo');
  await namespace.patch(ES, 'demo', { metadata: { annotations: { touched: 'yes' } } });
  await eventually(
    'the plan still shows',
    MINUTES,
    async () => statusOf(await namespace.get(ES, 'demo')).observedGeneration !== undefined,
  );
  expect(await namespace.list('poddisruptionbudget', 'navigator.dev/cluster=demo')).toEqual([]);
  await namespace.patch(ES, 'demo', { spec: { paused: false } });
  await eventually(
    'the budget is back',
    MINUTES,
    async () => (await namespace.list('poddisruptionbudget', 'navigator.dev/cluster=demo')).length > 0,
  );
});

test('an upgrade and a scale-out in one patch: upgraded first, highest ordinal first, scaled after', async () => {
  const patch = [
    { op: 'replace', path: '/spec/version', value: '8.19.9' },
    { op: 'replace', path: '/spec/nodePools/0/replicas', value: 4 },
  ];
  // The clients make new indices all the while: in the middle of the upgrade such a one stays Yellow, since no older node
  // takes the copies of a shard that a newer one leads, and the upgrade must neither wait for Green for ever nor lose them.
  await underTraffic({
    namespace,
    cluster: 'demo',
    scenario: 'core: upgrade and scale out in one patch',
    deadlineMs: 12 * MINUTES,
    work: async () => {
      await namespace.kubectl('patch', ES, 'demo', '--type', 'json', '-p', JSON.stringify(patch));
    },
  });
  expect(statusOf(await namespace.get(ES, 'demo'))).toMatchObject({ version: '8.19.9', masters: '4/4' });
  const story = (await eventsOf(namespace, 'demo'))
    .filter(({ message }) => /^(Updating replica|Scaled|Created pilot "es-demo-mixed-3")/.test(message))
    .map(({ message }) => message);
  expect(story).toEqual([
    'Updating replica es-demo-mixed-2 to version 8.19.9',
    'Updating replica es-demo-mixed-1 to version 8.19.9',
    'Updating replica es-demo-mixed-0 to version 8.19.9',
    'Scaled node pool "mixed" to 4 replicas',
    'Created pilot "es-demo-mixed-3"',
  ]);
  await expectAllDocuments();
});

test('scaled in again: the node that goes has given its data and its vote away before', async () => {
  const patch = [{ op: 'replace', path: '/spec/nodePools/0/replicas', value: 3 }];
  await underTraffic({
    namespace,
    cluster: 'demo',
    scenario: 'core: scale in',
    deadlineMs: 8 * MINUTES,
    work: async () => {
      await namespace.kubectl('patch', ES, 'demo', '--type', 'json', '-p', JSON.stringify(patch));
    },
  });
  expect([...(await podUids(namespace, 'demo')).keys()].toSorted()).toEqual([0, 1, 2].map((n) => `es-demo-mixed-${n}`));
  await using access = await elasticsearchOf(namespace, 'demo');
  await eventually('nothing is left of it', MINUTES, async () => (await ordersLeft(access.client)).length === 0);
  await expectAllDocuments();
});

test('all pods deleted at once: the cluster comes back with its data', async () => {
  const before = await podUids(namespace, 'demo');
  await namespace.kubectl('delete', 'pod', '-l', 'navigator.dev/cluster=demo', '--wait=false');
  // Each may look for a second copy of what it holds before it stops, in vain.
  await eventually('every pod is another one', 5 * MINUTES, async () => {
    const now = await podUids(namespace, 'demo');
    return [...before].every(([name, uid]) => now.has(name) && now.get(name) !== uid);
  });
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
  await expectAllDocuments();
});

test('a deleted cluster leaves its volumes; made again it takes them, and does not bootstrap a second time', async () => {
  await namespace.kubectl('delete', ES, 'demo', '--wait=true', '--cascade=foreground');
  await eventually('all pods gone', 3 * MINUTES, async () => (await podUids(namespace, 'demo')).size === 0);
  expect(await namespace.list('pvc')).toHaveLength(4);
  await namespace.apply(MANIFEST.replace('8.15.0', '8.19.9'));
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
  await expectAllDocuments();
});
