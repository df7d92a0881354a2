import { ANNOTATIONS } from '@navigator/api-types';
import { PersistentVolumeClaims, Pods } from '@navigator/kube';
import type { World } from '../world.ts';
import { CASSANDRA, create, damageVolume, deleteClaim, edit, ES, NEW, podsOf, smallSpec } from './deeds.ts';
import { grow, MADE, midRoll, now, oneNode, setOf, upgrade, whenGreen, whenReady } from './make.ts';
import type { Workload } from './workload.ts';

const NODE = (ordinal: number): string => `${setOf(ES)}-${ordinal}`;
const REPLACED_ACTIONS = [...MADE, 'ReplaceNode'] as const;

/** Lives in which a person deletes the claim of a node's volume. */
export const REPLACED: readonly Workload[] = [
  // Two nodes with two copies of all: none can give its data to the other.
  {
    name: 'two-replace-es',
    isSmall: true,
    actions: REPLACED_ACTIONS,
    steps: [now(create(ES, { spec: smallSpec(ES, 2) })), whenGreen(deleteClaim(NODE(1)))],
  },
  {
    name: 'two-replace-first-es',
    actions: REPLACED_ACTIONS,
    steps: [now(create(ES, { spec: smallSpec(ES, 2) })), whenGreen(deleteClaim(NODE(0)))],
  },
  { name: 'replace-es', actions: REPLACED_ACTIONS, steps: [now(create(ES)), whenGreen(deleteClaim(NODE(1)))] },
  {
    name: 'replace-two-es',
    actions: REPLACED_ACTIONS,
    countsVary: true,
    steps: [
      now(create(ES)),
      whenGreen((world) => {
        deleteClaim(NODE(0))(world);
        deleteClaim(NODE(2))(world);
      }),
    ],
  },
  {
    name: 'replace-damaged-es',
    actions: REPLACED_ACTIONS,
    steps: [
      now(create(ES)),
      whenGreen(damageVolume(NODE(2))),
      { when: (world) => !isReady(world, NODE(2)), do: deleteClaim(NODE(2)) },
    ],
  },
  {
    name: 'replace-mid-roll-es',
    actions: [...REPLACED_ACTIONS, 'UpdateVersion'],
    countsVary: true,
    steps: [now(create(ES)), upgrade(ES), midRoll(ES, deleteClaim(NODE(0)))],
  },
  // One node of each pool: when its turn comes, the last one is the only one with the old version.
  {
    name: 'replace-last-of-roll-es',
    actions: [...REPLACED_ACTIONS, 'UpdateVersion'],
    countsVary: true,
    steps: [
      now(create(ES, { spec: { ...smallSpec(ES), nodePools: ['za', 'zb', 'zc'].map((name) => ({ name, replicas: 1 })) } })),
      upgrade(ES),
      { when: (world) => podsOf(world, NEW[ES]) === 2, do: deleteClaim('es-demo-zc-0') },
      // Else a node that can never join were an end like any other.
      whenReady(() => undefined),
    ],
  },
  {
    name: 'replace-and-scale-es',
    actions: [...REPLACED_ACTIONS, 'Scale'],
    countsVary: true,
    steps: [
      now(create(ES)),
      whenGreen((world) => {
        deleteClaim(NODE(1))(world);
        edit(ES, (spec) => grow(spec, -1))(world);
      }),
    ],
  },
  // What hangs on the volume is nowhere else until there is a second node.
  {
    name: 'one-replace-then-grow-es',
    isSmall: true,
    actions: [...REPLACED_ACTIONS, 'Scale'],
    countsVary: true,
    steps: [
      now(create(ES, { spec: oneNode(ES) })),
      whenReady(deleteClaim(NODE(0))),
      { when: { afterMs: 20_000 }, do: edit(ES, (spec) => grow(spec, 1)) },
    ],
  },
  // Whatever is asked for, the pod must stay: its tokens would go with the volume.
  {
    name: 'one-claim-deleted-cass',
    actions: MADE,
    warns: true,
    steps: [
      now(create(CASSANDRA, { spec: oneNode(CASSANDRA) })),
      { when: isIdentified, do: deleteClaim(`${setOf(CASSANDRA)}-0`) },
      { when: 'quiet', do: edit(CASSANDRA, (spec) => (spec.version = NEW[CASSANDRA])) },
    ],
  },
];

/** Whose data it is stands on every claim by now. */
function isIdentified(world: World): boolean {
  const claims = world.server.list(PersistentVolumeClaims);
  return claims.length > 0 && claims.every(({ metadata }) => metadata.annotations?.[ANNOTATIONS.dataIdentity] !== undefined);
}

function isReady(world: World, pod: string): boolean {
  const conditions = world.get(Pods, pod)?.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
