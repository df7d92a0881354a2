import { ANNOTATIONS } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { cassandra } from './engines/cassandra/index.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { plan, type Plan } from './plan.ts';
import type { ClusterSnapshot } from './snapshot.ts';
import {
  cassandraSnapshot,
  elasticsearchSnapshot,
  mapNodes,
  withNode,
  withPilotStatus,
  withoutPilot,
} from './testing/snapshots.ts';

function sizeIn(planned: Plan, name: string): { replicas: number; partition: number } | undefined {
  const object = planned.objects.find((candidate) => candidate.kind === 'StatefulSet' && candidate.metadata.name === name);
  const spec = object?.['spec'] as { replicas: number; updateStrategy: { rollingUpdate: { partition: number } } } | undefined;
  return spec && { replicas: spec.replicas, partition: spec.updateStrategy.rollingUpdate.partition };
}

test('the initial members are written down before anything else', () => {
  const planned = plan(elasticsearchSnapshot({ exists: false }), elasticsearch);
  expect(planned.clusterAnnotations).toEqual({ [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0,es-demo-mixed-1,es-demo-mixed-2' });
});

test('initial members that are written down are never altered, however the spec changes', () => {
  const annotations = { [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0' };
  const planned = plan(elasticsearchSnapshot({ cluster: { annotations } }), elasticsearch);
  expect(planned.clusterAnnotations).toEqual({ [ANNOTATIONS.clusterId]: 'cluster-uuid' });
});

test('at rest nothing is to be done and the partition holds every pod', () => {
  const planned = plan(elasticsearchSnapshot(), elasticsearch);
  expect(planned).toMatchObject({ pending: [], invalid: [], notes: [] });
  expect(planned.step).toBeUndefined();
  expect(sizeIn(planned, 'es-demo-mixed')).toEqual({ replicas: 3, partition: 3 });
});

describe('a StatefulSet changed by hand', () => {
  const withSize = (replicas: number, partition: number) => {
    const snapshot = elasticsearchSnapshot();
    return {
      ...snapshot,
      pools: snapshot.pools.map((pool) =>
        pool.statefulSet ? { ...pool, statefulSet: { ...pool.statefulSet, replicas, partition } } : pool,
      ),
    };
  };
  test('shrunk: every node that was ordered to run comes back', () => {
    expect(sizeIn(plan(withSize(1, 3), elasticsearch), 'es-demo-mixed')?.replicas).toBe(3);
  });
  test('grown: pods that were never ordered to start go again', () => {
    expect(sizeIn(plan(withSize(9, 3), elasticsearch), 'es-demo-mixed')?.replicas).toBe(3);
  });
  test('partition lowered: raised again', () => {
    const planned = plan(withSize(3, 0), elasticsearch);
    const stepped = planned.step?.effects.some((effect) => effect.do === 'apply' && effect.object.kind === 'StatefulSet');
    expect(sizeIn(planned, 'es-demo-mixed')?.partition === 3 || stepped).toBe(true);
  });
});

test('an upgrade and a scale asked for together: the upgrade is first, the scale waits and says for what', () => {
  const snapshot = elasticsearchSnapshot({
    spec: { version: '8.19.9', nodePools: [{ name: 'mixed', replicas: 4 }] },
    running: { version: '8.15.0', nodePools: [{ name: 'mixed', replicas: 3 }] },
  });
  const planned = plan(snapshot, elasticsearch);
  expect(planned.pending.map(({ action }) => action)).toEqual(['UpdateVersion', 'Scale']);
  expect(planned.pending[1]?.blocked).toEqual({
    reason: 'ActionRunning',
    message: 'Comes after UpdateVersion of node pool "mixed"',
  });
});

test('an Action that is held up does not keep a Pilot from being made', () => {
  const red = withPilotStatus(
    elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } }),
    'es-demo-mixed-0',
    { health: 'Unhealthy' },
  );
  const planned = plan(withoutPilot(red, 'es-demo-mixed-1'), elasticsearch);
  expect(planned.step?.action).toMatchObject({ name: 'CreatePilot', target: 'es-demo-mixed-1' });
});

test('Cassandra: one Pilot at a time, and only while the ring is at rest', () => {
  const two = withoutPilot(withoutPilot(cassandraSnapshot(), 'cass-demo-ring-1'), 'cass-demo-ring-2');
  const restless = plan(withPilotStatus(two, 'cass-demo-ring-0', { health: 'Unhealthy' }), cassandra);
  expect(restless.step).toBeUndefined();
  expect(restless.pending.every(({ blocked }) => blocked !== undefined)).toBe(true);
});

test('paused: the plan is shown, nothing is written', () => {
  const snapshot = elasticsearchSnapshot({ spec: { version: '8.19.9', paused: true }, running: { version: '8.15.0' } });
  const planned = plan(snapshot, elasticsearch);
  expect(planned.pending).toHaveLength(1);
  expect(planned.objects).toEqual([]);
  expect(planned.step).toBeUndefined();
  expect(planned.clusterAnnotations).toBeUndefined();
});

test('being deleted: nothing at all, garbage collection does it', () => {
  expect(plan(elasticsearchSnapshot({ cluster: { deleting: true } }), elasticsearch)).toEqual({
    objects: [],
    pending: [],
    notes: [],
    invalid: [],
  });
});

test('a spec that slipped past admission is not acted on', () => {
  const planned = plan(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', roles: ['data'] }] } }), elasticsearch);
  expect(planned.invalid.length).toBeGreaterThan(0);
  expect(planned.objects).toEqual([]);
});

test('the next look comes when the first pilot would fall silent', () => {
  const planned = plan(elasticsearchSnapshot(), elasticsearch);
  expect(planned.requeueAfterMs).toBe(150_000 - 1_000 + 1_000);
});

test('the same snapshot gives the same plan', () => {
  const snapshot = withNode(
    elasticsearchSnapshot({ spec: { version: '8.19.9' }, running: { version: '8.15.0' } }),
    'es-demo-mixed-1',
    (node) => node,
  );
  expect(plan(snapshot, elasticsearch)).toEqual(plan(snapshot, elasticsearch));
});

test('volumes of a deleted cluster of this name are waited for: whether they hold a cluster decides who forms this one', () => {
  const claim = { name: 'data-es-demo-mixed-0', uid: 'u', owners: ['gone'], leaving: true, identity: 'node-0' };
  const planned = plan(elasticsearchSnapshot({ exists: false, claims: [claim] }), elasticsearch);
  expect(planned).toMatchObject({ objects: [], hold: { hold: { reason: 'ClusterNotFormed' } } });
  expect(planned.clusterAnnotations).toBeUndefined();
  expect(planned.requeueAfterMs).toBeDefined();
});

test('a missing pod is looked for again, though no event will tell that it is missing for long', () => {
  const missing = mapNodes(elasticsearchSnapshot(), ({ pod: _pod, pilot: _pilot, ...node }) => node);
  expect(plan(missing, elasticsearch).requeueAfterMs).toBeLessThanOrEqual(10_000);
});

describe('the binding keeps what nodes show', () => {
  const spec = { nodePools: [{ name: 'mixed', replicas: 1 }] };
  const names = ['ca', 'certs', 'elastic', 'pilot', 'binding'].map((word) => `es-demo-${word}`);
  const secrets = names.map((name) => ({
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    annotations: name.endsWith('binding') ? { [ANNOTATIONS.keepsSince]: '2020-01-01T00:00:00Z' } : {},
  }));
  const prunes = (snapshot: ClusterSnapshot): boolean =>
    plan({ ...snapshot, secrets }, elasticsearch).secrets?.tasks.some((task) => 'prunes' in task) === true;

  test('as long as one was made for another spec', () => {
    const running = { security: { tls: { secretName: 'mine' } } };
    expect(prunes(elasticsearchSnapshot({ spec }))).toBe(true);
    expect(prunes(elasticsearchSnapshot({ spec, running }))).toBe(false);
  });

  test('as long as a pool that left the spec has pods', () => {
    const running = { nodePools: [...spec.nodePools, { name: 'old', replicas: 1 }] };
    expect(prunes(elasticsearchSnapshot({ spec, running }))).toBe(false);
  });
});
