import { expect, test } from 'vitest';
import { quantityValue } from './quantity.ts';

test.each([
  ['2', 2],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['10k', 10_000],
  ['1Ki', 1024],
  ['2Gi', 2_147_483_648],
  ['0.5Gi', 536_870_912],
  ['1T', 1e12],
])('%s is %d', (text, value) => {
  expect(quantityValue(text)).toBe(value);
});

test.each(['', '2GB', '-1', 'Gi', '1e3', '1 Gi'])('"%s" is none', (text) => {
  expect(() => quantityValue(text)).toThrow(expect.objectContaining({ code: 'InvalidQuantity' }));
});
