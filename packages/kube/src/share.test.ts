import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepFreeze } from './freeze.ts';
import { sameJson, shareUnchanged } from './share.ts';

test('what has not changed is the old part itself', () => {
  const old = deepFreeze({ metadata: { name: 'a', version: '1', labels: { x: 'y' } }, spec: { list: [{ a: 1 }, { b: 2 }] } });
  const next = deepFreeze({ metadata: { name: 'a', version: '2', labels: { x: 'y' } }, spec: { list: [{ a: 1 }, { b: 2 }] } });
  const shared = shareUnchanged(old, next);
  expect(shared).toEqual(next);
  expect(shared.spec).toBe(old.spec);
  expect(shared.metadata.labels).toBe(old.metadata.labels);
  expect(shared.metadata).not.toBe(old.metadata);
});

test('items stay the same objects where others come and go behind them', () => {
  const old = { list: [{ a: 1 }, { b: 2 }] };
  const shared = shareUnchanged(old, { list: [{ a: 1 }, { b: 3 }, { c: 4 }] });
  expect(shared).toEqual({ list: [{ a: 1 }, { b: 3 }, { c: 4 }] });
  expect(shared.list[0]).toBe(old.list[0]);
});

test('whether they say the same', () => {
  expect(sameJson({ a: [1, { b: null }], c: 'd' }, { c: 'd', a: [1, { b: null }] })).toBe(true);
  for (const other of [{ a: 1 }, { a: 1, c: 3 }, { a: '1', b: 2 }, [1, 2], null, undefined, 'a'])
    expect(sameJson({ a: 1, b: 2 }, other)).toBe(false);
  expect([sameJson(undefined, {}), sameJson([1], [1, 2]), sameJson([1, 2], [1])]).toEqual([false, false, false]);
});

test('a field that bears the name of what all objects inherit is a field like any other', () => {
  const parsed: unknown = JSON.parse('{"config": {"__proto__": {}, "constructor": {}}}');
  const shared = shareUnchanged({ config: { a: 1, b: 2 } }, parsed);
  expect(JSON.stringify(shared)).toBe('{"config":{"__proto__":{},"constructor":{}}}');
  deepFreeze(shared);
  expect(Object.isFrozen(Object.prototype)).toBe(false);
  expect(sameJson({ a: 1 }, JSON.parse('{"__proto__": {}}'))).toBe(false);
});

/** As it comes from the wire: JSON knows no -0. */
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

test('the result always says what the new value says, and equals are one', () => {
  fc.assert(
    fc.property(json, json, (old, value) => {
      expect(sameJson(old, value)).toBe(shareUnchanged(old, value) === old);
      expect(JSON.stringify(shareUnchanged(old, value))).toBe(JSON.stringify(value));
      const again: unknown = JSON.parse(JSON.stringify(value));
      expect(shareUnchanged(value, again)).toEqual(value);
      if (typeof value === 'object' && value !== null)
        expect(shareUnchanged(JSON.parse(JSON.stringify(value)), again)).not.toBe(again);
    }),
  );
});
