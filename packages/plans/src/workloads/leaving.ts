import { create, edit, ES, type LooseSpec, NEW, smallSpec } from './deeds.ts';
import { grow, MADE, now, whenReady } from './make.ts';
import type { Step, Workload } from './workload.ts';

type Pools = LooseSpec['nodePools'];

const MIXED = ['master', 'data', 'ingest'];

/** An Elasticsearch cluster of these pools. */
function made(nodePools: Pools): Step {
  return now(create(ES, { spec: { ...smallSpec(ES), nodePools } }));
}

/** The pools shall be these. */
function become(nodePools: Pools): (spec: LooseSpec) => void {
  return (spec) => (spec.nodePools = nodePools);
}

function later(nodePools: Pools): Step {
  return whenReady(edit(ES, become(nodePools)));
}

function mixed(replicas: number, name = 'mixed'): Pools[number] {
  return { name, replicas, roles: MIXED };
}

const MASTERS = (replicas: number): Pools[number] => ({ name: 'masters', replicas, roles: ['master'] });
const DATA: Pools[number] = { name: 'data', replicas: 2, roles: ['data', 'ingest'] };

/** That pool with volumes of a storage class. */
function ofClass(storageClass: string): Pools[number] {
  return { ...DATA, persistence: { storageClass } };
}

/** Moments of a node's leaving: its data is on its way, its vote is taken, its pod is stopped, it is gone. */
const MOMENTS_MS = [1500, 5000, 9000, 14_000, 20_000, 35_000];

/** Lives in which nodes leave for good. */
export const LEAVING: readonly Workload[] = [
  {
    name: 'one-pool-gone-es',
    isSmall: true,
    actions: [...MADE, 'DeleteNodePool'],
    steps: [made([mixed(1), MASTERS(1)]), later([mixed(1)])],
  },
  { name: 'shrink-es', actions: [...MADE, 'Scale'], steps: [made([mixed(4)]), later([mixed(2)])] },
  {
    name: 'shrink-and-grow-es',
    actions: [...MADE, 'Scale'],
    steps: [made([mixed(3)]), later([mixed(2)]), later([mixed(3)])],
  },
  {
    name: 'pool-renamed-es',
    actions: [...MADE, 'DeleteNodePool'],
    steps: [made([mixed(3)]), later([mixed(3, 'other')])],
  },
  {
    name: 'pool-gone-es',
    actions: [...MADE, 'DeleteNodePool'],
    steps: [made([mixed(3), DATA]), later([mixed(3)])],
  },
  {
    name: 'masters-1-3-1-es',
    actions: [...MADE, 'Scale'],
    steps: [made([MASTERS(1), DATA]), later([MASTERS(3), DATA]), later([MASTERS(1), DATA])],
  },
  {
    name: 'masters-replaced-es',
    actions: [...MADE, 'UpdateConfig'],
    steps: [made([{ ...mixed(3), roles: ['master', 'data'] }]), later([{ ...mixed(3), roles: ['data'] }, MASTERS(3)])],
  },
  {
    name: 'data-given-up-es',
    actions: [...MADE, 'UpdateConfig'],
    steps: [made([mixed(3), DATA]), later([{ ...mixed(3), roles: ['master'] }, DATA])],
  },
  {
    name: 'shrink-and-upgrade-es',
    actions: [...MADE, 'Scale', 'UpdateVersion'],
    steps: [
      made([mixed(4)]),
      whenReady(
        edit(ES, (spec) => {
          spec.version = NEW[ES];
          grow(spec, -1);
        }),
      ),
    ],
  },
  {
    name: 'upgrade-mid-shrink-es',
    actions: [...MADE, 'Scale', 'UpdateVersion'],
    countsVary: true,
    steps: [made([mixed(4)]), later([mixed(3)]), { when: { afterMs: 4000 }, do: edit(ES, (spec) => (spec.version = NEW[ES])) }],
  },
  {
    // Its StatefulSet lives and keeps its claim template: that may hold up neither the upgrade nor anything else.
    name: 'pool-put-back-otherwise-es',
    actions: [...MADE, 'UpdateVersion'],
    countsVary: true,
    steps: [
      made([mixed(3), ofClass('fast')]),
      later([mixed(3)]),
      {
        when: { afterMs: 5000 },
        do: edit(ES, (spec) => {
          become([mixed(3), ofClass('slow')])(spec);
          spec.version = NEW[ES];
        }),
      },
      { when: 'quiet', do: edit(ES, become([mixed(3), ofClass('fast')])) },
    ],
  },
  ...MOMENTS_MS.flatMap((afterMs): Workload[] => [
    {
      name: `shrink-reverted-${afterMs}-es`,
      actions: MADE,
      countsVary: true,
      steps: [made([mixed(4)]), later([mixed(3)]), { when: { afterMs }, do: edit(ES, become([mixed(4)])) }],
    },
    {
      name: `pool-put-back-${afterMs}-es`,
      actions: MADE,
      countsVary: true,
      steps: [made([mixed(3), DATA]), later([mixed(3)]), { when: { afterMs }, do: edit(ES, become([mixed(3), DATA])) }],
    },
  ]),
];
