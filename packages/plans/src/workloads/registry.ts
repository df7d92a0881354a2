import { BROKEN, HUNG } from './broken.ts';
import { CHANGES } from './changes.ts';
import { CASSANDRA, create, edit, ES, type Kind, NEW, orphanSet, remove, removeChild, smallSpec } from './deeds.ts';
import { LEAVING } from './leaving.ts';
import { both, grow, LEARNS_LATE, MADE, memory, midRoll, now, setOf, SHORT, upgrade, whenReady } from './make.ts';
import { REPLACED } from './replaced.ts';
import { SMALL } from './small.ts';
import { SUSPENDING } from './suspending.ts';
import { TROUBLES } from './troubles.ts';
import type { Workload } from './workload.ts';

/** Every workload. An Action without one fails a test. */
export const WORKLOADS: readonly Workload[] = [
  ...SMALL,
  ...BROKEN,
  ...CHANGES,
  ...LEAVING,
  ...REPLACED,
  ...SUSPENDING,
  ...TROUBLES,
  ...both('create', (kind) => ({ actions: MADE, steps: [now(create(kind))] })),
  ...both('scale-out', (kind) => ({
    actions: [...MADE, 'Scale'],
    steps: [now(create(kind)), whenReady(edit(kind, (spec) => grow(spec, 2)))],
  })),
  ...both('upgrade', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [now(create(kind)), upgrade(kind)],
  })),
  ...both('upgrade-and-scale', (kind) => ({
    actions: [...MADE, 'UpdateVersion', 'Scale'],
    steps: [
      now(create(kind)),
      whenReady(
        edit(kind, (spec) => {
          spec.version = NEW[kind];
          grow(spec, 1);
        }),
      ),
    ],
  })),
  ...both('resources', (kind) => ({
    actions: [...MADE, 'AdjustResources'],
    steps: [now(create(kind)), whenReady(edit(kind, memory('3Gi')))],
  })),
  ...both('add-pool', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(edit(kind, (spec) => void spec.nodePools.push(extraPool(kind))))],
  })),
  ...both('pause-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [
      now(create(kind)),
      upgrade(kind),
      midRoll(
        kind,
        edit(kind, (spec) => (spec.paused = true)),
      ),
      { when: { afterMs: 90_000 }, do: edit(kind, (spec) => (spec.paused = false)) },
    ],
  })),
  ...both('edit-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [now(create(kind)), upgrade(kind), midRoll(kind, edit(kind, memory('3Gi')))],
  })),
  ...both('remake', (kind) => ({
    class: 'T15',
    ...LEARNS_LATE,
    actions: MADE,
    steps: [now(create(kind)), whenReady(remove(kind)), { when: { afterMs: 30_000 }, do: create(kind) }],
  })),
  ...both('remake-at-once', (kind) => ({
    class: 'T15',
    actions: MADE,
    countsVary: true,
    steps: [now(create(kind)), whenReady(remove(kind)), { when: { afterMs: 100 }, do: create(kind) }],
  })),
  ...both('delete-all', (kind) => ({
    class: 'T15',
    ...LEARNS_LATE,
    actions: MADE,
    deletesClaims: true,
    steps: [now(create(kind, { spec: { ...smallSpec(kind), volumeReclaimPolicy: 'Delete' } })), whenReady(remove(kind))],
  })),
  ...both('hand-set', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(removeChild('StatefulSet', setOf(kind)))],
  })),
  ...both('hand-orphan', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(orphanSet(setOf(kind)))],
  })),
  ...both('hand-pilot', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(removeChild('Pilot', `${setOf(kind)}-1`))],
  })),
  ...both('hand-pod', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(removeChild('Pod', `${setOf(kind)}-0`))],
  })),
  ...both('hand-service-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [now(create(kind)), upgrade(kind), midRoll(kind, removeChild('Service', `${SHORT[kind]}-demo-nodes`))],
  })),
  {
    name: 'tiers-upgrade-es',
    actions: [...MADE, 'UpdateVersion'],
    steps: [
      now(
        create(ES, {
          spec: {
            ...smallSpec(ES),
            nodePools: [
              { name: 'masters', replicas: 3, roles: ['master'] },
              { name: 'data', replicas: 2, roles: ['data', 'ingest'] },
            ],
          },
        }),
      ),
      upgrade(ES),
    ],
  },
  {
    name: 'racks-upgrade-cass',
    actions: [...MADE, 'UpdateVersion'],
    steps: [
      now(
        create(CASSANDRA, {
          spec: {
            ...smallSpec(CASSANDRA),
            nodePools: [
              { name: 'a', replicas: 2 },
              { name: 'b', replicas: 2 },
            ],
          },
        }),
      ),
      upgrade(CASSANDRA),
    ],
  },
  {
    name: 'namesakes',
    class: 'T15',
    actions: MADE,
    steps: [
      now(create(ES)),
      now(create(CASSANDRA)),
      now(create(ES, { name: 'demo-b', spec: { ...smallSpec(ES), nodePools: [{ name: 'c', replicas: 1 }] } })),
    ],
  },
  ...HUNG,
];

function extraPool(kind: Kind): { name: string; replicas: number; roles?: string[] } {
  return kind === ES ? { name: 'extra', replicas: 2, roles: ['data'] } : { name: 'extra', replicas: 2 };
}

/** @throws TypeError for a name that no workload has. */
export function workloadNamed(name: string): Workload {
  const workload = WORKLOADS.find((each) => each.name === name);
  if (!workload)
    throw new TypeError(`no workload is called "${name}"; there are ${WORKLOADS.map((each) => each.name).join(', ')}`);
  return workload;
}
