import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiServer, stopApiServer } from '../cluster/index.ts';
import { waitFor } from '../cluster/wait.ts';
import { cassandraOf, makeTable, missingRows, writeRows } from '../lib/cassandra.ts';
import { elasticsearchOf, missingDocuments } from '../lib/elasticsearch.ts';
import { killController } from '../lib/faults.ts';
import { waitReady, type AnyObject, type Namespace } from '../lib/objects.ts';
import { CASS, ES, eventually, openScenario, podUids, removeNamespace } from '../lib/scenario.ts';

const MINUTES = 60_000;
const ABSENCE_MS = 2 * MINUTES;
const resources = { requests: { cpu: '100m', memory: '1280Mi' }, limits: { memory: '1280Mi' } };
let namespace: Namespace;
let system: Namespace;

beforeAll(async () => {
  ({ namespace, system } = await openScenario('e2e-faults'));
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

function manifest(kind: string, version: string, nodePools: unknown[]): string {
  return JSON.stringify({
    apiVersion: 'navigator.dev/v1alpha1',
    kind,
    metadata: { name: 'small' },
    spec: { version, nodePools },
  });
}

async function controllers(): Promise<AnyObject[]> {
  return system.list('pods', 'app.kubernetes.io/name=navigator');
}

test('the controller killed again and again while pools are created: every object once, both clusters Ready', async () => {
  const pools = [{ name: 'one', replicas: 1, resources, persistence: { size: '1Gi' } }];
  await namespace.apply(manifest('ElasticsearchCluster', '8.19.9', pools));
  await namespace.apply(manifest('CassandraCluster', '5.0.6', pools));
  const earlier = restartsOf(await controllers());
  let kills = 0;
  for (const awaited of ['service', 'statefulset', 'pod']) {
    await eventually(
      `the first ${awaited}`,
      3 * MINUTES,
      async () => (await namespace.list(awaited, 'navigator.dev/cluster=small')).length > 0,
    );
    for (const pod of await controllers()) {
      // One that waits in back-off from the last time has no process now.
      if (killController(pod)) kills += 1;
    }
    await eventually(
      'every killed controller runs again',
      3 * MINUTES,
      async () => restartsOf(await controllers()) >= earlier + kills,
    );
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  await waitReady(namespace, ES, 'small', 8 * MINUTES);
  await waitReady(namespace, CASS, 'small', 8 * MINUTES);
  expect((await podUids(namespace, 'small')).size).toBe(2);
});

test('the API server away for two minutes: both databases serve throughout and nothing restarts', async () => {
  const before = await restarts();
  await using elasticsearch = await elasticsearchOf(namespace, 'small');
  await using ring = await cassandraOf(namespace, 'small');
  await makeTable(ring.client, 1);
  const ids: string[] = [];
  let row = 0;
  await stopApiServer();
  try {
    const end = Date.now() + ABSENCE_MS;
    await waitFor(
      async () => {
        const answer = await elasticsearch.client.index({ index: 'away', document: { row } });
        ids.push(answer._id);
        await writeRows(ring.client, row, row + 1);
        row += 1;
        return Date.now() >= end;
      },
      {
        what: 'two minutes of writes',
        deadlineMs: ABSENCE_MS + MINUTES,
        everyMs: 500,
        giveUp: async () => (ids.length + 5 < row ? 'writes fail' : undefined),
      },
    );
  } finally {
    await startApiServer();
  }
  expect(row).toBeGreaterThan(100);
  await waitReady(namespace, ES, 'small', 5 * MINUTES);
  await waitReady(namespace, CASS, 'small', 5 * MINUTES);
  expect(await restarts()).toEqual(before);
  expect(await missingDocuments(elasticsearch.client, 'away', ids)).toEqual([]);
  expect(await missingRows(ring.client, row, 1)).toEqual([]);
});

/** Container restarts of the databases by pod name and UID. */
async function restarts(): Promise<Record<string, number>> {
  const pods = await namespace.list('pods', 'navigator.dev/cluster=small');
  return Object.fromEntries(pods.map((pod) => [`${pod.metadata.name}/${pod.metadata.uid}`, restartsOf([pod])]));
}

function restartsOf(pods: readonly AnyObject[]): number {
  const statuses = pods.flatMap(
    (pod) => (pod.status as { containerStatuses?: { restartCount: number }[] }).containerStatuses ?? [],
  );
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
