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
    return { ...(await measureAll(bench)), load };
  } finally {
    await bench.controller.stop();
  }
}

async function measureAll(bench: Bench): Promise<Omit<Figures, 'load'>> {
  const { options, fleet } = bench;
  await bench.controller.leads(bench.signal);
  return {
    clusters: fleet.length,
    startCpuSeconds: bench.controller.stat().cpuSeconds,
    creation: await measureCreation(bench),
    templates: await measureTemplateEdits(bench),
    life: await measureLife(bench),
    idle: await measureIdle(bench),
    sizes: await measureSizes(bench),
    repairs: await measureRepairs(bench),
    secrets: options.foreignSecrets === 0 ? undefined : await measureForeignSecrets(bench),
    restart: await measureRestart(bench),
    replay: options.replay === 0 ? undefined : await measureReplay(bench),
  };
}
