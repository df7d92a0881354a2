import type { NodeProcess } from '../child-process.ts';
import type { Onlooker } from '../children.ts';
import type { FleetCluster } from '../clusters.ts';
import type { Controller } from '../controller.ts';
import type { FleetOptions } from '../options.ts';
import { type ProcessStat, statOf } from '../process-stat.ts';
import type { Surroundings } from '../surroundings.ts';
import { byVerb, type Calls, callsBetween, callsIn, sumOf, total, writesIn } from '../metrics-text.ts';

/** What every phase works with. */
export interface Bench extends Pick<Surroundings, 'client' | 'server' | 'folder' | 'serviceAccount' | 'program'> {
  readonly options: FleetOptions;
  readonly onlooker: Onlooker;
  readonly world: NodeProcess;
  readonly fleet: readonly FleetCluster[];
  /** Another one after the restart. */
  controller: Controller;
  readonly startController: () => Promise<Controller>;
  readonly signal: AbortSignal;
}

/** What a stretch of time cost. */
export interface Cost {
  readonly seconds: number;
  /** Of the controller. */
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  /** Since the controller started. */
  readonly peakMiB: number;
  /** Passes over clusters, those that were put off not counted. */
  readonly passes: number;
  readonly requests: number;
  readonly writes: number;
  readonly byVerb: Calls;
  readonly calls: Calls;
  /** Of the API server. */
  readonly serverCpuSeconds: number;
  /** Of the process that plays pods and pilots. */
  readonly worldCpuSeconds: number;
}

interface Mark {
  readonly atMs: number;
  readonly controller: ProcessStat;
  readonly server: ProcessStat;
  readonly world: ProcessStat;
  readonly calls: Calls;
  readonly passes: number;
}

async function mark(bench: Bench): Promise<Mark> {
  const samples = await bench.controller.metrics();
  return {
    atMs: performance.now(),
    controller: bench.controller.stat(),
    server: statOf(bench.server.pid ?? 0),
    world: bench.world.stat(),
    calls: callsIn(samples),
    passes:
      sumOf(samples, 'controller_runtime_reconcile_total') -
      sumOf(samples, 'controller_runtime_reconcile_total', { result: 'stale' }),
  };
}

/** Does something, and says what that cost. */
export async function costOf<T>(bench: Bench, work: () => Promise<T>): Promise<Cost & { readonly result: T }> {
  const before = await mark(bench);
  const result = await work();
  const after = await mark(bench);
  const calls = callsBetween(before.calls, after.calls);
  const cost = costBetween(before, after, calls);
  say(
    `… ${cost.seconds.toFixed(1)} s, controller ${cost.cpuSeconds.toFixed(2)} s CPU, ${cost.residentMiB.toFixed(0)} MiB, ${cost.passes} passes, ${cost.requests} requests`,
  );
  return { ...cost, result };
}

function costBetween(before: Mark, after: Mark, calls: Calls): Cost {
  return {
    seconds: (after.atMs - before.atMs) / 1000,
    cpuSeconds: after.controller.cpuSeconds - before.controller.cpuSeconds,
    residentMiB: after.controller.residentMiB,
    peakMiB: after.controller.peakMiB,
    passes: after.passes - before.passes,
    requests: total(calls),
    writes: writesIn(calls),
    byVerb: byVerb(calls),
    calls,
    serverCpuSeconds: after.server.cpuSeconds - before.server.cpuSeconds,
    worldCpuSeconds: after.world.cpuSeconds - before.world.cpuSeconds,
  };
}

/** Says on stderr what is going on. */
export function say(what: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`);
}
