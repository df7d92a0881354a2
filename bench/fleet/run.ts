import { join } from 'node:path';
import { NodeProcess } from './child-process.ts';
import { Onlooker } from './children.ts';
import { FLEET_KINDS, fleetOf } from './clusters.ts';
import { Controller } from './controller.ts';
import { measureTemplateEdits } from './phases/broken.ts';
import { measureCreation } from './phases/creation.ts';
import { measureSizes } from './phases/edits.ts';
import type { Bench } from './phases/bench.ts';
import type { Figures } from './figures.ts';
import { measureForeignSecrets } from './phases/foreign-secrets.ts';
import { measureIdle } from './phases/idle.ts';
import { measureLife } from './phases/life.ts';
import { measureRepairs } from './phases/repairs.ts';
import { measureReplay } from './phases/replay.ts';
import { measureRestart } from './phases/restart.ts';
import type { FleetOptions } from './options.ts';
import { openSurroundings } from './surroundings.ts';
import { Services, StatefulSets } from '@navigator/kube';
import { loadavg } from 'node:os';

/** Runs every phase, one after the other, over one fleet. */
export async function runFleet(options: FleetOptions, signal: AbortSignal): Promise<Figures> {
  await using surroundings = await openSurroundings(signal);
  const { kubeconfig, folder, server } = surroundings;
  const load = loadavg()[0] ?? 0;
  await using onlooker = new Onlooker(await server.transport());
  for (const resource of [StatefulSets, Services, ...FLEET_KINDS.map((kind) => kind.resource)]) await onlooker.watch(resource);
  await using world = new NodeProcess({
    args: [join(import.meta.dirname, 'world/main.ts'), kubeconfig],
    logFile: join(folder, 'world.log'),
  });
  const startController = (): Promise<Controller> => Controller.start({ ...surroundings, profile: options.profile });
  const bench: Bench = {
    ...surroundings,
    options,
    onlooker,
    world,
    fleet: fleetOf(options.clusters),
    controller: await startController(),
    startController,
    signal,
  };
  try {
    return await measureAll(bench, load);
  } finally {
    await bench.controller.stop();
  }
}

/** What was measured before a phase fails is not lost: a run takes long. */
async function measureAll(bench: Bench, load: number): Promise<Figures> {
  const { options, fleet } = bench;
  await bench.controller.leads(bench.signal);
  let figures: Figures = { clusters: fleet.length, load, startCpuSeconds: bench.controller.stat().cpuSeconds };
  for (const [phase, measure] of Object.entries(PHASES)) {
    const isAsked = (phase !== 'secrets' || options.foreignSecrets > 0) && (phase !== 'replay' || options.replay > 0);
    if (!isAsked) continue;
    try {
      figures = { ...figures, [phase]: await measure(bench) };
    } catch (error) {
      return { ...figures, failed: `${phase}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  return figures;
}

type Phase = Exclude<keyof Figures, 'clusters' | 'load' | 'startCpuSeconds' | 'failed'>;

/** In this order. */
const PHASES: { readonly [P in Phase]: (bench: Bench) => Promise<NonNullable<Figures[P]>> } = {
  creation: measureCreation,
  templates: measureTemplateEdits,
  life: measureLife,
  idle: measureIdle,
  sizes: measureSizes,
  repairs: measureRepairs,
  secrets: measureForeignSecrets,
  restart: measureRestart,
  replay: measureReplay,
};
