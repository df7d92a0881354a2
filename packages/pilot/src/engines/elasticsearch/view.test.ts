import { expect, test } from 'vitest';
import type { HealthAnswer, LocalState } from './answers.ts';
import { buildView, clusterIdOf, dataOf } from './view.ts';

const health: HealthAnswer = {
  status: 'green',
  timed_out: false,
  unassigned_shards: 0,
  initializing_shards: 0,
  relocating_shards: 0,
};
const state: LocalState = {
  cluster_uuid: 'uuid',
  master_node: 'b',
  nodes: { b: { name: 'es-1', transport_address: '10.0.0.2:9300', version: '8.15.0' }, a: { name: 'es-0' } },
};

test('the view has the members in order and the health in our words', () => {
  expect(buildView(state, health)).toEqual({
    clusterId: 'uuid',
    authoritative: true,
    recovering: 0,
    unassigned: 0,
    health: 'Green',
    members: [
      { id: 'a', name: 'es-0', state: 'Up' },
      { id: 'b', name: 'es-1', address: '10.0.0.2:9300', state: 'Up', version: '8.15.0' },
    ],
    schemaVersions: [],
  });
});

test.each([
  ['green', 'Green'],
  ['yellow', 'Yellow'],
  ['red', 'Red'],
] as const)('%s is %s', (status, expected) => {
  expect(buildView(state, { ...health, status }).health).toBe(expected);
});

test('an answer that timed out says nothing about health', () => {
  expect(buildView(state, { ...health, timed_out: true }).health).toBe('Unknown');
});

test('what is wrong is told in numbers of shards', () => {
  expect(buildView(state, { ...health, status: 'yellow', unassigned_shards: 2, relocating_shards: 1 }).message).toBe(
    '2 shards without a node, 1 moving',
  );
});

test.each([undefined, '', '_na_'])('%j is no identity', (cluster_uuid) => {
  const { cluster_uuid: _old, ...rest } = state;
  const unformed = cluster_uuid === undefined ? rest : { ...rest, cluster_uuid };
  expect(clusterIdOf(unformed)).toBeUndefined();
  expect(buildView(unformed, health)).not.toHaveProperty('clusterId');
});

test('voters that are away are told, where the voters are known', () => {
  expect(buildView(state, health)).not.toHaveProperty('absentVoters');
  expect(buildView(state, health, { voters: ['a', 'gone'] })).toMatchObject({ absentVoters: ['gone'] });
});

test('no statistics are unknown data, not none', () => {
  expect(dataOf({ nodes: {} })).toBeUndefined();
  expect(dataOf({ nodes: { a: {} } })).toBeUndefined();
  const indices = { docs: { count: 0 }, store: { size_in_bytes: 0 } };
  expect(dataOf({ nodes: { a: { indices } } })).toEqual({ bytes: 0, documents: 0 });
});
