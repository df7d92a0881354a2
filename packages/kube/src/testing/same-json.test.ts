import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../canonical.ts';
import { sameExcept, sameJson } from './same-json.ts';

test('two values are the same exactly when their canonical texts are', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, 0, 1, '', 'x', true, undefined), tie('list'), tie('map')),
    list: fc.array(tie('any'), { maxLength: 2 }),
    map: fc.dictionary(word, tie('any'), { maxKeys: 3 }),
  })).any;
  const agrees = fc.property(value, value, (a, b) => {
    expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
  });
  fc.assert(agrees, { numRuns: 3000 });
});

test('fields that are left out may differ, be missing or be more', () => {
  const except = new Set(['version']);
  expect(sameExcept({ version: 1, name: 'a' }, { name: 'a' }, except)).toBe(true);
  expect(sameExcept({ name: 'a' }, { version: 1, name: 'a' }, except)).toBe(true);
  expect(sameExcept({ version: 1, name: 'a' }, { version: 1, name: 'b' }, except)).toBe(false);
});
