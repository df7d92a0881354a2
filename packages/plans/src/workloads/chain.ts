import { Random } from '@navigator/kube/testing';
import type { PlanId } from '../plan-id.ts';
import { CASSANDRA, create, edit, ES, type Kind, type LooseSpec, NEW } from './deeds.ts';
import { now, setOf, whenReady } from './make.ts';
import { workloadNamed } from './registry.ts';
import type { Step, Workload } from './workload.ts';

/** A workload with the run that it must end like, where that is another one. */
export interface PlannedWorkload extends Workload {
  readonly reference?: Workload;
}

/** The workload of a plan. @throws TypeError for a name that no workload has. */
export function workloadFor(plan: PlanId): PlannedWorkload {
  if (plan.fault !== 'chain') return workloadNamed(plan.workload);
  const [seed = '0', length = '4'] = plan.parameters;
  return chainOf(plan.workload.endsWith('-es') ? ES : CASSANDRA, Number(seed), Number(length));
}

type Edit = (spec: LooseSpec) => void;

/**
 * A chain of random valid edits, each when the one before is done, or in the middle of it, or taken back at once (T6, T7).
 * It must end as if all had been asked for in a single edit.
 */
function chainOf(kind: Kind, seed: number, length: number): PlannedWorkload {
  const random = new Random(seed * 7919 + length);
  const edits: Edit[] = [];
  const steps: Step[] = [now(create(kind))];
  for (let index = 0; index < length; index += 1) {
    const change = random.pick(EDITS)(random, kind);
    edits.push(change);
    steps.push(timed(random, edit(kind, change)));
  }
  // Whatever it was left at, at the end it runs.
  const resume: Edit = (spec) => {
    spec.paused = false;
    spec['suspendedNodes'] = [];
  };
  edits.push(resume);
  steps.push({ when: { afterMs: 5000 }, do: edit(kind, resume) });
  const all: Edit = (spec) => {
    for (const change of edits) change(spec);
  };
  const name = `chain-${kind}-${seed}-${length}`;
  const reference: Workload = { name: `${name}-at-once`, actions: [], steps: [now(create(kind)), whenReady(edit(kind, all))] };
  return { name, actions: [], steps, countsVary: true, reference };
}

function timed(random: Random, deed: Step['do']): Step {
  const when = random.pick(['ready', { afterMs: 2000 }, { afterMs: 15_000 }] as const);
  // A paused cluster never gets Ready for a new spec.
  return { when: when === 'ready' ? { afterMs: 90_000 } : when, do: deed };
}

const AMOUNTS = ['2Gi', '3Gi', '4Gi'];

/** Every field that may be edited at any time, with some of its values. */
const EDITS: readonly ((random: Random, kind: Kind) => Edit)[] = [
  (_random, kind) => (spec) => (spec.version = NEW[kind]),
  (random) => {
    const amount = random.pick(AMOUNTS);
    return (spec) => {
      for (const pool of spec.nodePools) pool.resources = { requests: { cpu: '500m' }, limits: { memory: amount } };
    };
  },
  (random) => {
    const replicas = random.int(3, 5);
    return (spec) => {
      const pool = spec.nodePools[0];
      if (pool) pool.replicas = Math.max(pool.replicas ?? 3, replicas);
    };
  },
  (random) => {
    const isPaused = random.next() < 0.5;
    return (spec) => (spec.paused = isPaused);
  },
  (random, kind) => {
    const suspended = random.next() < 0.6 ? [`${setOf(kind)}-${random.int(0, 2)}`] : [];
    return (spec) => (spec['suspendedNodes'] = suspended);
  },
  (random) => {
    const key = random.pick(['a', 'b']);
    const tolerations = [{ key, operator: 'Exists', effect: 'NoSchedule' }];
    return (spec) => {
      const pool = spec.nodePools[0];
      if (pool) pool.tolerations = tolerations;
    };
  },
  () => (spec) => {
    const pool = spec.nodePools[0];
    if (pool) delete pool.tolerations;
  },
  (random) => {
    const spread = random.pick(['None', 'Preferred']);
    return (spec) => (spec.zoneSpread = spread);
  },
  (random) => {
    const policy = random.pick(['Retain', 'Delete']);
    return (spec) => (spec.volumeReclaimPolicy = policy);
  },
];
