import { defineResource, Namespaces, type StatefulSet, StatefulSets } from '@navigator/kube';
import { setTimeout as delay } from 'node:timers/promises';
import { fleetOf, manifestOf } from '../clusters.ts';
import { type Bench, type Cost, costOf, say } from './bench.ts';
import { type Edits, measureEdits, type Range } from './edits.ts';

/** The others' edits while some clusters cannot be made whole, and what those cost. */
export interface Broken {
  readonly clusters: number;
  readonly edits: Edits;
  /** Of the time in which they were made and had failed some times. */
  readonly failing: Cost;
}

const ResourceQuotas = defineResource({ group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas' });
const FAILING_MS = 20_000;

/**
 * Half of them may have no StatefulSet by a quota, which answers 403 for ever; the other half find one of their name that
 * belongs to somebody else.
 */
export async function measureBroken(bench: Bench, range: Range): Promise<Broken> {
  const { client, options, signal } = bench;
  const broken = fleetOf(options.broken, 'broken').map((cluster, index) => ({
    ...cluster,
    namespace: index % 4 < 2 ? 'broken-quota' : 'broken-foreign',
  }));
  say(`${broken.length} clusters that cannot be made`);
  for (const name of ['broken-quota', 'broken-foreign'])
    await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  await forbidStatefulSets(bench, 'broken-quota');
  const { result: _nothing, ...failing } = await costOf(bench, async () => {
    for (const cluster of broken) {
      const name = cluster.statefulSet.split('/')[1] ?? '';
      if (cluster.namespace === 'broken-foreign') await client.create(StatefulSets, foreignSet(name), signal);
      await client.create(cluster.kind.resource, manifestOf(cluster), signal);
    }
    await delay(FAILING_MS, undefined, { signal });
  });
  return { clusters: broken.length, failing, edits: await measureEdits(bench, range) };
}

/** No controller fills in the quota's status here, and admission decides by it. */
async function forbidStatefulSets({ client, signal }: Bench, namespace: string): Promise<void> {
  const hard = { 'count/statefulsets.apps': '0' };
  const metadata = { name: 'none', namespace };
  await client.create(ResourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } }, signal);
  const status = { hard, used: { 'count/statefulsets.apps': '0' } };
  await client.mergePatch(ResourceQuotas, metadata, { body: { status }, subresource: 'status' }, signal);
}

function foreignSet(name: string): StatefulSet {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'broken-foreign' },
    spec: {
      serviceName: name,
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.test/foreign:1' }] } },
    },
  };
}
