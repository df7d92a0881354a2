import { type Condition, clusterStatusFields } from '@navigator/api-types';
import { KubeClient, type KubeObject } from '@navigator/kube';
import { FakeApiServer, type Faults } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { unreadableSpecStatus, withProblems, writeStatus } from './report.ts';
import type { ClusterStatus } from './status.ts';
import { clusterObject } from './testing/kube-objects.ts';

const BEFORE = '2026-03-01T11:00:00.000Z';
const NOW = Date.parse('2026-03-01T12:00:00Z');
const problem = { reason: 'ForeignObject', message: 'Service "x" is not ours', error: new Error('no') } as const;

function condition(type: string, status: Condition['status']): Condition {
  return { type, status, reason: 'AsExpected', message: 'fine', lastTransitionTime: BEFORE, observedGeneration: 3 };
}

function statusWith(conditions: Condition[]): ClusterStatus {
  return { ...z.object(clusterStatusFields).parse({ observedGeneration: 3 }), conditions };
}

const healthy = (): ClusterStatus =>
  statusWith([
    condition('Ready', 'True'),
    condition('Reconciling', 'False'),
    condition('Stalled', 'False'),
    condition('Degraded', 'False'),
  ]);

interface Scene {
  readonly api: FakeApiServer;
  /** What is awaited to come back. */
  readonly awaited: Map<string, unknown>;
  readonly write: (status: ClusterStatus) => Promise<boolean>;
}

function scene(status?: unknown, faults: Faults = {}): Scene {
  const api = new FakeApiServer();
  const cluster = api.seed(elasticsearch.resource, clusterObject(status === undefined ? {} : { status }));
  const client = new KubeClient(api.transport({ faults }), { fieldManager: 'navigator-controller' });
  const awaited = new Map<string, unknown>();
  const echoes = {
    expect: (key: string, wire: unknown) => void awaited.set(key, wire),
    forget: (key: string) => void awaited.delete(key),
  };
  const target = { key: 'k', resource: elasticsearch.resource, cluster };
  return {
    api,
    awaited,
    write: (next) =>
      writeStatus(target, next, { client, expectations: { expect: () => {} }, echoes, signal: new AbortController().signal }),
  };
}

test('a status is written once, on the subresource, for this very object', async () => {
  const { api, write } = scene();
  expect(await write(healthy())).toBe(true);
  expect(api.writes()).toMatchObject([
    { plural: 'elasticsearchclusters', subresource: 'status', body: { metadata: { uid: expect.any(String) } } },
  ]);
  const [cluster] = api.list<KubeObject>(elasticsearch.resource);
  expect(cluster?.['status']).toEqual(healthy());
  expect(cluster?.metadata.generation).toBe(1);
});

test('the same status is not written again, whatever is undefined in it', async () => {
  const { api, write } = scene(healthy());
  expect(await write({ ...healthy(), version: undefined })).toBe(false);
  expect(api.writes()).toEqual([]);
  expect(await write({ ...healthy(), version: '8.19.9' })).toBe(true);
});

test('what was written is awaited to come back; what failed is not, for it may have come about or not', async () => {
  const well = scene();
  await well.write(healthy());
  expect(well.awaited.get('k')).toEqual(well.api.list<KubeObject>(elasticsearch.resource)[0]?.['status']);
  const lost = scene(undefined, { onCall: () => ({ fault: 'reply-lost' }) });
  await expect(lost.write(healthy())).rejects.toThrow('socket hang up');
  expect(lost.awaited.size).toBe(0);
});

test('a foreign object stalls: Ready turns False now, what stays as it was keeps its time', () => {
  const { conditions } = withProblems(clusterObject({ status: healthy() }), healthy(), { problems: [problem], now: NOW });
  expect(conditions.map(({ type, status, reason, lastTransitionTime }) => [type, status, reason, lastTransitionTime])).toEqual([
    ['Ready', 'False', 'ForeignObject', '2026-03-01T12:00:00.000Z'],
    ['Reconciling', 'False', 'ForeignObject', BEFORE],
    ['Stalled', 'True', 'ForeignObject', '2026-03-01T12:00:00.000Z'],
    ['Degraded', 'False', 'AsExpected', BEFORE],
  ]);
});

test('the second pass over the same problem gives the same status', () => {
  const first = withProblems(clusterObject({ status: healthy() }), healthy(), { problems: [problem], now: NOW });
  const second = withProblems(clusterObject({ status: first }), healthy(), { problems: [problem], now: NOW + 60_000 });
  expect(second).toEqual(first);
});

test('an error of the API is something that goes on by itself', () => {
  const problems = [{ ...problem, reason: 'ApiError' as const }];
  const { conditions } = withProblems(clusterObject({ status: healthy() }), healthy(), { problems, now: NOW });
  expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
    'Ready=False',
    'Reconciling=True',
    'Stalled=False',
    'Degraded=False',
  ]);
});

test('a spec that cannot be read is reported with the path, for its generation, and the rest is kept', () => {
  const result = z
    .object({ nodePools: z.array(z.object({ replicas: z.int() })) })
    .safeParse({ nodePools: [{ replicas: 'three' }] });
  const error = result.error ?? expect.fail();
  const status = unreadableSpecStatus(clusterObject({ status: { ...healthy(), version: '8.15.0' } }), error, NOW);
  expect(status).toMatchObject({ observedGeneration: 3, version: '8.15.0' });
  expect(status.conditions.map(({ type, status: value, reason }) => `${type}=${value} ${reason}`)).toEqual([
    'Ready=False InvalidSpec',
    'Reconciling=False InvalidSpec',
    'Stalled=True InvalidSpec',
    'Degraded=Unknown InvalidSpec',
    'Paused=Unknown InvalidSpec',
  ]);
  expect(status.conditions[0]?.message).toMatch(/^spec\.nodePools\.0\.replicas: /);
});

const ofClients = { ...problem, reason: 'SecretInvalid', message: 'Secret "b" cannot be used', ofClients: true } as const;

function found(status: ClusterStatus, type: string): Condition | undefined {
  return status.conditions.find((candidate) => candidate.type === type);
}

test('what only clients read leaves the cluster Ready and makes it Degraded', () => {
  const status = withProblems(clusterObject(), healthy(), { problems: [ofClients], now: NOW });
  expect(found(status, 'Ready')?.status).toBe('True');
  expect(found(status, 'Stalled')?.status).toBe('False');
  const message = expect.stringMatching(/^Secret "b" cannot be used; /);
  expect(found(status, 'Degraded')).toMatchObject({ status: 'True', reason: 'SecretInvalid', message });
});

test('it hides neither another problem nor what is wrong with nodes', () => {
  const degraded = { ...condition('Degraded', 'True'), reason: 'ClusterHealthYellow', message: '1 copy is missing' };
  const before = statusWith([condition('Ready', 'True'), degraded]);
  const status = withProblems(clusterObject(), before, { problems: [ofClients, problem], now: NOW });
  expect(found(status, 'Ready')).toMatchObject({ status: 'False', reason: 'ForeignObject' });
  const message = expect.stringMatching(/^1 copy is missing\. Also: Secret "b" cannot be used/);
  expect(found(status, 'Degraded')).toMatchObject({ status: 'True', reason: 'ClusterHealthYellow', message });
});
