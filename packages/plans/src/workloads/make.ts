import { CASSANDRA, ES } from './deeds.ts';
import type { Step, Workload } from './workload.ts';
import type { World } from '../world.ts';

export const SHORT: Readonly<Record<string, string>> = { [ES]: 'es', [CASSANDRA]: 'cass' };
const POOL: Readonly<Record<string, string>> = { [ES]: 'mixed', [CASSANDRA]: 'ring' };
export const MADE = ['CreateNodePool', 'CreatePilot'] as const;

/** The same life for each of the two kinds. */
export function both(name: string, make: (kind: string) => Omit<Workload, 'name'>): Workload[] {
  return [ES, CASSANDRA].map((kind) => ({ name: `${name}-${SHORT[kind]}`, ...make(kind) }));
}

export function now(deed: (world: World) => void): Step {
  return { when: 'now', do: deed };
}

export function whenReady(deed: (world: World) => void): Step {
  return { when: 'ready', do: deed };
}

export function setOf(kind: string): string {
  return `${SHORT[kind]}-demo-${POOL[kind]}`;
}

export function memory(amount: string): (spec: { nodePools: { resources?: unknown }[] }) => void {
  return (spec) => {
    for (const pool of spec.nodePools) pool.resources = { requests: { cpu: '500m' }, limits: { memory: amount } };
  };
}

export function grow(spec: { nodePools: { replicas?: number }[] }, by: number): void {
  const pool = spec.nodePools[0];
  if (pool) pool.replicas = (pool.replicas ?? 3) + by;
}

/**
 * The garbage collector may be quicker than the watch that tells of the owner's end: then a child is made once more for an
 * owner that is gone, and goes as well. So it does in Kubernetes, and how often depends on chance. And who may form the
 * remade cluster is decided by what was written on the claims before the first one went.
 */
export const LEARNS_LATE = { countsVary: true, membersVary: true } as const;
