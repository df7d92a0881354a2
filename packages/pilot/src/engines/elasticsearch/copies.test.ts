import { expect, test } from 'vitest';
import { routingSchema } from './answers.ts';
import { countByNode, type SoleCopy, soleCopies, unsharedByNode } from './copies.ts';

type Copy = readonly [state: string, node: string | null];

function soleOf(...shards: readonly (readonly Copy[])[]): readonly SoleCopy[] {
  const entries = shards.map((copies, index) => [String(index), copies.map(([state, node]) => ({ state, node }))]);
  return soleCopies(routingSchema.parse({ routing_table: { indices: { a: { shards: Object.fromEntries(entries) } } } }));
}

test('a shard with two good copies is safe, the source of a move included', () => {
  expect(
    soleOf(
      [
        ['STARTED', 'n0'],
        ['STARTED', 'n1'],
      ],
      [
        ['RELOCATING', 'n0'],
        ['INITIALIZING', 'n2'],
        ['STARTED', 'n1'],
      ],
    ),
  ).toEqual([]);
});

test('a shard whose second copy is missing or being built is only on one node', () => {
  const sole = soleOf(
    [
      ['STARTED', 'n0'],
      ['UNASSIGNED', null],
    ],
    [
      ['STARTED', 'n1'],
      ['INITIALIZING', 'n0'],
    ],
    [
      ['UNASSIGNED', null],
      ['STARTED', 'n0'],
    ],
  );
  expect(sole).toEqual([
    { node: 'n0', isRecovering: false },
    { node: 'n1', isRecovering: true },
    { node: 'n0', isRecovering: false },
  ]);
  expect([...countByNode(sole)]).toEqual([
    ['n0', 2],
    ['n1', 1],
  ]);
});

test("an index without replicas is meant so, and one without any copy is Red and nobody's to keep", () => {
  expect(
    soleOf(
      [['STARTED', 'n0']],
      [
        ['UNASSIGNED', null],
        ['UNASSIGNED', null],
      ],
    ),
  ).toEqual([]);
});

test('no index at all: Elasticsearch leaves the field out', () => {
  expect(soleCopies(routingSchema.parse({}))).toEqual([]);
});

test('what would be lost with a node is what no other one has a good copy of, replicas asked for or not', () => {
  const shards = {
    0: [{ state: 'STARTED', node: 'n0' }],
    1: [
      { state: 'STARTED', node: 'n0' },
      { state: 'STARTED', node: 'n1' },
    ],
    2: [
      { state: 'STARTED', node: 'n1' },
      { state: 'INITIALIZING', node: 'n0' },
    ],
    3: [{ state: 'RELOCATING', node: 'n1', relocating_node: 'n2' }],
    4: [{ state: 'UNASSIGNED', node: null }],
  };
  // Both ends of a move: the target may have the only copy by the time its pod ends.
  const counts = unsharedByNode(routingSchema.parse({ routing_table: { indices: { a: { shards } } } }));
  expect(Object.fromEntries(counts)).toEqual({ n0: 1, n1: 2, n2: 1 });
});
