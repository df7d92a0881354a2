import { StatefulSets } from '@navigator/kube';
import { create, edit, ES, type Kind, NEW, podsOf, removeChild, smallSpec } from './deeds.ts';
import { both, grow, MADE, memory, midRoll, now, oneNode, setOf, small, upgrade, whenReady } from './make.ts';
import type { Step, Workload } from './workload.ts';
import type { World } from '../world.ts';

/** What people and other controllers do in the middle of things, and what does not work for a while. */
export const TROUBLES: readonly Workload[] = [
  ...small('one-edit-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [now(create(kind, { spec: oneNode(kind) })), upgrade(kind), midRoll(kind, edit(kind, memory('3Gi')))],
  })),
  ...both('edit-late-in-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [now(create(kind)), upgrade(kind), { when: (world) => podsOf(world, NEW[kind]) === 2, do: edit(kind, memory('3Gi')) }],
  })),
  ...both('two-first-pod-gone-mid-roll', (kind) => firstPodGone(kind, 2)),
  ...both('first-pod-gone-mid-roll', (kind) => firstPodGone(kind, 3)),
  ...small('one-quota', (kind) => ({
    actions: MADE,
    steps: [now(quota(0)), now(create(kind, { spec: oneNode(kind) })), { when: { afterMs: 60_000 }, do: quota(undefined) }],
  })),
  ...both('quota-on-growth', (kind) => ({
    actions: [...MADE, 'Scale'],
    steps: [
      now(create(kind)),
      whenReady((world) => {
        quota(4)(world);
        edit(kind, (spec) => grow(spec, 2))(world);
      }),
      { when: { afterMs: 120_000 }, do: quota(undefined) },
    ],
  })),
  ...both('quota-mid-roll', (kind) => ({
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [
      now(create(kind)),
      whenReady((world) => {
        quota(2)(world);
        edit(kind, (spec) => (spec.version = NEW[kind]))(world);
      }),
      { when: { afterMs: 300_000 }, do: quota(undefined) },
    ],
  })),
  ...small('one-pool-while-sets-sleep', (kind) => poolWhileAsleep(kind, 1)),
  ...both('pool-while-sets-sleep', (kind) => poolWhileAsleep(kind, 3)),
];

/** The pod that is replaced last is deleted by hand when only it is still of the old template. */
function firstPodGone(kind: Kind, replicas: number): Omit<Workload, 'name'> {
  const atOne = (world: World): boolean =>
    world.get(StatefulSets, setOf(kind))?.spec?.updateStrategy?.rollingUpdate?.partition === 1 && podsOf(world, NEW[kind]) > 0;
  return {
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [
      now(create(kind, { spec: smallSpec(kind, replicas) })),
      upgrade(kind),
      { when: atOne, do: removeChild('Pod', `${setOf(kind)}-0`) },
    ],
  };
}

/** No more pods than these may be there: a ResourceQuota, or no room. */
function quota(pods: number | undefined): Step['do'] {
  return (world) => {
    world.note('kubectl', pods === undefined ? 'lifts the quota' : `allows ${pods} pods`);
    world.statefulSets.allow(pods);
  };
}

function poolWhileAsleep(kind: Kind, replicas: number): Omit<Workload, 'name'> {
  const extra = { name: 'extra', replicas: 1, ...(kind === ES ? { roles: ['data'] } : {}) };
  return {
    actions: MADE,
    steps: [
      now(create(kind, { spec: smallSpec(kind, replicas) })),
      whenReady((world) => {
        world.statefulSets.sleep(45_000);
        edit(kind, (spec) => void spec.nodePools.push(extra))(world);
      }),
    ],
  };
}
