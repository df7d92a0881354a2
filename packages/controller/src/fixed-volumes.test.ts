import type { StatefulSet } from '@navigator/kube';
import { describe, expect, test } from 'vitest';
import { buildConditions } from './conditions.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { observe, type ObserveInput } from './observe.ts';
import { plan } from './plan.ts';
import { buildStatefulSet } from './resources/stateful-set.ts';
import type { ClusterSnapshot } from './snapshot.ts';
import { claimObject, clusterObject, pilotObject, statefulSetObject } from './testing/kube-objects.ts';

type Persistence = Readonly<Record<string, unknown>>;
type ClaimTemplates = NonNullable<StatefulSet['spec']>['volumeClaimTemplates'];

function snapshotOf(persistence: Persistence, set?: StatefulSet, more: Partial<ObserveInput> = {}): ClusterSnapshot {
  const nodePools = [{ name: 'mixed', replicas: 2, persistence }];
  return observe({
    now: Date.parse('2026-03-01T12:00:00Z'),
    settings: { pilotImage: 'pilot:1' },
    engine: elasticsearch,
    cluster: clusterObject({ spec: { version: '8.19.9', nodePools } }),
    statefulSets: set === undefined ? [] : [set],
    pods: [],
    pilots: [],
    claims: [],
    secrets: [],
    ...more,
  });
}

/** The StatefulSet that a pool of that persistence is made with. */
function madeWith(persistence: Persistence): StatefulSet {
  const snapshot = snapshotOf(persistence);
  const pool = snapshot.pools[0]?.spec;
  if (pool === undefined) throw new TypeError('no pool');
  const { spec } = buildStatefulSet({ snapshot, engine: elasticsearch, pool, replicas: 2, partition: 2 });
  const living = statefulSetObject();
  return spec === undefined ? living : { ...living, spec };
}

function appliedTo(snapshot: ClusterSnapshot): StatefulSet | undefined {
  const { objects, step } = plan(snapshot, elasticsearch);
  const effects = step?.effects.flatMap((effect) => (effect.do === 'apply' ? [effect.object] : [])) ?? [];
  return [...objects, ...effects].find((object): object is StatefulSet => object.kind === 'StatefulSet');
}

function claimsOf(set: StatefulSet | undefined): ClaimTemplates {
  return set?.spec?.volumeClaimTemplates;
}

function dataIn(set: StatefulSet | undefined): unknown {
  return set?.spec?.template.spec?.volumes?.find(({ name }) => name === 'data');
}

test.each<[string, Persistence, Persistence, object[]]>([
  ['another class', { storageClass: 'fast' }, { storageClass: 'slow' }, [{ field: 'storageClass', asked: 'slow', has: 'fast' }]],
  ['no class any more', { storageClass: 'fast' }, {}, [{ field: 'storageClass', asked: 'the default', has: 'fast' }]],
  ['a class where there was none', {}, { storageClass: 'slow' }, [{ field: 'storageClass', asked: 'slow', has: 'the default' }]],
  ['smaller', { size: '20Gi' }, { size: '10Gi' }, [{ field: 'size', asked: '10Gi', has: '20Gi' }]],
  ['no volumes any more', { size: '20Gi' }, { enabled: false }, [{ field: 'enabled', asked: 'false', has: 'true' }]],
  ['volumes where there were none', { enabled: false }, {}, [{ field: 'enabled', asked: 'true', has: 'false' }]],
])('a pool that is put back with %s keeps the volumes of its living StatefulSet, and it is told', (_name, had, asks, fixed) => {
  const living = madeWith(had);
  const snapshot = snapshotOf(asks, living);
  expect(snapshot.pools[0]?.fixed).toEqual(fixed);
  const applied = appliedTo(snapshot);
  expect(applied).toBeDefined();
  expect(claimsOf(applied)).toEqual(claimsOf(living));
  expect(dataIn(applied)).toEqual(dataIn(living));
  const decision = plan(snapshot, elasticsearch);
  const conditions = buildConditions({ snapshot, plan: decision, health: { health: 'Green', message: '' } });
  const stalled = conditions.find(({ type }) => type === 'Stalled');
  expect(stalled).toMatchObject({ status: 'True', reason: 'PersistenceFixed', message: expect.stringContaining('"mixed"') });
});

test.each<[string, Persistence, Persistence]>([
  ['the same', { storageClass: 'fast', size: '1Gi' }, { storageClass: 'fast', size: '1024Mi' }],
  ['larger, which can be had', { size: '10Gi' }, { size: '20Gi' }],
  ['none, as before', { enabled: false }, { enabled: false, size: '5Gi' }],
])('nothing is told where it is %s', (_name, had, asks) => {
  const living = madeWith(had);
  const snapshot = snapshotOf(asks, living);
  expect(snapshot.pools[0]).not.toHaveProperty('fixed');
  expect(claimsOf(appliedTo(snapshot))).toEqual(claimsOf(living));
});

test('the other class keeps a larger size from nobody', () => {
  const snapshot = snapshotOf({ storageClass: 'slow', size: '20Gi' }, madeWith({ storageClass: 'fast', size: '10Gi' }));
  expect(snapshot.pools[0]?.spec?.persistence).toEqual({ enabled: true, storageClass: 'fast', size: '20Gi' });
});

test('a StatefulSet that is being deleted binds nobody: the next one is made as asked', () => {
  const going = madeWith({ storageClass: 'fast' });
  const metadata = { ...going.metadata, deletionTimestamp: '2026-03-01T11:59:00Z' };
  const snapshot = snapshotOf({ storageClass: 'slow' }, { ...going, metadata });
  expect(snapshot.pools[0]?.spec?.persistence.storageClass).toBe('slow');
  expect(snapshot.pools[0]).not.toHaveProperty('fixed');
});

describe('a StatefulSet that was deleted by hand', () => {
  const spec = { storageClassName: 'fast', resources: { requests: { storage: '20Gi' } } };
  const claims = [{ ...claimObject('data-es-demo-mixed-0'), spec }];
  const pilots = [pilotObject('es-demo-mixed-0')];

  test.each<[string, Persistence, object[] | undefined, object]>([
    ['volumes as they were', { storageClass: 'fast', size: '20Gi' }, undefined, { storageClassName: 'fast' }],
    ['the default class', {}, undefined, {}],
    ['no volumes', { enabled: false }, [{ field: 'enabled', asked: 'false', has: 'true' }], spec],
    [
      'another class',
      { storageClass: 'slow' },
      [{ field: 'storageClass', asked: 'slow', has: 'fast' }],
      { storageClassName: 'fast' },
    ],
  ])('comes back with the volumes of its nodes; asked for: %s', (_name, asks, fixed, claim) => {
    const snapshot = snapshotOf(asks, undefined, { claims, pilots });
    expect(snapshot.pools[0]?.fixed).toEqual(fixed);
    const applied = appliedTo(snapshot);
    expect(claimsOf(applied)).toMatchObject([{ spec: claim }]);
    expect(dataIn(applied)).toBeUndefined();
  });

  test('of a node that left for good the volume binds nobody', () => {
    const given = {
      cluster: { kind: 'ElasticsearchCluster', name: 'demo' },
      nodePool: 'mixed',
      seeds: [],
      desired: 'Decommissioned',
    };
    const gone = [pilotObject('es-demo-mixed-0', { spec: given })];
    for (const left of [gone, []]) {
      const applied = appliedTo(snapshotOf({ enabled: false }, undefined, { claims, pilots: left }));
      expect(claimsOf(applied)).toBeUndefined();
      expect(dataIn(applied)).toMatchObject({ emptyDir: {} });
    }
  });
});
