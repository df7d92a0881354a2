import type { KubeObject } from '@navigator/kube';
import { FLEET_KINDS } from '../clusters.ts';
import { waitFor } from '../wait.ts';
import { type Bench, type Cost, costOf, say } from './bench.ts';

/** Pods start, databases join one by one, pilots report, and every cluster becomes Ready. */
export interface Life extends Cost {
  /** From when pods may start until the last cluster is Ready. */
  readonly allReadySeconds: number;
}

/** Lets the world play until all is well, and waits until the controller has nothing left to do. */
export async function measureLife(bench: Bench): Promise<Life> {
  const { fleet, onlooker, world, signal } = bench;
  const ready = new Set<string>();
  const note = (cluster: KubeObject): void => {
    if (isReady(cluster)) ready.add(`${cluster.metadata.namespace}/${cluster.metadata.name}`);
  };
  using _watching = FLEET_KINDS.map((kind) => onlooker.on(kind.resource, undefined, note)).reduce((all, one) => ({
    [Symbol.dispose]() {
      all[Symbol.dispose]();
      one[Symbol.dispose]();
    },
  }));
  say('pods start');
  const { result, ...cost } = await costOf(bench, async () => {
    const startedAt = performance.now();
    // From now on pilots report as long as the run goes on: without reports nothing is known of a cluster after 150 s.
    world.send({ pods: true, beats: true });
    const deadlineMs = 120_000 + fleet.length * 1000;
    await waitFor('every cluster Ready', { signal, everyMs: 250, deadlineMs }, () => ready.size >= fleet.length || undefined);
    const endedAt = performance.now();
    await bench.controller.inStep(0, signal);
    return endedAt - startedAt;
  });
  return { ...cost, allReadySeconds: result / 1000 };
}

/** Whether its Ready condition is True and speaks of the present spec. */
export function isReady(cluster: KubeObject): boolean {
  const status = cluster['status'] as
    | { conditions?: { type: string; status: string; observedGeneration?: number }[] }
    | undefined;
  const { generation } = cluster.metadata;
  return (status?.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True' && condition.observedGeneration === generation,
  );
}
