import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, canonicalQuantity } from './quantity.ts';

test.each([
  ['0', '0'],
  ['500m', '500m'],
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1.5', '1500m'],
  ['2', '2'],
  ['2000', '2k'],
  ['2000M', '2G'],
  ['1024Mi', '1Gi'],
  ['1500Mi', '1500Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['10Gi', '10Gi'],
  ['0.0001', '1m'],
])('%s is stored as %s', (given, stored) => {
  expect(canonicalQuantity(given)).toBe(stored);
});

test.each([
  ['2Gi', 2_147_483_648],
  ['1k', 1000],
  ['1.5Gi', 1_610_612_736],
  ['1', 1],
  ['1500m', 2],
])('%s is %d bytes', (given, bytes) => {
  expect(bytesOf(given)).toBe(bytes);
});

test.each(['', 'Gi', '1 Gi', '-1', '1e3', '1gi', '1KB'])('"%s" is no quantity', (given) => {
  expect(() => canonicalQuantity(given)).toThrow(`"${given}"`);
});

test('the canonical form means the same and is its own canonical form', () => {
  const units = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), units, (amount, unit) => {
      const canonical = canonicalQuantity(`${amount}${unit}`);
      expect(canonicalQuantity(canonical)).toBe(canonical);
      expect(bytesOf(canonical)).toBe(bytesOf(`${amount}${unit}`));
    }),
  );
});
