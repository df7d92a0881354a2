import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, type Cost, costOf, say } from './bench.ts';

/** For what was noted in the last moments to be written: events, statuses. */
const SETTLE_MS = 5000;

/** Nothing happens, and no pilot reports: what the controller does by itself. */
export async function measureIdle(bench: Bench): Promise<Cost> {
  const { options, signal } = bench;
  await delay(SETTLE_MS, undefined, { signal });
  say(`idle for ${options.idleSeconds} s`);
  const { result: _nothing, ...cost } = await costOf(bench, () => delay(options.idleSeconds * 1000, undefined, { signal }));
  return cost;
}
