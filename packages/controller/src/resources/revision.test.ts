import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { elasticsearchSnapshot } from '../testing/snapshots.ts';
import { canonicalJson, revisionOf } from './revision.ts';

test.each([
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ a: undefined, b: null, c: {}, d: [] }, '{}'],
  [{ a: { b: {} } }, '{}'],
  [{ a: false, b: 0, c: '' }, '{"a":false,"b":0,"c":""}'],
  [{ a: [{ z: 1, y: {} }, 'x'] }, '{"a":[{"z":1},"x"]}'],
])('%j is written as %s', (value, json) => {
  expect(canonicalJson(value)).toBe(json);
});

test('the order of keys means nothing', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
    }),
  );
});

/**
 * This hash is written on the pods of every installation. When this test fails, upgrading Navigator would restart every
 * database: change the inputs back, or leave out the new one where it has its default.
 */
test('a release of Navigator does not change the hash of a spec', () => {
  const { cluster } = elasticsearchSnapshot();
  const [pool] = cluster.spec.nodePools;
  expect(pool && canonicalJson(elasticsearch.revisionInputs(cluster, pool))).toMatchInlineSnapshot(
    `"{"image":{"pullPolicy":"IfNotPresent"},"resources":{"limits":{"memory":"2Gi"},"requests":{"cpu":"500m","memory":"2Gi"}},"roles":["data","ingest","master"],"version":"8.15.0","zoneSpread":"Preferred"}"`,
  );
  expect(pool && revisionOf(cluster, pool, elasticsearch)).toMatchInlineSnapshot(`"1c08df7dd7580c6e"`);
});
