import type { CassandraClusterSpec } from '@navigator/api-types';
import { expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { cassandraSnapshot, iso, NOW, withoutPod, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { health, summarize } from './health.ts';

type Snapshot = ClusterSnapshot<CassandraClusterSpec>;

const [FIRST, SECOND, THIRD] = ['cass-demo-ring-0', 'cass-demo-ring-1', 'cass-demo-ring-2'] as const;
const healthy = cassandraSnapshot();

function isSeenDown(snapshot: Snapshot, name: string, viewer?: string): Snapshot {
  return withView(
    snapshot,
    (view) => ({
      ...view,
      members: view.members.map((member) => (member.id === `id-${name}` ? { ...member, state: 'Down' } : member)),
    }),
    viewer,
  );
}

const growing = cassandraSnapshot({
  spec: { nodePools: [{ name: 'ring', replicas: 4 }] },
  running: { nodePools: [{ name: 'ring', replicas: 3 }] },
});

test.each<[string, Snapshot, string, string]>([
  ['everybody sees everybody up', healthy, 'Green', ''],
  [
    'a silent pilot whose node all others see up',
    withPilotStatus(healthy, SECOND, { heartbeatTime: iso(NOW - 400_000) }),
    'Green',
    '',
  ],
  ['one pod of three is gone', withoutPod(healthy, SECOND), 'Yellow', SECOND],
  ['one node of three is seen down', isSeenDown(healthy, SECOND), 'Yellow', SECOND],
  ['one node is seen down by one other', isSeenDown(healthy, SECOND, THIRD), 'Yellow', SECOND],
  ['a node is still to come', growing, 'Yellow', 'cass-demo-ring-3'],
  [
    'a dead member is left over',
    withView(healthy, (v) => ({ ...v, members: [...v.members, { id: 'dead', state: 'Down' }] })),
    'Yellow',
    'dead',
  ],
  ['two of three are seen down', isSeenDown(isSeenDown(healthy, SECOND), THIRD), 'Red', '1 of 3'],
  ['two pods of three are gone', withoutPod(withoutPod(healthy, FIRST), SECOND), 'Red', '1 of 3'],
  [
    'nodes that name different clusters',
    withView(withView(healthy, { clusterId: 'one' }), { clusterId: 'two' }, THIRD),
    'Unknown',
    'one, two',
  ],
])('%s', (_name, snapshot, expected, words) => {
  const report = health(snapshot);
  expect(report.health).toBe(expected);
  expect(report.message).toContain(words);
  expect(report.message === '').toBe(expected === 'Green');
});

test.each<[string, Snapshot, string]>([
  ['all is well', healthy, '3/3'],
  ['one is still to come', growing, '3/4'],
  ['one is down', isSeenDown(healthy, SECOND), '2/3'],
  ['nobody reports', withView(healthy, { members: [] }), '0/3'],
  ['nothing exists', cassandraSnapshot({ exists: false }), '0/3'],
])('nodes for kubectl get when %s', (_name, snapshot, nodes) => {
  expect(summarize(snapshot)).toEqual({ nodes, racks: 1 });
});

test('pools of one rack count as one rack', () => {
  const racks = cassandraSnapshot({
    spec: {
      nodePools: [
        { name: 'a', rack: 'r1' },
        { name: 'b', rack: 'r2' },
        { name: 'c', rack: 'r1' },
      ],
    },
  });
  expect(summarize(racks)).toEqual({ nodes: '9/9', racks: 2 });
});
