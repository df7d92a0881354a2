import { type KubeObject, keyOf, type StatefulSet, StatefulSets } from '@navigator/kube';
import type { FleetCluster } from '../clusters.ts';
import { type Latency, latencyOf } from '../statistics.ts';
import { type Bench, say } from './bench.ts';
import { isReady } from './life.ts';

/** How long edits took to come to the StatefulSet, one after the other. */
export interface Edits {
  /** From sending the edit to the child's event. */
  readonly sinceSent: Latency;
  /** From the API server's answer to the edit: what the controller adds. Below zero: the child was there before it. */
  readonly sinceAccepted: Latency;
}

/** One edit: when it was sent and accepted, and when its child was seen, by `performance.now()`. */
export interface Edited {
  readonly sentAt: number;
  readonly acceptedAt: number;
  readonly seenAt: number;
}

const DEADLINE_MS = 60_000;

/** Sums up. */
export function latenciesOf(edits: readonly Edited[]): Edits {
  return {
    sinceSent: latencyOf(edits.map(({ seenAt, sentAt }) => seenAt - sentAt)),
    sinceAccepted: latencyOf(edits.map(({ seenAt, acceptedAt }) => seenAt - acceptedAt)),
  };
}

/**
 * Edits of sizes: a fourth node is asked for, until the StatefulSet has it. A Role and Pilots are written before it. Then its
 * cluster comes to rest, so that each edit is the only work that there is.
 */
export async function measureSizes(bench: Bench): Promise<Edits> {
  const { fleet, options } = bench;
  const count = Math.min(options.edits, fleet.length);
  say(`${count} clusters get a fourth node`);
  const edits: Edited[] = [];
  for (let index = 0; index < count; index += 1) {
    const cluster = fleet[Math.floor((index * fleet.length) / count)];
    if (cluster !== undefined) edits.push(await grow(bench, cluster));
  }
  await bench.controller.inStep(0, bench.signal);
  return told(latenciesOf(edits));
}

/** Says the middle one. */
export function told(edits: Edits): Edits {
  const { sinceSent, sinceAccepted } = edits;
  say(`… p50 ${sinceSent.p50Ms.toFixed(1)} ms, of it ${sinceAccepted.p50Ms.toFixed(1)} ms since accepted`);
  return edits;
}

async function grow(bench: Bench, cluster: FleetCluster): Promise<Edited> {
  const isGrown = (object: KubeObject): boolean =>
    isReady(object) && (object['spec'] as { nodePools: { replicas?: number }[] }).nodePools[0]?.replicas === 4;
  using rest = seen(bench, { resource: cluster.kind.resource, key: keyOf(cluster), is: isGrown });
  const edited = await edit(bench, cluster, {
    spec: { nodePools: [{ name: cluster.kind.pool, replicas: 4 }] },
    isDone: ({ spec }) => spec?.replicas === 4,
  });
  await rest.at;
  return edited;
}

/** An edit of the pod template: the StatefulSet alone follows, and without pods nothing comes after it. `turn` counts from 0. */
export async function editTemplate(bench: Bench, cluster: FleetCluster, turn: number): Promise<Edited> {
  const pullPolicy = turn % 2 === 0 ? 'Always' : 'IfNotPresent';
  return await edit(bench, cluster, {
    spec: { image: { pullPolicy } },
    isDone: ({ spec }) => spec?.template.spec?.containers[0]?.imagePullPolicy === pullPolicy,
  });
}

interface Change {
  readonly spec: object;
  readonly isDone: (set: StatefulSet) => boolean;
}

async function edit(bench: Bench, cluster: FleetCluster, { spec, isDone }: Change): Promise<Edited> {
  const is = (object: KubeObject): boolean => isDone(object as StatefulSet);
  using child = seen(bench, { resource: StatefulSets, key: cluster.statefulSet, is });
  const sentAt = performance.now();
  await bench.client.mergePatch(cluster.kind.resource, cluster, { body: { spec } }, bench.signal);
  const acceptedAt = performance.now();
  return { sentAt, acceptedAt, seenAt: await child.at };
}

/** When the object is first seen so. */
function seen(
  { onlooker }: Bench,
  { resource, key, is }: { resource: FleetCluster['kind']['resource']; key: string; is: (object: KubeObject) => boolean },
): Disposable & { readonly at: Promise<number> } {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const watching = onlooker.on(resource, key, (object) => {
    if (is(object)) resolve(performance.now());
  });
  const timer = setTimeout(() => reject(new Error(`${resource.kind} ${key} does not follow an edit`)), DEADLINE_MS);
  // Whoever failed before it came to waiting has told already.
  promise.catch(() => {});
  return {
    at: promise,
    [Symbol.dispose]() {
      clearTimeout(timer);
      watching[Symbol.dispose]();
    },
  };
}
