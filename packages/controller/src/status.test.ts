import { describe, expect, test } from 'vitest';
import type { ConditionType } from '@navigator/api-types';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { plan } from './plan.ts';
import type { ClusterSnapshot } from './snapshot.ts';
import { buildStatus, type ClusterStatus } from './status.ts';
import { withVolumeDeleted } from './testing/leaving.ts';
import { elasticsearchSnapshot, NOW, withNode, withPilotStatus, withView } from './testing/snapshots.ts';

function statusOf(snapshot: ClusterSnapshot): ClusterStatus {
  return buildStatus(snapshot, plan(snapshot, elasticsearch), elasticsearch);
}

function conditions(status: ClusterStatus): Record<string, string> {
  return Object.fromEntries(status.conditions.map(({ type, status: value, reason }) => [type, `${value} ${reason}`]));
}

function message(status: ClusterStatus, type: ConditionType): string {
  return status.conditions.find((condition) => condition.type === type)?.message ?? '';
}

test('all is well', () => {
  const status = statusOf(elasticsearchSnapshot());
  expect(conditions(status)).toEqual({
    Ready: 'True AsExpected',
    Reconciling: 'False AsExpected',
    Stalled: 'False AsExpected',
    Degraded: 'False AsExpected',
    Paused: 'False NotPaused',
  });
  expect(status).toMatchObject({
    health: 'Green',
    version: '8.15.0',
    masters: '3/3',
    data: '3/3',
    plan: [],
    observedGeneration: 1,
  });
  expect(status.nodePools).toEqual([{ name: 'mixed', replicas: 3, pods: 3, ready: 3, updated: 3 }]);
});

test('a pass in which nothing happened gives the same status, a minute later too', () => {
  const snapshot = elasticsearchSnapshot();
  const first = statusOf(snapshot);
  const again = { ...snapshot, now: NOW + 60_000, cluster: { ...snapshot.cluster, status: first } };
  expect(statusOf(again)).toEqual(first);
});

describe('Ready is False', () => {
  test('the moment that the spec asks for something else, before anything was done', () => {
    const status = statusOf(
      elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' }, cluster: { generation: 2 } }),
    );
    expect(conditions(status)).toMatchObject({
      Ready: expect.stringMatching(/^False/),
      Reconciling: expect.stringMatching(/^True/),
    });
    expect(status.conditions.every(({ observedGeneration }) => observedGeneration === 2)).toBe(true);
    expect(status.action).toBe('UpdateVersion');
  });
  test('while a node is not healthy: it is named', () => {
    const status = statusOf(
      withPilotStatus(elasticsearchSnapshot(), 'es-demo-mixed-1', { health: 'Unhealthy', message: 'no master' }),
    );
    expect(conditions(status)['Ready']).toBe('False PilotNotReady');
    expect(message(status, 'Ready')).toContain('es-demo-mixed-1');
    expect(message(status, 'Ready')).toContain('no master');
  });
  test('while every pilot is silent: what was known has expired', () => {
    const snapshot = elasticsearchSnapshot();
    expect(conditions(statusOf({ ...snapshot, now: NOW + 10 * 60_000 }))).toMatchObject({ Ready: 'False PilotNotReporting' });
  });
  test('while the cluster is Red', () => {
    const status = statusOf(withView(elasticsearchSnapshot(), { health: 'Red', message: '1 primary shard is unassigned' }));
    expect(conditions(status)).toMatchObject({ Ready: 'False ClusterHealthRed', Degraded: 'True ClusterHealthRed' });
  });
  test('while a node runs another version than its image promises', () => {
    const status = statusOf(withPilotStatus(elasticsearchSnapshot(), 'es-demo-mixed-0', { version: '8.14.0' }));
    expect(conditions(status)['Ready']).toMatch(/^False/);
  });
});

test('Yellow serves, so it is Ready, and Degraded says what is missing', () => {
  const status = statusOf(withView(elasticsearchSnapshot(), { health: 'Yellow', message: '1 replica is unassigned' }));
  expect(conditions(status)).toMatchObject({ Ready: 'True AsExpected', Degraded: 'True ClusterHealthYellow' });
});

test('Stalled when only a person can help', () => {
  const broken = withNode(elasticsearchSnapshot(), 'es-demo-mixed-2', (node) =>
    node.pod === undefined
      ? node
      : {
          ...node,
          pod: {
            ...node.pod,
            ready: false,
            problem: { reason: 'ImagePullFailed', message: 'Pod "es-demo-mixed-2": no such image' },
          },
        },
  );
  const status = statusOf(broken);
  expect(conditions(status)).toMatchObject({
    Ready: 'False ImagePullFailed',
    Stalled: 'True ImagePullFailed',
    Reconciling: 'False ImagePullFailed',
  });
  expect(message(status, 'Stalled')).toContain('no such image');
});

test('an invalid spec names the field', () => {
  const status = statusOf(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', roles: ['data'] }] } }));
  expect(conditions(status)).toMatchObject({ Ready: 'False InvalidSpec', Stalled: 'True InvalidSpec' });
  expect(message(status, 'Ready')).toContain('spec.nodePools');
});

describe('history', () => {
  const upgrading = elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } });
  const running = {
    action: 'UpdateVersion',
    nodePool: 'mixed',
    target: 'es-demo-mixed-2',
    message: 'why',
    startedAt: '2026-03-01T11:00:00.000Z',
    outcome: 'Running' as const,
  };
  const withHistory = (snapshot: ClusterSnapshot, observedGeneration = 1): ClusterSnapshot => ({
    ...snapshot,
    cluster: { ...snapshot.cluster, status: { ...snapshot.cluster.status, observedGeneration, history: [running] } },
  });
  test('an Action that goes on keeps its record', () => {
    expect(statusOf(withHistory(upgrading)).history).toHaveLength(1);
    expect(statusOf(withHistory(upgrading)).history[0]).toMatchObject({ outcome: 'Running', startedAt: running.startedAt });
  });
  test('an Action that is satisfied has succeeded', () => {
    expect(statusOf(withHistory(elasticsearchSnapshot())).history[0]).toMatchObject({
      outcome: 'Succeeded',
      endedAt: '2026-03-01T12:00:00.000Z',
    });
  });
  test('an Action that nobody wants any more was superseded', () => {
    expect(statusOf(withHistory(elasticsearchSnapshot(), 0)).history[0]).toMatchObject({ outcome: 'Superseded' });
  });
  test('a node that was replaced is awaited, whichever one of its pool comes next', () => {
    const history = [{ ...running, action: 'ReplaceNode' }];
    const starts = withPilotStatus(elasticsearchSnapshot({ status: { history } }), 'es-demo-mixed-2', { phase: 'Starting' });
    const status = statusOf(withVolumeDeleted(starts, 'es-demo-mixed-1'));
    expect(status.plan.map(({ target }) => target)).toEqual(['es-demo-mixed-1', 'es-demo-mixed-2']);
    expect(status.history).toMatchObject([{ target: 'es-demo-mixed-2', outcome: 'Running' }]);
  });
});
