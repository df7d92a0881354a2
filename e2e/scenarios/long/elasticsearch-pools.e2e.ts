// Node pools of an Elasticsearch that is in use grow, shrink, come, go and change their names; masters too.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { elasticsearchOf, ordersLeft } from '../../lib/elasticsearch.ts';
import { statusOf, waitReady, type Namespace } from '../../lib/objects.ts';
import { ES, eventually, openScenario, removeNamespace } from '../../lib/scenario.ts';
import { underTraffic } from '../../lib/traffic/under-traffic.ts';

const MINUTES = 60_000;
const deed = { cluster: 'demo', deadlineMs: 20 * MINUTES } as const;
let namespace: Namespace;

interface Pool {
  readonly name: string;
  readonly replicas: number;
  readonly roles?: readonly string[];
}

function manifest(pools: readonly Pool[], version = '8.19.9'): string {
  const common = {
    roles: ['master', 'data', 'ingest'],
    persistence: { size: '1Gi' },
    resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } },
  };
  return JSON.stringify({
    apiVersion: 'navigator.dev/v1alpha1',
    kind: 'ElasticsearchCluster',
    metadata: { name: 'demo' },
    spec: { version, nodePools: pools.map((pool) => ({ ...common, ...pool })) },
  });
}

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-es-pools'));
  await namespace.apply(manifest([{ name: 'mixed', replicas: 3 }], '8.15.0'));
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

async function expectNothingLeft(): Promise<void> {
  await using access = await elasticsearchOf(namespace, 'demo');
  await eventually('nothing is left of it', MINUTES, async () => (await ordersLeft(access.client)).length === 0);
}

async function pods(): Promise<string[]> {
  return (await namespace.list('pods', 'navigator.dev/cluster=demo')).map(({ metadata }) => metadata.name).toSorted();
}

const podsOf = (pool: string, count: number): string[] => Array.from({ length: count }, (_, i) => `es-demo-${pool}-${i}`);

test('an upgrade and a scale-out in one patch', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'upgrade and scale out in one patch',
    work: async () => namespace.apply(manifest([{ name: 'mixed', replicas: 5 }])),
  });
  expect(statusOf(await namespace.get(ES, 'demo'))).toMatchObject({ version: '8.19.9', masters: '5/5' });
});

test('scaled in from five to three', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'scale in from 5 to 3',
    work: async () => namespace.apply(manifest([{ name: 'mixed', replicas: 3 }])),
  });
  expect(await pods()).toEqual(podsOf('mixed', 3));
  await expectNothingLeft();
});

test('a pool renamed: all its masters and all data go to other nodes', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'pool renamed',
    work: async () => namespace.apply(manifest([{ name: 'all', replicas: 3 }])),
  });
  expect(await pods()).toEqual(podsOf('all', 3));
  await expectNothingLeft();
});

test('a pool added and deleted', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'pool added and deleted',
    work: async (traffic) => {
      await namespace.apply(
        manifest([
          { name: 'all', replicas: 3 },
          { name: 'more', replicas: 1, roles: ['data'] },
        ]),
      );
      await waitReady(namespace, ES, 'demo', 10 * MINUTES);
      traffic.mark('delete pool "more"');
      await namespace.apply(manifest([{ name: 'all', replicas: 3 }]));
    },
  });
  expect(await pods()).toEqual(podsOf('all', 3));
  await expectNothingLeft();
});

test('masters on their own: three, then one, then three', async () => {
  const data = { name: 'data', replicas: 2, roles: ['data', 'ingest'] };
  const masters = (replicas: number): string => manifest([{ name: 'lead', replicas, roles: ['master'] }, data]);
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'masters 3, 1, 3',
    work: async (traffic) => {
      await namespace.apply(masters(3));
      await waitReady(namespace, ES, 'demo', 15 * MINUTES);
      traffic.mark('one master');
      await namespace.apply(masters(1));
      await waitReady(namespace, ES, 'demo', 10 * MINUTES);
      traffic.mark('three masters');
      await namespace.apply(masters(3));
    },
  });
  expect(await pods()).toEqual([...podsOf('data', 2), ...podsOf('lead', 3)]);
  await expectNothingLeft();
});
