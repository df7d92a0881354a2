import { Random } from '@navigator/kube/testing';
import { CALL_FAULTS } from './faults/calls.ts';
import type { EventTrouble } from './faults/events.ts';
import { formatPlan, type PlanClass } from './plan-id.ts';
import type { CleanRun } from './run.ts';
import type { LookFault } from './sim/database.ts';
import { seedOf } from './seed.ts';
import { WORKLOADS } from './workloads/registry.ts';
import type { Workload } from './workloads/workload.ts';

/** How many plans of each kind a workload gets; `all` leaves none out. */
export type Depth = 'quick' | 'all';

const TROUBLES: readonly EventTrouble[] = ['twice', 'late', 'cut', 'lost', 'gone'];
const LOOKS: readonly LookFault[] = ['error', 'timeout', 'partial', 'empty', 'garbage'];
const SIDES = ['before', 'after'] as const;
const CALLS = Object.keys(CALL_FAULTS);
/** Answers that no write gets from an API server, only from what stands between. */
const READ_CALLS = CALLS.filter((kind) => kind !== 'conflict');
const REVISIONS_AGO = [3, 12, 40];
const HOLDS_MS = [5000, 30_000];
const LOOK_MS = [6000, 40_000];

type Limits = Readonly<Record<string, number>>;

/**
 * Plans of one kind that the quick set takes of a workload: of those with one node most, for they are cheap to play.
 * What is left out, `--deep` plays as far as time allows.
 */
const SMALL: Limits = { crash: 68, stale: 108, event: 100, write: 118, read: 56, kill: 22, look: 50, mixed: 11, quiet: 1 };
/** A life with more events than this takes longer, so that fewer of its plans are played. */
const SHORT_EVENTS = 43;
const LEAST_SHARE = 0.04;
/** Large workloads take these in turn: what one of them leaves out, the next one has, and both do much the same. */
const TURNS = ['crash', 'stale', 'mixed'] as const;
const LARGE_NAMES = WORKLOADS.filter(({ isSmall }) => isSmall !== true).map(({ name }) => name);

/** The ids of a workload's plans, always the same for the same sources. */
export function plansOf(workload: Workload, clean: CleanRun, depth: Depth): string[] {
  const random = new Random(seedOf(`plans of ${workload.name}`));
  const limits = workload.isSmall ? smallLimits(clean) : largeLimits(workload);
  const all = sweeps(workload, clean);
  const name = workload.name;
  const swept = Object.entries(all).flatMap(([fault, plans]) =>
    depth === 'all' ? plans : sample(plans, limits[fault] ?? 0, random),
  );
  return [formatPlan({ class: 'T0', workload: name, fault: 'none', parameters: [] }), ...swept];
}

function smallLimits({ events }: CleanRun): Limits {
  const share = Math.max(LEAST_SHARE, Math.min(1, SHORT_EVENTS / events) ** 6);
  return Object.fromEntries(Object.entries(SMALL).map(([fault, limit]) => [fault, Math.ceil(limit * share)]));
}

function largeLimits({ name, class: about }: Workload): Limits {
  const turn = TURNS[LARGE_NAMES.indexOf(name) % TURNS.length] ?? 'crash';
  // One whose crashes are about more than crashes has nothing else that counts for its class.
  return { chain: 8, [turn]: 1, ...(about === undefined ? {} : { crash: 1 }) };
}

/** Every plan there is of a workload, by fault. */
export function sweeps(workload: Workload, clean: CleanRun): Record<string, string[]> {
  const plan = (planClass: PlanClass, fault: string, ...parameters: (string | number)[]): string =>
    formatPlan({ class: planClass, workload: workload.name, fault, parameters: parameters.map(String) });
  const writes = upTo(clean.writes);
  const pods = [...clean.reports.keys()].toSorted();
  const moments = upTo(Math.floor(clean.durationMs / 2000)).map((number) => number * 2000);
  return {
    quiet: [plan('T13', 'quiet')],
    crash: writes.flatMap((write) => SIDES.map((side) => plan(workload.class ?? 'T1', 'crash', write, side))),
    stale: writes.flatMap((write) =>
      REVISIONS_AGO.flatMap((ago) => HOLDS_MS.map((hold) => plan('T3', 'stale', write, ago, hold))),
    ),
    event: upTo(clean.events).flatMap((event) => TROUBLES.map((trouble) => plan('T4', 'event', event, trouble))),
    write: writes.flatMap((write) => CALLS.map((kind) => plan('T14', 'write', write, kind))),
    read: upTo(clean.reads).flatMap((read) => READ_CALLS.map((kind) => plan('T5', 'read', read, kind))),
    kill: pods.flatMap((pod) =>
      upTo(clean.reports.get(pod) ?? 0).flatMap((report) => SIDES.map((side) => plan('T2', 'kill', pod, report, side))),
    ),
    look: [...pods, '*'].flatMap((pod) =>
      moments.flatMap((from) => LOOK_MS.flatMap((length) => LOOKS.map((fault) => plan('T5', 'look', pod, from, length, fault)))),
    ),
    // Chains start from a cluster of the usual size.
    chain: workload.name.startsWith('create-') ? upTo(200).map((seed) => plan('T6', 'chain', seed, 2 + (seed % 5))) : [],
    mixed: upTo(20).map((seed) => plan('T14', 'mixed', seed, 10)),
  };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Some of the plans, spread by chance, in their order. */
function sample(plans: readonly string[], count: number, random: Random): string[] {
  if (plans.length <= count) return [...plans];
  const chosen = new Set(random.shuffle(plans).slice(0, count));
  return plans.filter((plan) => chosen.has(plan));
}
