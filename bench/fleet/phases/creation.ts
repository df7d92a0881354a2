import { Namespaces, StatefulSets } from '@navigator/kube';
import { manifestOf } from '../clusters.ts';
import { forEachAtOnce } from '../pool.ts';
import { type Latency, latencyOf } from '../statistics.ts';
import { waitFor } from '../wait.ts';
import { type Bench, type Cost, costOf, say } from './bench.ts';

/** Creating all clusters at once, with no pods yet, so that it is the controller and the API server alone. */
export interface Creation extends Cost {
  /** From the first cluster's request until the last StatefulSet is there: it comes after all other children. */
  readonly allChildrenSeconds: number;
  /** From a cluster's request to its StatefulSet's event. */
  readonly firstStatefulSet: Latency;
  /** How long it took to create the cluster objects, by the harness. */
  readonly creatingSeconds: number;
  /** What came after the last StatefulSet, until the controller was at rest: Pilots, statuses, Events. */
  readonly after: Cost;
}

const CREATORS = 8;

/** Creates the fleet. */
export async function measureCreation(bench: Bench): Promise<Creation> {
  const { client, fleet, onlooker, signal } = bench;
  for (const name of new Set(fleet.map(({ namespace }) => namespace)))
    await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  const appeared = new Map<string, number>();
  using _watching = onlooker.on(StatefulSets, undefined, ({ metadata }, type) => {
    if (type === 'ADDED') appeared.set(`${metadata.namespace}/${metadata.name}`, performance.now());
  });
  say(`creating ${fleet.length} clusters`);
  const { result, ...cost } = await costOf(bench, async () => {
    const asked = new Map<string, number>();
    const startedAt = performance.now();
    await forEachAtOnce(CREATORS, fleet, async (cluster) => {
      asked.set(cluster.statefulSet, performance.now());
      await client.create(cluster.kind.resource, manifestOf(cluster), signal);
    });
    const createdAt = performance.now();
    const deadlineMs = 60_000 + fleet.length * 500;
    await waitFor('every StatefulSet', { signal, everyMs: 100, deadlineMs }, () => appeared.size >= fleet.length || undefined);
    return { asked, startedAt, createdAt, lastAt: Math.max(...appeared.values()) };
  });
  const { asked, startedAt, createdAt, lastAt } = result;
  const { result: _ms, ...after } = await costOf(bench, () => bench.controller.inStep(0, signal));
  return {
    ...cost,
    after,
    allChildrenSeconds: (lastAt - startedAt) / 1000,
    creatingSeconds: (createdAt - startedAt) / 1000,
    firstStatefulSet: latencyOf([...asked].map(([key, at]) => (appeared.get(key) ?? Number.NaN) - at)),
  };
}
