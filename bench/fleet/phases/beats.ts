import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, type Cost, costOf, say } from './bench.ts';

/** A stretch in which nothing changes and every pilot says so, as often as pilots do. */
export interface Beats extends Cost {
  readonly pilots: number;
  readonly writesPerMinute: number;
  /** Beats that were more than five seconds late. */
  readonly late: number;
}

interface WorldCounts {
  readonly pilots: number;
  readonly beats: number;
  readonly late: number;
}

/** Lets every pilot report. */
export async function measureBeats(bench: Bench): Promise<Beats> {
  const { options, signal } = bench;
  say(`pilots report for ${options.beatSeconds} s`);
  const before = await tell(bench, { beats: true });
  const { result: _nothing, ...cost } = await costOf(bench, () => delay(options.beatSeconds * 1000, undefined, { signal }));
  const after = await tell(bench, { beats: false });
  const written = after.beats - before.beats;
  return { ...cost, pilots: after.pilots, writesPerMinute: (written / cost.seconds) * 60, late: after.late - before.late };
}

async function tell({ world }: Bench, message: Readonly<Record<string, boolean>>): Promise<WorldCounts> {
  const answer = world.answer();
  world.send({ ...message, ask: true });
  return (await answer) as WorldCounts;
}
