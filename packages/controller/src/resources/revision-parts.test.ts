import { expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { ENGINES } from '../engines/registry.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { cassandraSnapshot, elasticsearchSnapshot, type SnapshotOptions } from '../testing/snapshots.ts';
import { changedParts, revisionParts } from './revision-parts.ts';
import { revisionOf } from './revision.ts';

const SUBJECTS: readonly { engine: ControllerEngine; of: (options: SnapshotOptions) => [string, string] }[] = [
  { engine: elasticsearch, of: (options) => both(elasticsearchSnapshot(options), elasticsearch) },
  { engine: cassandra, of: (options) => both(cassandraSnapshot(options), cassandra) },
];

/** The parts and the revision of the first pool. */
function both(
  { cluster }: ReturnType<typeof elasticsearchSnapshot | typeof cassandraSnapshot>,
  engine: ControllerEngine,
): [string, string] {
  const [pool] = cluster.spec.nodePools;
  if (pool === undefined) throw new TypeError('no pool');
  return [revisionParts(cluster, pool, engine), revisionOf(cluster, pool, engine)];
}

const pool = (engine: ControllerEngine, fields: Readonly<Record<string, unknown>>): SnapshotOptions => ({
  spec: { nodePools: [{ name: engine === elasticsearch ? 'mixed' : 'ring', ...fields }] },
});

test.each(SUBJECTS)('what changed is told by name: $engine.name', ({ engine, of }) => {
  const [before, revision] = of(pool(engine, {}));
  const newer = engine === elasticsearch ? '8.19.9' : '5.0.7';
  const cases: readonly [SnapshotOptions, readonly string[]][] = [
    [pool(engine, {}), []],
    [{ spec: { version: newer } }, ['version']],
    [{ spec: { zoneSpread: 'Required' } }, ['config']],
    [pool(engine, { nodeSelector: { disk: 'ssd' } }), ['config']],
    [pool(engine, { resources: { limits: { memory: '4Gi' } } }), ['resources']],
    [pool(engine, { restartedAt: 'noon' }), ['restart']],
    [pool(engine, { restartedAt: 'noon', resources: { limits: { memory: '4Gi' } } }), ['resources', 'restart']],
  ];
  for (const [options, expected] of cases) {
    const [after, changed] = of(options);
    expect(changedParts(before, after)).toEqual(expected);
    // The parts are the whole: one differs exactly when the revision does.
    expect(changed === revision).toBe(expected.length === 0);
  }
});

test('every engine is asked above', () => {
  expect(new Set(SUBJECTS.map(({ engine }) => engine.name))).toEqual(new Set(ENGINES.map(({ name }) => name)));
});

test('a pod of a release that did not tell, and one that somebody wrote on, change nothing but a name', () => {
  const [parts] = SUBJECTS[0]?.of({}) ?? [''];
  expect(changedParts(undefined, parts)).toBeUndefined();
  expect(changedParts('by hand', parts)).toEqual(['version', 'config', 'resources', 'restart']);
});
