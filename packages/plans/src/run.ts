import { Random } from '@navigator/kube/testing';
import { buildFaults } from './faults/build.ts';
import { NO_FAULTS } from './faults/none.ts';
import { differences, endState } from './end-state.ts';
import { formatPlan, parsePlan, type PlanId } from './plan-id.ts';
import { isWell, Script } from './script.ts';
import { seedOf } from './seed.ts';
import { isWriteCall } from './sim/transport.ts';
import type { Workload } from './workloads/workload.ts';
import { workloadFor } from './workloads/chain.ts';
import { type Faults, World } from './world.ts';

/** What a plan came to. */
export interface Outcome {
  readonly id: string;
  /** Why it diverges; empty when it does not. */
  readonly divergences: readonly string[];
  /** Seconds of the world's time, and real ones. */
  readonly virtualSeconds: number;
  readonly ms: number;
  readonly trace: readonly string[];
}

/** The undisturbed run of a workload: what all others are compared with, and what their sweeps are cut from. */
export interface CleanRun {
  readonly state: Record<string, unknown>;
  readonly counts: ReadonlyMap<string, { readonly created: number; readonly deleted: number }>;
  readonly violations: readonly string[];
  readonly settled: boolean;
  /** Whether every cluster says at the end that it is Ready, and is. */
  readonly well: boolean;
  readonly writes: number;
  readonly reads: number;
  readonly events: number;
  /** Reports by pod. */
  readonly reports: ReadonlyMap<string, number>;
  /** What is left behind in the databases, in words. */
  readonly residue: readonly string[];
  /** Names of the Actions that were taken. */
  readonly actions: ReadonlySet<string>;
  readonly durationMs: number;
  readonly trace: readonly string[];
}

const cleanRuns = new Map<string, CleanRun>();

/** Runs a workload without faults, once a process. */
export async function cleanRun(workload: Workload): Promise<CleanRun> {
  const known = cleanRuns.get(workload.name);
  if (known) return known;
  const run = await runClean(workload, false);
  cleanRuns.set(workload.name, run);
  return run;
}

export async function runClean(workload: Workload, tracing: boolean): Promise<CleanRun> {
  let [writes, reads, events] = [0, 0, 0];
  const reports = new Map<string, number>();
  const faults: Faults = {
    ...NO_FAULTS,
    controller: () => ({
      onCall: (call) => {
        if (isWriteCall(call)) writes += 1;
        else if (call.verb === 'get' || call.verb === 'list') reads += 1;
        return undefined;
      },
      onEvent: () => {
        events += 1;
        return undefined;
      },
    }),
    pilot: (name) => ({
      onCall: (call) => {
        if (isWriteCall(call)) reports.set(name, (reports.get(name) ?? 0) + 1);
        return undefined;
      },
    }),
  };
  const { world, settled } = await play(workload, { faults, tracing });
  using _world = world;
  return {
    state: endState(world),
    counts: world.counts,
    violations: [...world.violations],
    settled,
    well: isWell(world),
    writes,
    reads,
    events,
    reports,
    residue: residueOf(world),
    actions: world.actions,
    durationMs: world.clock.monotonic(),
    trace: world.trace,
  };
}

async function play(
  workload: Workload,
  options: { faults: Faults; tracing: boolean; seed?: number; extraQuietMs?: number },
): Promise<{ world: World; settled: boolean }> {
  const seed = options.seed ?? seedOf(workload.name);
  const world = new World({
    seed,
    faults: options.faults,
    tracing: options.tracing,
    ...(workload.badImages ? { badImages: workload.badImages } : {}),
    ...(workload.crashing ? { crashing: workload.crashing } : {}),
    ...(workload.hanging ? { hanging: workload.hanging } : {}),
    ...(workload.deletesClaims ? { mayDeleteClaims: true } : {}),
  });
  using _chance = takeOverChance(seed);
  world.startController();
  options.faults.begin?.(world);
  const settled = await new Script(world, workload).run(options.extraQuietMs);
  return { world, settled };
}

/** Back-offs with jitter ask Math.random; here it repeats like everything else. */
function takeOverChance(seed: number): Disposable {
  const random = new Random(seed ^ 0x5eed);
  const before = Math.random;
  Math.random = () => random.next();
  return { [Symbol.dispose]: () => void (Math.random = before) };
}

/** Plays one plan and compares it with the undisturbed run. */
export async function runPlan(id: string, tracing = false): Promise<Outcome> {
  const plan = parsePlan(id);
  const workload = workloadFor(plan);
  const startedAt = performance.now();
  const clean = await cleanRun(workload.reference ?? workload);
  if (plan.fault === 'none') return judgeClean(plan, tracing ? await runClean(workload, true) : await cleanRun(workload));
  const extraQuietMs = plan.fault === 'quiet' ? 600_000 : 0;
  const ownSeed = plan.fault === 'mixed' ? seedOf(id) : undefined;
  const faults = buildFaults(plan);
  const counting = countWrites(faults, workload);
  const { world, settled } = await play(workload, {
    faults: counting.faults,
    tracing,
    extraQuietMs,
    ...(ownSeed === undefined ? {} : { seed: ownSeed }),
  });
  using _world = world;
  const quietWrites = plan.fault === 'quiet' ? counting.since(world.clock.monotonic() - extraQuietMs) : 0;
  const divergences = [
    ...world.violations,
    ...(settled ? [] : ['it does not come to rest']),
    ...residueOf(world),
    ...(quietWrites > 0 ? [`${quietWrites} writes although nothing happened`] : []),
    ...endDifferences(workload, clean.state, endState(world)),
    ...(workload.countsVary || !sameCounts(plan) ? [] : countDifferences(clean.counts, world.counts)),
  ];
  return {
    id: formatPlan(plan),
    divergences,
    virtualSeconds: world.clock.monotonic() / 1000,
    ms: performance.now() - startedAt,
    trace: world.trace,
  };
}

/** The undisturbed run itself is a plan as well: it breaks no rule, and takes the Actions that it is there for. */
async function judgeClean(plan: PlanId, run: CleanRun): Promise<Outcome> {
  const workload = workloadFor(plan);
  const reference = await cleanRun(workload.reference ?? workload);
  const notTaken = workload.actions.filter((name) => !run.actions.has(name));
  const divergences = [
    ...run.violations,
    ...(run.settled ? [] : ['it does not come to rest']),
    ...(run.well || workload.warns === true ? [] : ['it comes to rest, but not to Ready']),
    ...run.residue,
    ...notTaken.map((name) => `Action ${name} is not taken`),
    ...endDifferences(workload, reference.state, run.state),
  ];
  return { id: formatPlan(plan), divergences, virtualSeconds: run.durationMs / 1000, ms: 0, trace: run.trace };
}

function endDifferences({ membersVary }: Workload, expected: CleanRun['state'], actual: CleanRun['state']): string[] {
  return differences(expected, actual).filter((text) => membersVary !== true || !text.includes('/initial-members'));
}

function residueOf({ databases }: World): string[] {
  return [...databases].flatMap(([name, database]) => {
    const residue = database.residue();
    return residue === undefined ? [] : [`${name} at rest: ${residue}`];
  });
}

/** Faults that lose whole pods or pilots change how many there were. */
function sameCounts({ fault }: PlanId): boolean {
  return fault !== 'mixed' && fault !== 'chain' && fault !== 'look';
}

function countWrites(faults: Faults, { warns }: Workload): { faults: Faults; since: (ms: number) => number } {
  const times: number[] = [];
  let now = (): number => 0;
  return {
    since: (ms) => times.filter((time) => time >= ms).length,
    faults: {
      ...faults,
      begin: (world) => {
        now = () => world.clock.monotonic();
        faults.begin?.(world);
      },
      controller: (life) => {
        const connection = faults.controller(life);
        return {
          ...connection,
          onCall: (call) => {
            if (isWriteCall(call) && !(warns === true && call.plural === 'events')) times.push(now());
            return connection.onCall?.(call);
          },
        };
      },
    },
  };
}

function countDifferences(expected: CleanRun['counts'], actual: CleanRun['counts']): string[] {
  return [...new Set([...expected.keys(), ...actual.keys()])].flatMap((collection) => {
    const [a, b] = [expected.get(collection), actual.get(collection)];
    if (a?.created === b?.created && a?.deleted === b?.deleted) return [];
    return [
      `${collection}: ${a?.created ?? 0} created and ${a?.deleted ?? 0} deleted became ${b?.created ?? 0} and ${b?.deleted ?? 0}`,
    ];
  });
}
