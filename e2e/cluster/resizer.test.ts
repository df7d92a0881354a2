import { expect, test } from 'vitest';
import { parseClaim } from './resizer.ts';

test('a bound claim that asks for more is to be resized', () => {
  expect(parseClaim('demo|data-0|pvc-1|2Gi|1Gi')).toEqual({
    namespace: 'demo',
    name: 'data-0',
    volume: 'pvc-1',
    asked: '2Gi',
    has: '1Gi',
  });
});

test.each([
  ['has what it asks for', 'demo|data-0|pvc-1|1Gi|1Gi'],
  ['the same in other words', 'demo|data-0|pvc-1|1024Mi|1Gi'],
  ['not bound', 'demo|data-0||2Gi|'],
  ['gone', ''],
])('nothing to do: %s', (_why, line) => {
  expect(parseClaim(line)).toBeUndefined();
});
