import { create, edit, type Kind, type LooseSpec, orphanSet } from './deeds.ts';
import { both, grow, MADE, memory, midRoll, now, oneNode, setOf, small, upgrade, whenReady } from './make.ts';
import type { Workload } from './workload.ts';

/** Lives in which nodes are replaced or restarted without another version. */
export const CHANGES: readonly Workload[] = [
  ...small('one-config', (kind) => ({
    actions: [...MADE, 'UpdateConfig'],
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(edit(kind, (spec) => (spec.zoneSpread = 'Required')))],
  })),
  ...small('one-restart', (kind) => ({
    actions: [...MADE, 'RestartNodePool'],
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(restart(kind, 'noon'))],
  })),
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
  // From a list that shows the spec of before, the StatefulSet is made again as before, and then once more.
  ...small('one-volume', (kind) => ({
    countsVary: true,
    actions: [...MADE, 'ResizeVolume'],
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(largerVolumes(kind))],
  })),
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
