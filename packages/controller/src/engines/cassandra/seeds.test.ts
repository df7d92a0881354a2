import { ANNOTATIONS } from '@navigator/api-types';
import { expect, test } from 'vitest';
import { cassandraSnapshot, mapNodes, withoutPod, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { seeds } from './seeds.ts';

const threeRacks = cassandraSnapshot({ spec: { nodePools: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] } });

test('before the ring has formed, the node that forms it is the only seed', () => {
  expect(seeds(cassandraSnapshot({ exists: false }))).toEqual(['cass-demo-ring-0']);
});

test('three nodes, spread over the pools', () => {
  expect(seeds(threeRacks)).toEqual(['cass-demo-a-0', 'cass-demo-b-0', 'cass-demo-c-0']);
  expect(seeds(cassandraSnapshot())).toEqual(['cass-demo-ring-0', 'cass-demo-ring-1', 'cass-demo-ring-2']);
});

test('a node that joins is no seed, or it would join without data', () => {
  const one = cassandraSnapshot({ spec: { nodePools: [{ name: 'ring', replicas: 1 }] } });
  const joining = cassandraSnapshot();
  const unseeded = mapNodes(joining, (node) =>
    node.pilot === undefined
      ? node
      : { ...node, pilot: { ...node.pilot, spec: { ...node.pilot.spec, seeds: ['cass-demo-ring-0'] } } },
  );
  const seen = withView(unseeded, (view) => ({
    ...view,
    members: view.members.map((member) => (member.id === 'id-cass-demo-ring-0' ? member : { ...member, state: 'Joining' })),
  }));
  expect(seeds(seen)).toEqual(['cass-demo-ring-0']);
  expect(seeds(one)).toEqual(['cass-demo-ring-0']);
});

test('a node that is down stays a seed: the list must not change with every restart', () => {
  expect(seeds(withPilotStatus(withoutPod(threeRacks, 'cass-demo-b-0'), 'cass-demo-b-0', { view: undefined }))).toEqual(
    seeds(threeRacks),
  );
});

test('a node that is no longer wanted is no seed', () => {
  const smaller = cassandraSnapshot({
    spec: { nodePools: [{ name: 'ring', replicas: 2 }] },
    running: { nodePools: [{ name: 'ring', replicas: 3 }] },
  });
  expect(seeds(smaller)).toEqual(['cass-demo-ring-0', 'cass-demo-ring-1']);
});

test('the node that formed the ring is a seed even when all Pilots were lost', () => {
  const lost = mapNodes(cassandraSnapshot(), ({ pilot: _pilot, ...node }) => node);
  expect(lost.cluster.annotations[ANNOTATIONS.initialMembers]).toBe('cass-demo-ring-0');
  expect(seeds(lost)).toEqual(['cass-demo-ring-0']);
});
