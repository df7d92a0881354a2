import { expect, test } from 'vitest';
import { canonicalJson, contentHash } from './canonical.ts';

test('order of keys and absent fields do not matter, everything else does', () => {
  const value = { b: [1, '2', null, true, { d: undefined, c: 'x"y' }], a: { z: 1, y: '' } };
  expect(canonicalJson(value)).toBe('{"a":{"y":"","z":1},"b":[1,"2",null,true,{"c":"x\\"y"}]}');
  expect(contentHash({ a: 1, b: undefined, c: [] })).toBe(contentHash({ c: [], a: 1 }));
  expect(contentHash({ a: [1, 2] })).not.toBe(contentHash({ a: [2, 1] }));
  expect(contentHash({ a: '1' })).not.toBe(contentHash({ a: 1 }));
});
