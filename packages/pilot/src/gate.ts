import { type Clock, deadline, type Logger } from '@navigator/kube';
import type { DataVersion } from './data-version.ts';
import type { Command, Held, NodeEngine } from './engines/engine.ts';
import { messageOf } from './errors.ts';
import type { GateHold } from './lifecycle.ts';
import type { NodeState } from './node-state.ts';
import type { Orders } from './orders.ts';
import type { Order } from './process/records.ts';
import type { VolumeLock } from './volume-lock.ts';

/** How long one look at the volume or one rendering may take. */
const STEP_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;

export interface GateParts {
  readonly node: NodeEngine;
  readonly state: NodeState;
  readonly orders: Orders;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the volume tells of versions. */
  readonly dataVersion?: DataVersion | undefined;
  /** Keeps a second pilot off the volume. */
  readonly lock?: VolumeLock | undefined;
}

/**
 * Waits until the node may start and says with what. Asks again with growing pauses, at once when the order changes.
 * Undefined when the pod is asked to stop first.
 */
export async function passGate(parts: GateParts, stop: AbortSignal): Promise<Command | undefined> {
  const { state, orders, log } = parts;
  if ((await orders.first(stop)) === undefined) return undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let said = '';
  while (!stop.aborted) {
    const order = orders.latest();
    const answer = order === undefined ? HELD_WITHOUT_ORDER : await tryGate(parts, order, stop);
    if ('command' in answer) {
      // What is ordered meanwhile holds too: a look at a volume may take a minute.
      if (!orders.suspends) return stop.aborted ? undefined : answer.command;
      continue;
    }
    if (answer.message !== said) log.info({ phase: answer.phase, reason: answer.message }, 'the node may not start yet');
    if (answer.message !== said) pauseMs = FIRST_PAUSE_MS;
    said = answer.message;
    state.happened({ is: 'held', ...answer });
    await orders.change(pauseMs, stop);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
  return undefined;
}

const DECOMMISSIONED: Held = {
  phase: 'Waiting',
  message: 'this node has given up its place in the cluster and is going to be removed',
};
const SUSPENDED: GateHold = {
  phase: 'Suspended',
  message: 'this node is suspended: its database is not started until it is taken out of spec.suspendedNodes of its cluster',
};
const HELD_WITHOUT_ORDER: Held = { phase: 'Waiting', message: 'waiting for the Pilot object' };

/**
 * The volume is ours alone, so repair tools may work on it. What it is for is not asked: it may be just that which they mend. Its
 * version is still told, if it can be.
 */
async function suspended({ dataVersion, state }: GateParts, signal: AbortSignal): Promise<GateHold> {
  if (dataVersion !== undefined && dataVersion.known === undefined) {
    await dataVersion.check(signal).catch(() => undefined);
    if (dataVersion.known !== undefined) state.learn({ dataVersion: dataVersion.known });
  }
  return SUSPENDED;
}

/** An error is not a verdict: the start is put off, never done on a guess and never refused for good. */
async function tryGate(parts: GateParts, order: Order, stop: AbortSignal): Promise<GateHold | { readonly command: Command }> {
  const { node, clock, dataVersion, state, lock } = parts;
  if (order.spec.desired === 'Decommissioned') return DECOMMISSIONED;
  using limit = deadline(clock, STEP_TIMEOUT_MS, stop);
  try {
    const held = await lock?.take(limit.signal);
    if (held !== undefined) return { phase: 'Waiting', message: held };
    if (order.spec.desired === 'Suspended') return await suspended(parts, limit.signal);
    const verdict = await node.checkVolume(order.spec, limit.signal);
    if (!verdict.start) return verdict;
    const version = await dataVersion?.check(limit.signal);
    if (dataVersion?.known !== undefined) state.learn({ dataVersion: dataVersion.known });
    if (version?.start === false) return version;
  } catch (error) {
    return { phase: 'Waiting', message: `the volume could not be checked: ${messageOf(error)}` };
  }
  try {
    const command = await node.prepare(order.spec, limit.signal);
    await dataVersion?.starting(limit.signal);
    return { command };
  } catch (error) {
    return { phase: 'Waiting', message: `the start could not be prepared: ${messageOf(error)}` };
  }
}
