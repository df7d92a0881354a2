import { expect, test } from 'vitest';
import type { Moment } from '../lib/traffic/moments.ts';
import { podFiguresOf } from './pods.ts';

const at = (atMs: number, what: Moment['what'], pod = ''): Moment => ({ atMs, pod, what });

/** A pod deleted at one time, its process ended 800 ms later, the next one started at the second time, and serving at the third. */
function turn(pod: string, deletedMs: number, startedMs: number, runningMs: number): Moment[] {
  const stop = [at(deletedMs, 'Deleted', pod), at(deletedMs + 800, 'Stopped', pod)];
  return [...stop, at(startedMs, 'Started', pod), at(runningMs, 'Running', pod)];
}

test('a roll: the time between two processes of a pod, and from a fit cluster to the next deletion', () => {
  const moments = [
    at(0, 'Green'),
    at(900, 'Ordered', 'b'),
    ...turn('b', 1000, 4000, 9000),
    at(2000, 'Yellow'),
    at(12_000, 'Green'),
    at(12_500, 'Ordered', 'a'),
    ...turn('a', 13_500, 15_000, 20_000),
  ];
  expect(podFiguresOf(moments)).toEqual({ replaced: 2, stopMs: 800, againMs: 2200, nextMs: 1500, leftMs: undefined });
});

test('a pod that somebody else deleted says nothing of the next step, and one that never came back nothing at all', () => {
  const moments = [
    at(0, 'Green'),
    ...turn('a', 1000, 2000, 3000),
    ...turn('b', 90_000, 91_000, 92_000),
    at(93_000, 'Deleted', 'c'),
  ];
  expect(podFiguresOf(moments)).toMatchObject({ replaced: 2, nextMs: undefined });
});

test('a pod that is deleted again before its process began is reckoned from then', () => {
  const refused = [at(1000, 'Deleted', 'b'), at(1500, 'Stopped', 'b')];
  expect(podFiguresOf([...refused, ...turn('b', 9000, 11_000, 20_000)])).toMatchObject({ replaced: 1, againMs: 1200 });
});

test('a node that leaves: from empty to told', () => {
  expect(podFiguresOf([at(1000, 'Emptied', 'c'), at(1800, 'Decommissioned', 'c')]).leftMs).toBe(800);
});
