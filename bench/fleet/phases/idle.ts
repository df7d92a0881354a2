import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, type Cost, costOf, say } from './bench.ts';

/** A stretch in which nothing changes, and every pilot says so about once a minute, as pilots do. */
export interface Idle extends Cost {
  readonly pilots: number;
  readonly reportsPerMinute: number;
  /** Reports that were more than five seconds late. */
  readonly late: number;
}

interface WorldCounts {
  readonly pilots: number;
  readonly beats: number;
  readonly late: number;
}

/** For what was noted in the last moments to be written: events, statuses. */
const SETTLE_MS = 5000;

/** What controller, API server and pilots do when nothing happens. */
export async function measureIdle(bench: Bench): Promise<Idle> {
  const { options, signal } = bench;
  await delay(SETTLE_MS, undefined, { signal });
  say(`idle for ${options.idleSeconds} s`);
  const before = await ask(bench);
  const { result: _nothing, ...cost } = await costOf(bench, () => delay(options.idleSeconds * 1000, undefined, { signal }));
  const after = await ask(bench);
  const reportsPerMinute = ((after.beats - before.beats) / cost.seconds) * 60;
  return { ...cost, pilots: after.pilots, reportsPerMinute, late: after.late - before.late };
}

async function ask({ world }: Bench): Promise<WorldCounts> {
  const answer = world.answer();
  world.send({ ask: true });
  return (await answer) as WorldCounts;
}
