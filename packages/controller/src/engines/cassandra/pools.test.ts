import { expect, test } from 'vitest';
import { cassandraSnapshot, withoutPod, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { cassandra } from './index.ts';
import { poolOf } from './pools.ts';

const FIRST = 'cass-demo-ring-0';

test('pools are rolled rack by rack, in the order of the spec', () => {
  const { cluster } = cassandraSnapshot({
    spec: { nodePools: [{ name: 'a', rack: 'r1' }, { name: 'b' }, { name: 'c', rack: 'r1' }, { name: 'd', rack: 'b' }] },
  });
  expect(cassandra.rollOrder({ ...cassandraSnapshot(), cluster })).toEqual(['a', 'c', 'b', 'd']);
});

test('one node forms the ring: ordinal 0 of the first pool', () => {
  expect(cassandra.initialMembers(cassandraSnapshot({ spec: { nodePools: [{ name: 'b' }, { name: 'a' }] } }))).toEqual([
    'cass-demo-b-0',
  ]);
});

test('where volumes of an earlier life are there, a node that has data forms it: an empty one would own ranges without data', () => {
  const claims = [1, 2].map((ordinal) => ({
    name: `data-cass-demo-ring-${ordinal}`,
    uid: `u${ordinal}`,
    owners: [],
    identity: `host-${ordinal}`,
  }));
  expect(cassandra.initialMembers(cassandraSnapshot({ exists: false, claims }))).toEqual(['cass-demo-ring-1']);
  const unused = claims.map(({ identity: _identity, ...claim }) => claim);
  expect(cassandra.initialMembers(cassandraSnapshot({ exists: false, claims: unused }))).toEqual([FIRST]);
});

test('the ring is known by the host id of the node that formed it, once it is Up and Normal', () => {
  const formed = cassandraSnapshot();
  expect(cassandra.clusterId(formed)).toBe(`id-${FIRST}`);
  expect(cassandra.clusterId(withoutPod(formed, FIRST))).toBeUndefined();
  expect(cassandra.clusterId(withPilotStatus(formed, FIRST, { identity: undefined }))).toBeUndefined();
  const joining = withView(formed, (view) => ({
    ...view,
    members: view.members.map((member) => ({ ...member, state: 'Joining' })),
  }));
  expect(cassandra.clusterId(joining)).toBeUndefined();
});

test('the pilot is told its rack and where to find seeds', () => {
  const { cluster } = cassandraSnapshot();
  const { pilotConfig, repository, ports } = cassandra.describePod(cluster, poolOf(cluster, 'ring'));
  expect(repository).toBe('docker.io/library/cassandra');
  expect(pilotConfig).toEqual({
    clusterName: 'shop_demo',
    datacenter: 'dc1',
    rack: 'ring',
    heapBytes: 988 * 1024 * 1024,
    podDomain: 'cass-demo-nodes.shop.svc',
  });
  // JMX can do anything with a node.
  expect(ports.map((port) => port.containerPort)).not.toContain(7199);
});

test('a pool that the spec does not have is a mistake in the code', () => {
  expect(() => poolOf(cassandraSnapshot().cluster, 'none')).toThrow('has no node pool "none"');
});
