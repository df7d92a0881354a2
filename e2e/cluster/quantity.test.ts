import { expect, test } from 'vitest';
import { parseBytes } from './quantity.ts';

test.each([
  ['1Gi', 2 ** 30],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['10G', 1e10],
  ['512Mi', 2 ** 29],
  ['4Ki', 4096],
  ['1024', 1024],
])('%s', (quantity, bytes) => {
  expect(parseBytes(quantity)).toBe(bytes);
});

test.each(['', 'Gi', '-1Gi', '1Qi', '1e', 'ten'])('%j is no quantity', (quantity) => {
  expect(parseBytes(quantity)).toBeUndefined();
});
