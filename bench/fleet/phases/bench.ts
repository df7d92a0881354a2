import type { NodeProcess } from '../child-process.ts';
import type { Onlooker } from '../children.ts';
import type { FleetCluster } from '../clusters.ts';
import type { Controller } from '../controller.ts';
import type { FleetOptions } from '../options.ts';
import { type ProcessStat, statOf } from '../process-stat.ts';
import type { Surroundings } from '../surroundings.ts';
import { byVerb, type Calls, callsBetween, total, writesIn } from '../metrics-text.ts';

/** What every phase works with. */
export interface Bench extends Pick<Surroundings, 'client' | 'server' | 'folder'> {
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
}

async function mark(bench: Bench): Promise<Mark> {
  const calls = await bench.controller.calls();
  return {
    atMs: performance.now(),
    controller: bench.controller.stat(),
    server: statOf(bench.server.pid ?? 0),
    world: bench.world.stat(),
    calls,
  };
}

/** Does something, and says what that cost. */
export async function costOf<T>(bench: Bench, work: () => Promise<T>): Promise<Cost & { readonly result: T }> {
  const before = await mark(bench);
  const result = await work();
  const after = await mark(bench);
  const calls = callsBetween(before.calls, after.calls);
  return {
    result,
    seconds: (after.atMs - before.atMs) / 1000,
    cpuSeconds: after.controller.cpuSeconds - before.controller.cpuSeconds,
    residentMiB: after.controller.residentMiB,
    peakMiB: after.controller.peakMiB,
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
