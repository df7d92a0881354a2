import { expect, test } from 'vitest';
import { Copies, withBeat } from './copies.ts';

const POD = JSON.stringify({
  metadata: {
    name: 'es-c0-mixed-0',
    namespace: 'fleet-0',
    uid: '12345678-1234-4123-8123-123456789abc',
    resourceVersion: '77',
    labels: { cluster: 'c0' },
    ownerReferences: [{ uid: 'abcdef01-1234-4123-8123-123456789abc' }],
  },
  status: { heartbeatTime: '2026-01-01T00:00:00.000Z' },
});
const recording = {
  clusters: [{ namespace: 'fleet-0', name: 'c0' }],
  kinds: [{ path: '/api/v1/pods', listKind: 'PodList', apiVersion: 'v1', objects: [[POD]] }],
};

test('every copy is a cluster of its own, and its references fit together', () => {
  const copies = [...new Copies(recording, 120).objects('/api/v1/pods')].map((text) => JSON.parse(text).metadata);
  expect(copies).toHaveLength(120);
  expect(new Set(copies.map(({ uid }) => uid)).size).toBe(120);
  expect(copies[119]).toMatchObject({ name: 'es-c119-mixed-0', namespace: 'fleet-2', labels: { cluster: 'c119' } });
  expect(copies[119].ownerReferences[0].uid).toBe('ab000077-1234-4123-8123-123456789abc');
  expect(copies[119].uid).toBe('12000077-1234-4123-8123-123456789abc');
});

test('a beat changes the time and the version only', () => {
  const beaten = JSON.parse(withBeat(POD, Date.parse('2026-02-03T00:00:00Z'), 900));
  expect(beaten.status.heartbeatTime).toBe('2026-02-03T00:00:00.000Z');
  expect(beaten.metadata.resourceVersion).toBe('900');
});
