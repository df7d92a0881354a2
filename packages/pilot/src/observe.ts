import { type Clock, deadline, type Logger, sleep } from '@navigator/kube';
import type { DataVersion } from './data-version.ts';
import type { NodeEngine, Observation } from './engines/engine.ts';
import { messageOf } from './errors.ts';
import type { NodeState } from './node-state.ts';
import type { Orders } from './orders.ts';
import type { Order } from './process/records.ts';

export const OBSERVE_INTERVAL_MS = 2000;
const OBSERVE_TIMEOUT_MS = 5000;

export interface ObserveParts {
  readonly node: NodeEngine;
  readonly state: NodeState;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dataVersion?: DataVersion | undefined;
  readonly orders?: Pick<Orders, 'fresh'>;
}

/** Looks at the database every 2 s until the signal aborts, one look at a time. Never throws. */
export async function observeForever(parts: ObserveParts, signal: AbortSignal): Promise<void> {
  const { clock } = parts;
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    await observeOnce(parts, signal);
    await sleep(clock, Math.max(0, OBSERVE_INTERVAL_MS - (clock.monotonic() - startedAt)), signal);
  }
}

async function observeOnce(parts: ObserveParts, signal: AbortSignal): Promise<void> {
  const { node, state, clock } = parts;
  using limit = deadline(clock, OBSERVE_TIMEOUT_MS, signal);
  try {
    const order = parts.orders?.fresh;
    const observation = withGeneration(await node.observe(limit.signal, order?.spec), order);
    if (observation.ready && observation.version !== undefined) await serves(parts, observation.version);
    if (!signal.aborted) state.looked(clock.monotonic(), observation);
  } catch (error) {
    if (signal.aborted) return;
    const late = limit.signal.aborted ? `no answer within ${OBSERVE_TIMEOUT_MS / 1000} s` : messageOf(error);
    state.looked(clock.monotonic(), error instanceof Error && !limit.signal.aborted ? error : new Error(late));
  }
}

/** Orders may change while a look is on its way: what it tells of them is true of those that it began with, and of no newer ones. */
function withGeneration(observation: Observation, order: Order | undefined): Observation {
  const { view } = observation;
  if (view?.orders === undefined || order === undefined) return observation;
  return { ...observation, view: { ...view, orders: { ...view.orders, generation: order.generation } } };
}

/** A volume that takes no record is no reason to call the database unhealthy; the next start will find out by itself. */
async function serves({ dataVersion, state, log }: ObserveParts, version: string): Promise<void> {
  if (dataVersion === undefined || state.facts.dataVersion === version) return;
  await dataVersion
    .served(version)
    .catch((error: unknown) => log.warn({ err: error }, 'the version could not be noted on the volume'));
  state.learn({ dataVersion: version });
}
