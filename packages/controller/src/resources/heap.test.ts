import { expect, test } from 'vitest';
import type { NodePoolBase } from '../snapshot.ts';
import { elasticsearchSnapshot } from '../testing/snapshots.ts';
import { heapBytes, PILOT_MEMORY_BYTES } from './heap.ts';

const MIB = 1024 * 1024;

function pool(memory: string): NodePoolBase {
  const [found] = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', resources: { limits: { memory } } }] } }).cluster
    .spec.nodePools;
  if (!found) throw new TypeError('no pool');
  return found;
}

test.each([
  ['2Gi', 988],
  ['1Gi', 476],
  ['768Mi', 312],
  ['8Gi', 4060],
  ['512Mi', 256],
  ['128Gi', 31 * 1024],
  ['1000M', 440],
])('of %s the heap takes %d MiB', (memory, mib) => {
  expect(heapBytes(pool(memory), 384 * MIB)).toBe(mib * MIB);
});

test('what must stay outside the heap stays there', () => {
  const heap = heapBytes(pool('1Gi'), 512 * MIB);
  expect(1024 * MIB - heap - PILOT_MEMORY_BYTES).toBeGreaterThanOrEqual(512 * MIB);
});

test.each([
  ['Elasticsearch', '768Mi', 384],
  ['Cassandra', '896Mi', 512],
])('the least memory that is accepted for %s, %s, holds heap, pilot and what is outside the heap', (_engine, least, outside) => {
  const heap = heapBytes(pool(least), outside * MIB);
  expect(heap).toBeGreaterThanOrEqual(256 * MIB);
  expect(heap + outside * MIB + PILOT_MEMORY_BYTES).toBeLessThanOrEqual(Number.parseInt(least, 10) * MIB);
});
