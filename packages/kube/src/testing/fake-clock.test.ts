import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('one who wakes himself without a wait is told of, instead of holding up the test for ever', async () => {
  const clock = new FakeClock();
  const again = (): void => {
    clock.setTimeout(again, 0);
  };
  again();
  await expect(clock.advance(1000)).rejects.toThrow(/a wait is always zero/);
});
