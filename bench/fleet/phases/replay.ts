import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@navigator/kube/testing';
import { NodeProcess } from '../child-process.ts';
import { Controller } from '../controller.ts';
import { total, writesIn } from '../metrics-text.ts';
import { record } from '../replay/record.ts';
import { type Bench, say } from './bench.ts';

/** A controller over many copies of recorded clusters, served by a program that only shows them. */
export interface Replayed {
  readonly clusters: number;
  readonly pilots: number;
  readonly leadsSeconds: number;
  readonly inStepSeconds: number;
  readonly startCpuSeconds: number;
  readonly peakMiB: number;
  /** With every pilot reporting about once a minute, as from the beginning. */
  readonly beating: {
    readonly seconds: number;
    readonly beatsPerMinute: number;
    readonly cpuSeconds: number;
    readonly requests: number;
    readonly residentMiB: number;
    readonly peakMiB: number;
  };
  /** What the controller wanted to write, in all that time; the Lease apart. */
  readonly writes: number;
}

/** Records the first cluster of each kind that has not been edited. */
export async function measureReplay(bench: Bench): Promise<Replayed> {
  const { client, fleet, folder, options, server, signal } = bench;
  const recording = await record(client, fleet.slice(-2), signal);
  const file = join(folder, 'recording.json');
  await writeFile(file, JSON.stringify(recording));
  const port = await freePort();
  const [caFile, key] = [server.access.caFile, join(dirname(server.access.caFile), 'apiserver.key')];
  await using replay = new NodeProcess({
    args: [join(import.meta.dirname, '../replay/main.ts'), file, String(options.replay), String(port), caFile, key],
    logFile: join(folder, 'replay.log'),
  });
  await replay.answer();
  await bench.controller.stop();
  // From before the controller starts: however long that takes, no report grows too old to be believed.
  await ask(replay, { beats: true });
  say(`restart over ${options.replay} recorded clusters`);
  await using controller = await Controller.start({ ...bench, profile: options.profile, port });
  const leadsSeconds = (await controller.leads(signal)) / 1000;
  const inStepSeconds = (await controller.inStep(options.replay, signal)) / 1000;
  const started = controller.stat();
  const before = { calls: total(await controller.calls()), counts: await ask(replay, {}) };
  say(
    `… in step after ${inStepSeconds.toFixed(1)} s, ${started.cpuSeconds.toFixed(1)} s CPU, peak ${started.peakMiB.toFixed(0)} MiB; pilots report`,
  );
  const beganAt = performance.now();
  await delay(options.idleSeconds * 1000, undefined, { signal });
  const seconds = (performance.now() - beganAt) / 1000;
  const { cpuSeconds, residentMiB, peakMiB } = controller.stat();
  const after = await ask(replay, { beats: false });
  const calls = await controller.calls();
  return {
    clusters: options.replay,
    pilots: after.pilots,
    leadsSeconds,
    inStepSeconds,
    startCpuSeconds: started.cpuSeconds,
    peakMiB: started.peakMiB,
    beating: {
      seconds,
      beatsPerMinute: ((after.beats - before.counts.beats) / seconds) * 60,
      cpuSeconds: cpuSeconds - started.cpuSeconds,
      requests: total(calls) - before.calls,
      residentMiB,
      peakMiB,
    },
    writes: writesIn(calls),
  };
}

interface ReplayCounts {
  readonly pilots: number;
  readonly beats: number;
}

async function ask(replay: NodeProcess, message: Readonly<Record<string, boolean>>): Promise<ReplayCounts> {
  const answer = replay.answer();
  replay.send(message);
  return (await answer) as ReplayCounts;
}
