import { expect, test } from 'vitest';
import { areOfOneLine, compareVersions } from './versions.ts';

test.each([
  ['8.15.0', '8.15.0', 0],
  ['8.9.2', '8.15.0', -1],
  ['10.0.0', '9.2.0', 1],
  ['5.0', '5.0.0', 0],
  ['5.0-rc1', '5.0.0', -1],
  ['5.0.1', '5.0-rc1', 1],
  ['9.0.0-beta1', '9.0.0-rc1', -1],
])('%s against %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b) ?? NaN)).toBe(sign);
  expect(Math.sign(compareVersions(b, a) ?? NaN)).toBe(sign === 0 ? 0 : -sign);
});

test.each(['', 'latest', '8', 'v8.1.0'])('%j is no version', (text) => {
  expect(compareVersions(text, '8.15.0')).toBeUndefined();
  expect(areOfOneLine(text, text)).toBe(false);
});

test('patch releases are of one line, minor ones are not', () => {
  expect(areOfOneLine('4.1.4', '4.1.10')).toBe(true);
  expect(areOfOneLine('4.0.4', '4.1.4')).toBe(false);
});
