import { create, edit, type Kind } from './deeds.ts';
import { both, MADE, memory, midRoll, now, oneNode, small, upgrade, whenReady } from './make.ts';
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
];

/** Asks for a restart of every pool. */
function restart(kind: Kind, at: string): ReturnType<typeof edit> {
  return edit(kind, (spec) => {
    for (const pool of spec.nodePools) pool.restartedAt = at;
  });
}
