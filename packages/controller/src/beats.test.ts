import type { KubeObject } from '@navigator/kube';
import { describe, expect, test } from 'vitest';
import { isBeat, isSettled } from './beats.ts';

function pilot(status: object, meta: object = {}): KubeObject {
  const metadata = { name: 'es-demo-mixed-0', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 1, ...meta };
  return { apiVersion: 'navigator.dev/v1alpha1', kind: 'Pilot', metadata, spec: { nodePool: 'mixed' }, status };
}

const REPORT = {
  phase: 'Running',
  health: 'Healthy',
  heartbeatTime: '2026-01-01T00:00:00Z',
  data: { bytes: 1 },
  dataSummary: '1',
};

describe('a beat', () => {
  test.each<[string, object]>([
    ['a later time', { heartbeatTime: '2026-01-01T00:01:00Z' }],
    ['another amount of data', { data: { bytes: 2 }, dataSummary: '2' }],
  ])('is %s', (_what, change) => {
    expect(isBeat(pilot(REPORT), pilot({ ...REPORT, ...change }, { resourceVersion: '2' }))).toBe(true);
  });

  test.each<[string, KubeObject]>([
    ['another health', pilot({ ...REPORT, health: 'Unhealthy' })],
    ['another phase', pilot({ ...REPORT, phase: 'Draining' })],
    ['a pod that was not reported of', pilot({ ...REPORT, podUid: 'new' })],
    ['a new order', pilot(REPORT, { generation: 2 })],
    ['an end that begins', pilot(REPORT, { deletionTimestamp: '2026-01-01T00:01:00Z' })],
    ['other labels', pilot(REPORT, { labels: { a: 'b' } })],
    ['no report at all', pilot({})],
  ])('is not %s', (_what, after) => {
    expect(isBeat(pilot(REPORT), after)).toBe(false);
  });
});

describe('a cluster is settled', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'ClusterReady', message: '', observedGeneration: 3 };
  const time = { lastTransitionTime: '2026-01-01T00:00:00Z' };
  const good = { observedGeneration: 3, conditions: [{ ...ready, ...time }], health: 'Green', plan: [] };
  const cluster = (status: object): KubeObject => ({
    apiVersion: 'navigator.dev/v1alpha1',
    kind: 'ElasticsearchCluster',
    metadata: { name: 'demo', generation: 3 },
    status,
  });

  test('when all is well', () => expect(isSettled(cluster(good))).toBe(true));

  test.each<[string, object]>([
    ['it is not Ready', { conditions: [{ ...ready, ...time, status: 'False' }] }],
    ['it is Yellow', { health: 'Yellow' }],
    ['an Action is to come', { plan: [{ action: 'Scale', nodePool: 'mixed', why: 'x' }] }],
    ['the spec has been edited since', { observedGeneration: 2 }],
    ['nothing is known of it', { conditions: [] }],
  ])('not when %s', (_what, change) => {
    expect(isSettled(cluster({ ...good, ...change }))).toBe(false);
  });
});
