import { CASSANDRA, edit, ES, isRolling, type Kind, NEW, smallSpec, toVersion } from './deeds.ts';
import type { Step, Workload } from './workload.ts';
import type { World } from '../world.ts';

export const SHORT: Readonly<Record<Kind, string>> = { [ES]: 'es', [CASSANDRA]: 'cass' };
export const MADE = ['CreateNodePool', 'CreatePilot'] as const;

/** The same life for each of the two kinds. */
export function both(name: string, make: (kind: Kind) => Omit<Workload, 'name'>): Workload[] {
  return ([ES, CASSANDRA] as const).map((kind) => ({ name: `${name}-${SHORT[kind]}`, ...make(kind) }));
}

/** A life that is cheap to play, for each of the two kinds. */
export function small(name: string, make: (kind: Kind) => Omit<Workload, 'name'>): Workload[] {
  return both(name, (kind) => ({ ...make(kind), isSmall: true }));
}

/** One node in one pool: a world that is cheap to play. */
export function oneNode(kind: Kind): Record<string, unknown> {
  return smallSpec(kind, 1);
}

export function now(deed: (world: World) => void): Step {
  return { when: 'now', do: deed };
}

export function whenReady(deed: (world: World) => void): Step {
  return { when: 'ready', do: deed };
}

/** Once the database is Green: while it is Yellow a volume may hold the last good copy of something. */
export function whenGreen(deed: Step['do']): Step {
  const isGreen = (world: World): boolean => {
    const status = world.get(world.resource(ES), 'demo')?.['status'];
    return typeof status === 'object' && status !== null && 'health' in status && status.health === 'Green';
  };
  return { when: isGreen, do: deed };
}

/** A new version is asked for once all is well. */
export function upgrade(kind: Kind): Step {
  return whenReady(edit(kind, toVersion(NEW[kind])));
}

/** In the middle of the roll that {@link upgrade} asks for. */
export function midRoll(kind: Kind, deed: Step['do']): Step {
  return { when: isRolling(NEW[kind]), do: deed };
}

export function setOf(kind: Kind): string {
  return `${SHORT[kind]}-demo-${smallSpec(kind).nodePools[0]?.name}`;
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
