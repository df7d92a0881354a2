import { Pilots } from '@navigator/controller/lab';
import type { PilotStatus } from '@navigator/api-types';
import type { World } from '../world.ts';
import { create, edit, type Kind, type LooseSpec, smallSpec } from './deeds.ts';
import { both, MADE, now, oneNode, setOf, small, upgrade, whenReady } from './make.ts';
import type { Step, Workload } from './workload.ts';

type Change = (spec: LooseSpec) => void;

/** Lives in which nodes are suspended, and run again in the end. */
export const SUSPENDING: readonly Workload[] = [
  ...small('one-suspend', (kind) => ({
    actions: MADE,
    steps: [now(create(kind, { spec: oneNode(kind) })), whenReady(edit(kind, suspend(kind, 0))), lift(kind, 0)],
  })),
  ...small('one-suspend-first', (kind) => ({
    actions: MADE,
    steps: [now(create(kind, { spec: { ...oneNode(kind), suspendedNodes: [nodeOf(kind, 0)] } })), lift(kind, 0)],
  })),
  ...both('suspend', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(edit(kind, suspend(kind, 1))), lift(kind, 1)],
  })),
  ...both('suspend-a-moment', (kind) => ({
    actions: MADE,
    steps: [now(create(kind)), whenReady(edit(kind, suspend(kind, 0))), { when: { afterMs: 700 }, do: edit(kind, resume) }],
  })),
  // The roll waits for the node, and is done when it runs again.
  ...both('suspend-before-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    steps: [
      now(create(kind)),
      whenReady(edit(kind, suspend(kind, 0))),
      { when: isSuspended(kind, 0), do: upgrade(kind).do },
      { when: { afterMs: 45_000 }, do: edit(kind, resume) },
    ],
  })),
  ...both('suspend-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [
      now(create(kind)),
      upgrade(kind),
      { when: { afterMs: 12_000 }, do: edit(kind, suspend(kind, 1)) },
      { when: { afterMs: 60_000 }, do: edit(kind, resume) },
    ],
  })),
  {
    name: 'suspend-mid-shrink-es',
    actions: [...MADE, 'Scale'],
    countsVary: true,
    steps: [
      now(create('ElasticsearchCluster', { spec: smallSpec('ElasticsearchCluster', 4) })),
      whenReady(edit('ElasticsearchCluster', (spec) => void (spec.nodePools[0] && (spec.nodePools[0].replicas = 3)))),
      { when: { afterMs: 4000 }, do: edit('ElasticsearchCluster', suspend('ElasticsearchCluster', 1)) },
      { when: { afterMs: 60_000 }, do: edit('ElasticsearchCluster', resume) },
    ],
  },
];

function nodeOf(kind: Kind, ordinal: number): string {
  return `${setOf(kind)}-${ordinal}`;
}

function suspend(kind: Kind, ordinal: number): Change {
  return (spec) => (spec['suspendedNodes'] = [nodeOf(kind, ordinal)]);
}

function resume(spec: LooseSpec): void {
  spec['suspendedNodes'] = [];
}

/** Once the node's pilot says that its database is stopped. */
function lift(kind: Kind, ordinal: number): Step {
  return { when: isSuspended(kind, ordinal), do: edit(kind, resume) };
}

function isSuspended(kind: Kind, ordinal: number): (world: World) => boolean {
  return (world) => {
    const status = world.get(Pilots, nodeOf(kind, ordinal))?.['status'] as Partial<PilotStatus> | undefined;
    return status?.phase === 'Suspended';
  };
}
