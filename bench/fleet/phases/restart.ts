import { total, writesIn } from '../metrics-text.ts';
import { type Bench, say } from './bench.ts';

/** A controller that is stopped, and another one that is started over the same fleet. */
export interface Restart {
  readonly stopSeconds: number;
  /** From the start of the process until its workers run: the caches are filled and it has the Lease. */
  readonly leadsSeconds: number;
  /** Until it has looked at every cluster and has nothing left to do. */
  readonly inStepSeconds: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  readonly peakMiB: number;
  readonly requests: number;
  readonly writes: number;
}

/** Stops it with SIGTERM. */
export async function measureRestart(bench: Bench): Promise<Restart> {
  say('restart');
  const stoppedAt = performance.now();
  await bench.controller.stop();
  const stopSeconds = (performance.now() - stoppedAt) / 1000;
  bench.controller = await bench.startController();
  const leadsSeconds = (await bench.controller.leads(bench.signal)) / 1000;
  const inStepSeconds = (await bench.controller.inStep(bench.fleet.length, bench.signal)) / 1000;
  const { cpuSeconds, residentMiB, peakMiB } = bench.controller.stat();
  const calls = await bench.controller.calls();
  const requests = total(calls);
  return { stopSeconds, leadsSeconds, inStepSeconds, cpuSeconds, residentMiB, peakMiB, requests, writes: writesIn(calls) };
}
