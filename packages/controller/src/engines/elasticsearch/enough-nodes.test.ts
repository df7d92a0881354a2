import { expect, test } from 'vitest';
import { elasticsearchSnapshot, mapNodes, nodeOf, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { noRoom } from './enough-nodes.ts';
import { elasticsearch } from './index.ts';

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

test.each<[string, { readonly role: string; readonly asked: number; readonly shards: number }, string | undefined]>([
  ['one cold node stays, for two copies', { role: 'data_cold', asked: 2, shards: 3 }, 'TooFewNodes'],
  ['one cold node stays, for one copy', { role: 'data_cold', asked: 1, shards: 3 }, undefined],
  ['the one that leaves is empty', { role: 'data_cold', asked: 2, shards: 0 }, undefined],
  ['frozen indices ask for one copy', { role: 'data_frozen', asked: 2, shards: 3 }, undefined],
])('%s, beside three hot ones', (_name, { role, asked, shards }, reason) => {
  const pools = (replicas: number): object => ({
    nodePools: [
      { name: 'hot', roles: ['master', 'data_hot', 'data_content'] },
      { name: 'other', replicas, roles: [role] },
    ],
  });
  const given = elasticsearchSnapshot({ spec: { ...pools(1) }, running: { ...pools(2) } });
  const snapshot = withPilotStatus(withView(given, { copiesAsked: asked }), 'es-demo-other-1', { data: { bytes: 9, shards } });
  const guard = elasticsearch.mayLeave(snapshot, nodeOf(snapshot, 'es-demo-other-1'));
  expect(guard.pass ? undefined : guard.hold.reason).toBe(reason);
});
