import { expect, test } from 'vitest';
import { createProgress, progressLine } from './progress.ts';

test.each([
  [0, '[   0.0s] x'],
  [12_340, '[  12.3s] x'],
  [899_999, '[ 900.0s] x'],
])('%d ms', (elapsedMs, line) => {
  expect(progressLine(elapsedMs, 'x')).toBe(line);
});

test('a step says when it starts, when it ends and how long it took', async () => {
  let now = 1000;
  const lines: string[] = [];
  const progress = createProgress({ print: (line) => lines.push(line), nowMs: () => now });
  await progress.step('etcd', async () => {
    now += 2500;
  });
  expect(lines).toEqual(['[   0.0s] etcd ...', '[   2.5s] etcd: done in 2.5 s']);
});

test('a step that fails says so and passes the error on', async () => {
  const lines: string[] = [];
  const progress = createProgress({ print: (line) => lines.push(line), nowMs: () => 0 });
  await expect(progress.step('etcd', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(lines.at(-1)).toContain('etcd: FAILED');
});
