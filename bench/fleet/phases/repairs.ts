import { Services } from '@navigator/kube';
import type { FleetCluster } from '../clusters.ts';
import { type Latency, latencyOf } from '../statistics.ts';
import { type Bench, say } from './bench.ts';

const DEADLINE_MS = 60_000;

/** Deletes Services, one after the other: how long until each is there again, since the API server said that it is gone. */
export async function measureRepairs(bench: Bench): Promise<Latency> {
  const { fleet, options, signal } = bench;
  const count = Math.min(options.deletions, fleet.length);
  say(`${count} Services are deleted`);
  const tookMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const cluster = fleet[Math.floor((index * fleet.length) / count)];
    if (cluster !== undefined) tookMs.push(await repair(bench, cluster));
  }
  await bench.controller.inStep(0, signal);
  return latencyOf(tookMs);
}

async function repair({ client, onlooker, signal }: Bench, { namespace, service: name }: FleetCluster): Promise<number> {
  const { metadata } = await client.get(Services, { namespace, name }, signal);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  using _watching = onlooker.on(Services, `${namespace}/${name}`, (service, type) => {
    if (type === 'ADDED' && service.metadata.uid !== metadata.uid) resolve(performance.now());
  });
  const timer = setTimeout(() => reject(new Error(`Service ${namespace}/${name} does not come back`)), DEADLINE_MS);
  await client.delete(Services, { namespace, name }, { uid: metadata.uid ?? '' }, signal);
  const deletedAt = performance.now();
  const backAt = await promise;
  clearTimeout(timer);
  return backAt - deletedAt;
}
