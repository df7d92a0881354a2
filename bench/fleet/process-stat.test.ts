import { expect, test } from 'vitest';
import { cpuSecondsIn, memoryIn, statOf } from './process-stat.ts';

test('the name of a process may hold brackets and spaces', () => {
  expect(cpuSecondsIn('17 (a) b) S 1 17 17 0 -1 4194304 5 0 0 0 250 50 0 0 20 0 11 0 100 0 0')).toBe(3);
});

test('memory in MiB', () => {
  expect(memoryIn('Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toEqual({ residentMiB: 100, peakMiB: 200 });
});

test('this very process', () => {
  const stat = statOf(process.pid);
  expect(stat.cpuSeconds).toBeGreaterThan(0);
  expect(stat.peakMiB).toBeGreaterThanOrEqual(stat.residentMiB * 0.9);
});
