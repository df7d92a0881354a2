import { create, edit, NEW, remove, removeChild } from './deeds.ts';
import { grow, LEARNS_LATE, MADE, memory, midRoll, now, oneNode, setOf, SHORT, small, upgrade, whenReady } from './make.ts';
import type { Workload } from './workload.ts';

/**
 * The lives of the large workloads with one node in place of three: every call, every event and every moment of them is
 * disturbed in the quick set, for which three nodes would take too long.
 */
export const SMALL: readonly Workload[] = [
  ...small('one-create', (kind) => ({ actions: MADE, steps: [now(create(kind, { spec: oneNode(kind) }))] })),
  ...small('one-grow', (kind) => ({
    actions: [...MADE, 'Scale'],
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(edit(kind, (spec) => grow(spec, 1)))],
  })),
  ...small('one-upgrade', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [now(create(kind, { spec: oneNode(kind) })), upgrade(kind)],
  })),
  ...small('one-resources', (kind) => ({
    actions: [...MADE, 'AdjustResources'],
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(edit(kind, memory('3Gi')))],
  })),
  ...small('one-pause', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [
      now(create(kind, { spec: oneNode(kind) })),
      whenReady(
        edit(kind, (spec) => {
          spec.version = NEW[kind];
          spec.paused = true;
        }),
      ),
      { when: { afterMs: 20_000 }, do: edit(kind, (spec) => (spec.paused = false)) },
    ],
  })),
  ...small('one-remake', (kind) => ({
    class: 'T15',
    ...LEARNS_LATE,
    actions: MADE,
    steps: [
      now(create(kind, { spec: oneNode(kind) })),
      whenReady(remove(kind)),
      { when: { afterMs: 20_000 }, do: create(kind, { spec: oneNode(kind) }) },
    ],
  })),
  ...small('one-hand-set', (kind) => ({
    actions: MADE,
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(removeChild('StatefulSet', setOf(kind)))],
  })),
  ...small('one-hand-pilot', (kind) => ({
    actions: MADE,
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(removeChild('Pilot', `${setOf(kind)}-0`))],
  })),
  ...small('one-hand-service-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [
      now(create(kind, { spec: oneNode(kind) })),
      upgrade(kind),
      midRoll(kind, removeChild('Service', `${SHORT[kind]}-demo-nodes`)),
    ],
  })),
];
