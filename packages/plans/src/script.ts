import { ENGINES, Pilots } from '@navigator/controller/lab';
import type { KubeObject } from '@navigator/kube';
import { isGoing } from './sim/stateful-set.ts';
import { readyOf, shortfall, wantedNames } from './truth.ts';
import type { Step, When, Workload } from './workloads/workload.ts';
import type { World } from './world.ts';

const TICK_MS = 500;
/** Longer than any back-off of controller, kubelet and pilots. */
const QUIET_MS = 200_000;
/** Enough when everything is as it shall be: only faults could disturb it. */
const WELL_QUIET_MS = 20_000;
/** What is Ready, but with a health that is not the database's own, may still learn something from the next heartbeat. */
const BEAT_QUIET_MS = 75_000;
const STEP_QUIET_MS = 30_000;
const DEADLINE_MS = 45 * 60_000;

/** Takes a workload's steps in their turn, and knows when it is all over. */
export class Script {
  readonly #world: World;
  readonly #steps: readonly Step[];
  #next = 0;
  #lastStepMs = 0;
  /** When a step or a fault was last still to come. */
  #busyMs = 0;

  constructor(world: World, workload: Workload) {
    this.#world = world;
    this.#steps = workload.steps;
  }

  /** Runs the world until it has come to rest. Returns false when it does not within 45 minutes of its time. */
  async run(extraQuietMs = 0): Promise<boolean> {
    const { clock } = this.#world;
    this.#tick();
    while (!this.#isOver(extraQuietMs)) {
      if (clock.monotonic() > DEADLINE_MS) return false;
      await clock.advance(TICK_MS);
      this.#tick();
    }
    return true;
  }

  #tick(): void {
    for (let step = this.#steps[this.#next]; step && this.#isDue(step.when); step = this.#steps[this.#next]) {
      this.#next += 1;
      this.#lastStepMs = this.#world.clock.monotonic();
      step.do(this.#world);
    }
  }

  #isDue(when: When): boolean {
    const now = this.#world.clock.monotonic();
    if (when === 'now') return true;
    if (when === 'ready') return now - this.#lastStepMs >= TICK_MS && isWell(this.#world);
    if (when === 'quiet') return now - this.#world.lastChangeMs >= STEP_QUIET_MS && now - this.#lastStepMs >= STEP_QUIET_MS;
    if (typeof when === 'function') return when(this.#world);
    return now - this.#lastStepMs >= when.afterMs;
  }

  #isOver(extraQuietMs: number): boolean {
    const { clock, lastChangeMs, faults, hasController } = this.#world;
    if (this.#next < this.#steps.length || !hasController || faults.pending?.() === true) {
      this.#busyMs = clock.monotonic();
      return false;
    }
    const quietMs = clock.monotonic() - Math.max(lastChangeMs, this.#busyMs);
    if (quietMs < WELL_QUIET_MS + extraQuietMs) return false;
    if (quietMs >= QUIET_MS) return true;
    return (
      isWell(this.#world) &&
      (quietMs >= BEAT_QUIET_MS || clustersOf(this.#world).every((cluster) => isTold(this.#world, cluster)))
    );
  }
}

/** Whether every cluster says that it is Ready, and is; a Pilot that somebody deleted is still to come back. */
export function isWell(world: World): boolean {
  return clustersOf(world).every((cluster) => {
    const database = world.databases.get(databaseKey(cluster));
    return (
      !isGoing(cluster) &&
      database !== undefined &&
      readyOf(cluster)?.status === 'True' &&
      shortfall(world, cluster, database) === undefined &&
      wantedNames(cluster).every((name) => world.server.get(Pilots, { namespace: world.namespace, name }) !== undefined)
    );
  });
}

/** Whether the status says how the database is, and nothing in the database is on its way any more. */
function isTold(world: World, cluster: KubeObject): boolean {
  const health = world.databases.get(databaseKey(cluster))?.restingHealth();
  return health !== undefined && (cluster['status'] as { health?: string } | undefined)?.health === health;
}

function databaseKey({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

export function clustersOf(world: World): KubeObject[] {
  return ENGINES.flatMap((engine) => world.server.list(engine.resource));
}
