import { Random } from '@navigator/kube/testing';
import { CALL_FAULTS } from './faults/calls.ts';
import { seedOf } from './seed.ts';
import { WORKLOADS } from './workloads/registry.ts';

/** An endless row of plans by chance; the same for the same seed. Numbers beyond a run's end make an undisturbed run. */
export function randomPlans(seed: string, only: string): { next(count: number): string[] } {
  const random = new Random(seedOf(seed));
  const names = WORKLOADS.map(({ name }) => name).filter((name) => name.includes(only));
  const one = (): string => {
    const workload = random.pick(names);
    const make = random.pick(MAKERS);
    return make(workload, random);
  };
  return { next: (count) => Array.from({ length: count }, one) };
}

const MAKERS: readonly ((workload: string, random: Random) => string)[] = [
  (name, random) => `T1:${name}:crash:${random.int(1, 120)}:${random.pick(['before', 'after'])}`,
  (name, random) => `T3:${name}:stale:${random.int(1, 120)}:${random.int(1, 60)}:${random.int(1000, 60_000)}`,
  (name, random) => `T4:${name}:event:${random.int(1, 250)}:${random.pick(['twice', 'late', 'cut', 'lost', 'gone'])}`,
  (name, random) => `T14:${name}:write:${random.int(1, 120)}:${random.pick(Object.keys(CALL_FAULTS))}`,
  (name, random) => `T5:${name}:read:${random.int(1, 40)}:${random.pick(Object.keys(CALL_FAULTS))}`,
  (name, random) =>
    `T5:${name}:look:*:${random.int(1, 120) * 1000}:${random.int(2, 60) * 1000}:${random.pick(['error', 'timeout', 'partial', 'empty', 'garbage'])}`,
  (name, random) => `T14:${name}:mixed:${random.int(100, 1_000_000)}:${random.pick([3, 10, 25])}`,
];
