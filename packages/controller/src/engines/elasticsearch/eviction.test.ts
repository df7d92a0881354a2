import type { ClusterView, ElasticsearchClusterSpec } from '@navigator/api-types';
import { expect, test } from 'vitest';
import { buildDisruptionBudget } from '../../resources/disruption-budget.ts';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { elasticsearchSnapshot, withView } from '../../testing/snapshots.ts';
import { elasticsearch } from './index.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

function yellow(soleCopies: readonly (number | undefined)[], recovering = 0): Snapshot {
  return withView(elasticsearchSnapshot(), (view): ClusterView => {
    const members = view.members.map((member, index) => {
      const count = soleCopies[index];
      return { ...member, ...(count === undefined ? {} : { soleCopies: count }) };
    });
    return { ...view, health: 'Yellow', recovering, members };
  });
}

const oneDataNode = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 1 }] } });

test.each<[string, Snapshot, number]>([
  ['Green', elasticsearchSnapshot(), 1],
  ['Yellow for want of nodes, each shard has two good copies', yellow([0, 0, 0]), 1],
  ['Yellow, a shard has its last good copy somewhere', yellow([0, 2, 0]), 0],
  ['Yellow while copies are built', yellow([0, 0, 0], 1), 0],
  ['Yellow, and the master cannot count', yellow([0, undefined, 0]), 0],
  ['Yellow with one data node', withView(oneDataNode, { health: 'Yellow' }), 1],
  ['Red', withView(elasticsearchSnapshot(), { health: 'Red' }), 0],
  ['nobody knows', withView(elasticsearchSnapshot(), { authoritative: false }), 0],
  ['nothing exists yet', elasticsearchSnapshot({ exists: false }), 0],
])('how many may be evicted: %s', (_name, snapshot, expected) => {
  expect(buildDisruptionBudget(snapshot, elasticsearch).spec?.maxUnavailable).toBe(expected);
});
