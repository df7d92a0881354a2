import { readFileSync } from 'node:fs';
import cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cassandraOf, makeTable, missingRows, writeRows } from '../lib/cassandra.ts';
import { killDatabase, killPilot } from '../lib/faults.ts';
import { conditionOf, eventsOf, statusOf, waitReady, type Namespace } from '../lib/objects.ts';
import { CASS, eventually, openScenario, PILOT, podUids, removeNamespace } from '../lib/scenario.ts';

const MANIFEST = readFileSync(new URL('../manifests/cassandra.yaml', import.meta.url), 'utf8');
const MINUTES = 60_000;
const ROWS = 50;
let namespace: Namespace;

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-cassandra'));
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

async function expectAllRows(): Promise<void> {
  await using access = await cassandraOf(namespace, 'demo');
  expect(await missingRows(access.client, ROWS, cassandra.types.consistencies.all)).toEqual([]);
}

interface PilotSeen {
  phase?: string;
  identity?: { id: string };
  lastExit?: { lastLines: string[] };
  view?: { members: { id: string; state: string }[]; schemaVersions: string[] };
}

async function pilots(): Promise<PilotSeen[]> {
  return (await namespace.list(PILOT, 'navigator.dev/cluster=demo')).map((pilot) => (pilot.status ?? {}) as PilotSeen);
}

test('a manifest becomes a ring of three nodes that join one at a time', async () => {
  await namespace.apply(MANIFEST);
  let atOnce = 0;
  const ready = waitReady(namespace, CASS, 'demo', 12 * MINUTES);
  const watched = eventually('Ready', 12 * MINUTES, async () => {
    const moving = (await pilots()).filter(({ view }) => view?.members.some(({ state }) => state === 'Joining'));
    const joining = new Set(
      moving.flatMap(({ view }) => view?.members.filter(({ state }) => state === 'Joining').map(({ id }) => id) ?? []),
    );
    atOnce = Math.max(atOnce, joining.size);
    return conditionOf(await namespace.get(CASS, 'demo'), 'Ready')?.status === 'True';
  });
  const [cluster] = await Promise.all([ready, watched]);
  expect(atOnce).toBeLessThanOrEqual(1);
  expect(statusOf(cluster)).toMatchObject({ health: 'Green', version: '5.0.6', nodes: '3/3' });
  for (const { view } of await pilots()) {
    expect(view?.members.map(({ state }) => state)).toEqual(['Up', 'Up', 'Up']);
    expect(view?.schemaVersions).toHaveLength(1);
  }
  const created = (await eventsOf(namespace, 'demo'))
    .filter(({ reason }) => reason === 'CreatePilot')
    .map(({ message }) => message);
  expect(created).toEqual([0, 1, 2].map((ordinal) => `Created pilot "cass-demo-ring-${ordinal}"`));
});

test('rows are written with QUORUM and read from all replicas', async () => {
  await using access = await cassandraOf(namespace, 'demo');
  await makeTable(access.client);
  await writeRows(access.client, 0, ROWS);
  expect(await missingRows(access.client, ROWS, cassandra.types.consistencies.all)).toEqual([]);
});

test('a database process and a pilot that are killed are started again, and the Pilot tells of it', async () => {
  killDatabase(await namespace.get('pod', 'cass-demo-ring-1'));
  await eventually('the exit in the Pilot status', 2 * MINUTES, async () => {
    const { lastExit } = (await namespace.get(PILOT, 'cass-demo-ring-1')).status as PilotSeen;
    return lastExit !== undefined && lastExit.lastLines.length > 0;
  });
  await waitReady(namespace, CASS, 'demo', 5 * MINUTES);
  killPilot(await namespace.get('pod', 'cass-demo-ring-2'));
  await eventually(
    'the restart is seen',
    2 * MINUTES,
    async () => conditionOf(await namespace.get(CASS, 'demo'), 'Ready')?.status === 'False',
  );
  await waitReady(namespace, CASS, 'demo', 5 * MINUTES);
  await expectAllRows();
});

test('a deleted pod comes back under another address with the same host id and its data', async () => {
  const before = ((await namespace.get(PILOT, 'cass-demo-ring-0')).status as PilotSeen).identity?.id;
  await namespace.kubectl('delete', 'pod', 'cass-demo-ring-0', '--wait=true');
  await waitReady(namespace, CASS, 'demo', 5 * MINUTES);
  expect(((await namespace.get(PILOT, 'cass-demo-ring-0')).status as PilotSeen).identity?.id).toBe(before);
  await expectAllRows();
});

test('all pods deleted at once: the ring comes back with its data', async () => {
  await namespace.kubectl('delete', 'pod', '-l', 'navigator.dev/cluster=demo', '--wait=true');
  await waitReady(namespace, CASS, 'demo', 8 * MINUTES);
  await expectAllRows();
});

test('a deleted ring leaves its volumes; made again it takes them: same host ids, same rows', async () => {
  const before = (await pilots()).map(({ identity }) => identity?.id).toSorted();
  await namespace.kubectl('delete', CASS, 'demo', '--wait=true', '--cascade=foreground');
  await eventually('all pods gone', 5 * MINUTES, async () => (await podUids(namespace, 'demo')).size === 0);
  expect(await namespace.list('pvc')).toHaveLength(3);
  await namespace.apply(MANIFEST);
  await waitReady(namespace, CASS, 'demo', 8 * MINUTES);
  expect((await pilots()).map(({ identity }) => identity?.id).toSorted()).toEqual(before);
  await expectAllRows();
});

test('volumeReclaimPolicy Delete: the volumes go with the cluster', async () => {
  await namespace.patch(CASS, 'demo', { spec: { volumeReclaimPolicy: 'Delete' } });
  await eventually('the claims belong to the cluster', MINUTES, async () => {
    const claims = await namespace.list('pvc', 'navigator.dev/cluster=demo');
    return claims.length === 3 && claims.every((claim) => (claim.metadata.ownerReferences ?? []).length === 1);
  });
  await namespace.kubectl('delete', CASS, 'demo', '--wait=true');
  await eventually(
    'pods and claims gone',
    5 * MINUTES,
    async () => (await podUids(namespace, 'demo')).size === 0 && (await namespace.list('pvc')).length === 0,
  );
});
