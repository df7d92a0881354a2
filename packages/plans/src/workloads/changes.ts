import { CASSANDRA, create, edit, ES, type Kind, loseVolume, type LooseSpec, orphanSet } from './deeds.ts';
import { both, grow, MADE, memory, midRoll, now, oneNode, setOf, upgrade, whenGreen, whenReady } from './make.ts';
import type { Workload } from './workload.ts';

/** Lives in which nodes are replaced or restarted without another version. */
export const CHANGES: readonly Workload[] = [
  // One kind of each is enough for the sweeps: nothing in these Actions depends on the database.
  {
    name: 'one-config-es',
    isSmall: true,
    actions: [...MADE, 'UpdateConfig'],
    steps: [now(create(ES, { spec: oneNode(ES) })), whenReady(edit(ES, (spec) => (spec.zoneSpread = 'Required')))],
  },
  {
    name: 'one-restart-cass',
    isSmall: true,
    actions: [...MADE, 'RestartNodePool'],
    steps: [now(create(CASSANDRA, { spec: oneNode(CASSANDRA) })), whenReady(restart(CASSANDRA, 'noon'))],
  },
  ...both('restart', (kind) => ({
    actions: [...MADE, 'RestartNodePool'],
    steps: [now(create(kind)), whenReady(restart(kind, 'noon'))],
  })),
  ...both('restart-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [now(create(kind)), upgrade(kind), midRoll(kind, restart(kind, 'noon'))],
  })),
  ...both('resources-and-restart', (kind) => ({
    actions: [...MADE, 'AdjustResources'],
    steps: [
      now(create(kind)),
      whenReady(
        edit(kind, (spec) => {
          memory('3Gi')(spec);
          for (const pool of spec.nodePools) pool.restartedAt = 'noon';
        }),
      ),
    ],
  })),
  {
    name: 'one-volume-es',
    isSmall: true,
    // From a list that shows the spec of before, the StatefulSet is made again as before, and then once more.
    countsVary: true,
    actions: [...MADE, 'ResizeVolume'],
    steps: [now(create(ES, { spec: oneNode(ES) })), whenReady(largerVolumes(ES))],
  },
  ...both('volumes', (kind) => ({
    actions: [...MADE, 'ResizeVolume'],
    steps: [now(create(kind)), whenReady(largerVolumes(kind))],
  })),
  ...both('volumes-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion', 'ResizeVolume'],
    steps: [now(create(kind)), upgrade(kind), midRoll(kind, largerVolumes(kind))],
  })),
  ...both('volumes-and-scale', (kind) => ({
    actions: [...MADE, 'ResizeVolume', 'Scale'],
    steps: [
      now(create(kind)),
      whenReady(
        edit(kind, (spec) => {
          enlarge(spec);
          grow(spec, 1);
        }),
      ),
    ],
  })),
  {
    name: 'lost-volume-es',
    actions: MADE,
    deletesClaims: true,
    steps: [now(create(ES)), whenGreen(loseVolume(`${setOf(ES)}-2`))],
  },
  {
    name: 'lost-volume-of-the-first-es',
    actions: MADE,
    deletesClaims: true,
    steps: [now(create(ES)), whenGreen(loseVolume(`${setOf(ES)}-0`))],
  },
  ...both('volumes-and-orphaned-set', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(largerVolumes(kind)), { when: { afterMs: 500 }, do: orphanSet(setOf(kind)) }],
  })),
];

function enlarge(spec: LooseSpec): void {
  for (const pool of spec.nodePools) pool.persistence = { size: '20Gi' };
}

/** Asks for larger volumes in every pool. */
function largerVolumes(kind: Kind): ReturnType<typeof edit> {
  return edit(kind, enlarge);
}

/** Asks for a restart of every pool. */
function restart(kind: Kind, at: string): ReturnType<typeof edit> {
  return edit(kind, (spec) => {
    for (const pool of spec.nodePools) pool.restartedAt = at;
  });
}
