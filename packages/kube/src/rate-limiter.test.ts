import { expect, test } from 'vitest';
import { TokenBucket } from './rate-limiter.ts';
import { FakeClock } from './testing/fake-clock.ts';

test('who waits as long as told gets a permit, however odd the times: no wait is too short to move the clock', async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ clock, perSecond: 1 / 60, burst: 1 });
  for (let round = 1; round <= 500; round += 1) {
    expect(bucket.tryTake()).toBe(true);
    await clock.advance(Math.PI * round);
    const waitMs = bucket.waitMs();
    expect(Number.isInteger(waitMs)).toBe(true);
    await clock.advance(waitMs);
    if (bucket.waitMs() > 0) await clock.advance(bucket.waitMs());
  }
});

test('a token that rounding left a hair short is waited for with a whole millisecond', async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ clock, perSecond: 1 / 60, burst: 1 });
  bucket.tryTake();
  await clock.advance(60_000 - 1e-7);
  expect(bucket.tryTake()).toBe(false);
  expect(bucket.waitMs()).toBe(1);
});
