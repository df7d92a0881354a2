// The spec of an Elasticsearch that is in use changes: versions, configuration, restarts; mistakes and second thoughts too.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureImages } from '../../cluster/index.ts';
import { conditionOf, eventsOf, statusOf, waitReady, type Namespace } from '../../lib/objects.ts';
import { ES, eventually, openScenario, PILOT, removeNamespace } from '../../lib/scenario.ts';
import { restartUnderTraffic } from '../../lib/traffic/restart.ts';
import { underTraffic } from '../../lib/traffic/under-traffic.ts';

const MANIFEST = readFileSync(new URL('../../manifests/elasticsearch.yaml', import.meta.url), 'utf8');
const MINUTES = 60_000;
const deed = { cluster: 'demo', deadlineMs: 15 * MINUTES } as const;
let namespace: Namespace;

beforeAll(async () => {
  ({ namespace } = await openScenario('e2e-es-spec'));
  await namespace.apply(MANIFEST);
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

/** The Pilot runs this version and is healthy. */
async function runs(pilot: string, version: string): Promise<boolean> {
  const { status } = await namespace.get(PILOT, pilot);
  const seen = (status ?? {}) as { version?: string; health?: string };
  return seen.version === version && seen.health === 'Healthy';
}

async function planOf(): Promise<{ action: string; target?: string; blocked?: { reason: string } }[]> {
  const { plan } = statusOf(await namespace.get(ES, 'demo')) as {
    plan?: { action: string; target?: string; blocked?: { reason: string } }[];
  };
  return plan ?? [];
}

test('an upgrade reverted half-way: nobody else is upgraded, and it is said why the first one stays; then it goes on', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'upgrade reverted half-way, then done',
    work: async (traffic) => {
      await namespace.patch(ES, 'demo', { spec: { version: '8.19.9' } });
      await eventually('the first node is upgraded', 8 * MINUTES, async () => runs('es-demo-mixed-2', '8.19.9'));
      traffic.mark('back to 8.15.0');
      await namespace.patch(ES, 'demo', { spec: { version: '8.15.0' } });
      // Its data was opened by 8.19.9, and no older version opens it again.
      await eventually('the plan says so', 8 * MINUTES, async () =>
        (await planOf()).some(({ target, blocked }) => target === 'es-demo-mixed-2' && blocked?.reason === 'VersionPath'),
      );
      for (const name of ['es-demo-mixed-0', 'es-demo-mixed-1'])
        await eventually(`${name} runs 8.15.0`, 8 * MINUTES, async () => runs(name, '8.15.0'));
      traffic.mark('on to 8.19.9');
      await namespace.patch(ES, 'demo', { spec: { version: '8.19.9' } });
    },
  });
  expect(statusOf(await namespace.get(ES, 'demo'))).toMatchObject({ version: '8.19.9' });
});

test('a mistake in the configuration costs one node, and its correction brings it back', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'configuration: a mistake and its correction',
    work: async (traffic) => {
      await namespace.patch(ES, 'demo', { spec: { config: { 'no.such.setting': 'x' } } });
      await eventually('the first node fails', 8 * MINUTES, async () => {
        const { status } = await namespace.get(PILOT, 'es-demo-mixed-2');
        return (
          (status as { lastExit?: { lastLines: string[] } }).lastExit?.lastLines.some((line) =>
            line.includes('no.such.setting'),
          ) === true
        );
      });
      traffic.mark('corrected');
      await namespace.patch(ES, 'demo', { spec: { config: { 'no.such.setting': null, 'search.max_buckets': 70_000 } } });
    },
  });
  expect((await eventsOf(namespace, 'demo')).filter(({ reason }) => reason === 'UpdateConfig').length).toBeGreaterThan(2);
});

test('restarted on demand', async () => {
  await restartUnderTraffic({ ...deed, namespace, scenario: 'restart on demand' });
});

test('9.2.0 is refused after 8.19.9, since it was built before it; 9.2.4, released after it, is taken', async () => {
  if (namespace.cluster.local) await ensureImages(['docker.elastic.co/elasticsearch/elasticsearch:9.2.0']);
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'upgrade to the next major',
    work: async (traffic) => {
      await namespace.patch(ES, 'demo', { spec: { version: '9.2.0' } });
      await eventually('the first node refuses', 8 * MINUTES, async () => {
        const ready = conditionOf(await namespace.get(ES, 'demo'), 'Ready');
        return ready?.status === 'False' && ready.message.includes('9.2.0 was built before it');
      });
      for (const name of ['es-demo-mixed-0', 'es-demo-mixed-1']) expect(await runs(name, '8.19.9')).toBe(true);
      traffic.mark('9.2.4 instead');
      await namespace.patch(ES, 'demo', { spec: { version: '9.2.4' } });
    },
  });
  expect(statusOf(await namespace.get(ES, 'demo'))).toMatchObject({ version: '9.2.4' });
});
