import { expect, test } from 'vitest';
import { elasticsearchSnapshot, mapNodes, nodeOf } from '../../testing/snapshots.ts';
import { noRoom } from './enough-nodes.ts';

const GIB = 2 ** 30;

test.each<[string, number, number, string | undefined]>([
  ['a small disk keeps a share free', 100, 16, undefined],
  ['a small disk is full', 100, 15, 'NoRoom'],
  ['a large disk keeps 200 GiB free', 4096, 201, undefined],
  ['a large disk is full', 4096, 200, 'NoRoom'],
])('%s', (_name, total, free, reason) => {
  const pools = (replicas: number): object => ({ nodePools: [{ name: 'mixed', replicas }] });
  const snapshot = mapNodes(elasticsearchSnapshot({ spec: { ...pools(1) }, running: { ...pools(2) } }), (node) => {
    if (node.pilot === undefined) return node;
    const data = { bytes: GIB, volume: { totalBytes: total * GIB, freeBytes: free * GIB } };
    return { ...node, pilot: { ...node.pilot, status: { ...node.pilot.status, data } } };
  });
  expect(noRoom(snapshot, nodeOf(snapshot, 'es-demo-mixed-1'))?.reason).toBe(reason);
});
