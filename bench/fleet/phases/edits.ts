import { StatefulSets } from '@navigator/kube';
import type { FleetCluster } from '../clusters.ts';
import { type Latency, latencyOf } from '../statistics.ts';
import { type Bench, say } from './bench.ts';

/** Which clusters are edited, and how many of them. */
export interface Range {
  readonly clusters: readonly FleetCluster[];
  readonly edits: number;
}

/** Edits, one after the other: a fourth node is asked for, and the StatefulSet has it. */
export interface Edits {
  /** From sending the edit to the child's event. */
  readonly sinceSent: Latency;
  /** From the API server's answer to the edit: what the controller adds. Below zero: the child was there before it. */
  readonly sinceAccepted: Latency;
}

const DEADLINE_MS = 60_000;

/** Edits clusters spread over the range. */
export async function measureEdits(bench: Bench, { clusters, edits }: Range): Promise<Edits> {
  say(`${edits} edits`);
  const sinceSent: number[] = [];
  const sinceAccepted: number[] = [];
  for (let index = 0; index < edits; index += 1) {
    const cluster = clusters[Math.floor((index * clusters.length) / edits)];
    if (cluster === undefined) continue;
    const { sentAt, acceptedAt, seenAt } = await edit(bench, cluster);
    sinceSent.push(seenAt - sentAt);
    sinceAccepted.push(seenAt - acceptedAt);
  }
  await bench.controller.inStep(0, bench.signal);
  const edited = { sinceSent: latencyOf(sinceSent), sinceAccepted: latencyOf(sinceAccepted) };
  say(`… p50 ${edited.sinceSent.p50Ms.toFixed(1)} ms, of it ${edited.sinceAccepted.p50Ms.toFixed(1)} ms since accepted`);
  return edited;
}

async function edit({ client, onlooker, signal }: Bench, cluster: FleetCluster) {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  using _watching = onlooker.on(StatefulSets, cluster.statefulSet, (set) => {
    if ((set['spec'] as { replicas?: number }).replicas === 4) resolve(performance.now());
  });
  const timer = setTimeout(() => reject(new Error(`${cluster.statefulSet} does not follow an edit`)), DEADLINE_MS);
  const sentAt = performance.now();
  const body = { spec: { nodePools: [{ name: cluster.kind.pool, replicas: 4 }] } };
  await client.mergePatch(cluster.kind.resource, cluster, { body }, signal);
  const acceptedAt = performance.now();
  const seenAt = await promise;
  clearTimeout(timer);
  return { sentAt, acceptedAt, seenAt };
}
