import { expect, test } from 'vitest';
import { atOnce } from './at-once.ts';

test('a few at a time, answers in order', async () => {
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = atOnce(2, [0, 1, 2, 3, 4], async (item) => {
    begun.push(item);
    await gates[item]?.promise;
    return item * 10;
  });
  expect(begun).toEqual([0, 1]);
  gates[1]?.resolve();
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  expect(await all).toEqual([0, 10, 20, 30, 40]);
});

test('an error begins nothing more, and is told when the others have ended', async () => {
  const slow = Promise.withResolvers<void>();
  const ended: string[] = [];
  const all = atOnce(2, ['slow', 'bad', 'never'], async (item) => {
    if (item === 'bad') throw new Error('no');
    await slow.promise;
    ended.push(item);
  });
  all.catch(() => ended.push('told'));
  await Promise.resolve();
  slow.resolve();
  await expect(all).rejects.toThrow('no');
  expect(ended).toEqual(['slow', 'told']);
});
