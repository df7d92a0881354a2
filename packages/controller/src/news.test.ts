import type { KubeObject, Pod, StatefulSet } from '@navigator/kube';
import { expect, test } from 'vitest';
import { isNewsOf, noStatus, statusOfPod, statusOfStatefulSet } from './news.ts';
import { markStranger } from './reclaim.ts';
import { childMetadata, statefulSetObject } from './testing/kube-objects.ts';

const later = { resourceVersion: '21' };

function pod(status: Pod['status'], metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...childMetadata('es-demo-mixed-0'), ...metadata },
    ...(status ? { status } : {}),
  };
}

const waits = (message: string): NonNullable<Pod['status']> => ({
  containerStatuses: [
    {
      name: 'elasticsearch',
      image: 'x',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ErrImagePull', message } },
    },
  ],
});

test('a pod whose kubelet says nothing that decisions read is no news; a problem, readiness and an edit are', () => {
  const isNews = isNewsOf(statusOfPod);
  expect(isNews(pod({}), pod({ podIP: '10.0.0.1', conditions: [{ type: 'Initialized', status: 'True' }] }, later))).toBe(false);
  expect(isNews(pod({}), pod(waits('not found'), later))).toBe(true);
  expect(isNews(pod(waits('not found')), pod(waits('no answer'), later))).toBe(true);
  expect(isNews(pod({}), pod({ conditions: [{ type: 'Ready', status: 'True' }] }, later))).toBe(true);
  expect(isNews(pod({}), pod({}, { ...later, deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBe(true);
  expect(isNews(pod({}), pod({}, { ...later, annotations: { x: 'y' } }))).toBe(true);
});

test('counts of pods in a StatefulSet are no news; revisions, what it has observed and edits are', () => {
  const isNews = isNewsOf(statusOfStatefulSet);
  const set = (status: StatefulSet['status'], replicas = 2): StatefulSet => ({
    ...statefulSetObject('mixed', { replicas, metadata: later }),
    ...(status ? { status } : {}),
  });
  const status = { replicas: 2, observedGeneration: 5, currentRevision: 'a', updateRevision: 'a' };
  expect(isNews(set(status), set({ ...status, readyReplicas: 1 }))).toBe(false);
  expect(isNews(set(status), set({ ...status, updateRevision: 'b' }))).toBe(true);
  expect(isNews(set({ ...status, observedGeneration: 4 }), set(status))).toBe(true);
  expect(isNews(set(status), set(status, 3))).toBe(true);
});

test('of what nothing is decided every edit is news, and so is that somebody else owns content of it', () => {
  const isNews = isNewsOf(noStatus);
  const budget = (spec: object, fields: object = {}): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...childMetadata('es-demo-nodes'), ...later },
    spec,
    ...fields,
  });
  const asked = { maxUnavailable: 1 };
  expect(isNews(budget(asked), budget(asked, { status: { currentHealthy: 2 } }))).toBe(false);
  expect(isNews(budget(asked), budget({ maxUnavailable: 0 }))).toBe(true);
  const managedFields = [{ manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:maxUnavailable': {} } } }];
  const shared = budget(asked);
  const marked = markStranger({ ...shared, metadata: { ...shared.metadata, managedFields } });
  const { managedFields: _dropped, ...metadata } = marked.metadata;
  expect(isNews(shared, { ...marked, metadata })).toBe(true);
});
