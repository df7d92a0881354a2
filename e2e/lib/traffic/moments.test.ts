import { expect, test } from 'vitest';
import type { AnyObject } from '../objects.ts';
import { pilotReader, podReader } from './moments.ts';

function object(name: string, uid: string, rest: Partial<AnyObject> & { deletionTimestamp?: string } = {}): AnyObject {
  const { deletionTimestamp, ...others } = rest;
  return { kind: 'Any', metadata: { name, uid, resourceVersion: '1', deletionTimestamp }, ...others };
}

function pilot(spec: AnyObject['spec'], status: AnyObject['status']): AnyObject {
  return object('a', 'p', { spec, status });
}

test('the deletion of a pod is told once, also where it is seen again', () => {
  const read = podReader();
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  expect(read(object('es-demo-0', 'u1'), 1)).toEqual([]);
  expect(read(object('es-demo-0', 'u1', { deletionTimestamp }), 2)).toEqual([{ atMs: 2, pod: 'es-demo-0', what: 'Deleted' }]);
  expect(read(object('es-demo-0', 'u1', { deletionTimestamp }), 3)).toEqual([]);
  expect(read(object('es-demo-0', 'u2', { deletionTimestamp }), 4)).toHaveLength(1);
});

test('of a pilot only what is new is told, and nothing of what was so before the first look', () => {
  const read = pilotReader();
  const process = { startedAt: '2026-01-01T00:00:00.500Z', restarts: 0 };
  const members = [
    { id: '1', name: 'c', state: 'Up', copies: 0 },
    { id: '2', name: 'd', state: 'Up' },
  ];
  const view = { authoritative: true, health: 'Green', members };
  const spec = { cluster: { kind: 'ElasticsearchCluster', name: 'demo' }, nodePool: 'mixed' };
  const orders = { emptied: [], voteless: [], restarting: ['b', 'c'] };
  expect(read(pilot(spec, { phase: 'Running', process }), 1)).toEqual([]);
  expect(read(pilot({ ...spec, orders }, { phase: 'Running', process, view }), 2)).toEqual([
    { atMs: 2, pod: 'b', what: 'Ordered' },
    { atMs: 2, pod: 'c', what: 'Ordered' },
    { atMs: 2, pod: 'c', what: 'Emptied' },
    { atMs: 2, pod: '', what: 'Green' },
  ]);
  const again = { startedAt: '2026-01-01T00:00:09.000Z', restarts: 0 };
  expect(read(pilot({ ...spec, orders, desired: 'Decommissioned' }, { phase: 'Starting', process: again }), 3)).toEqual([
    { atMs: 3, pod: 'a', what: 'Decommissioned' },
    { atMs: Date.parse(again.startedAt), pod: 'a', what: 'Started' },
  ]);
});
