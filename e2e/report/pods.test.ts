import { expect, test } from 'vitest';
import type { Moment } from '../lib/traffic/moments.ts';
import { podFiguresOf } from './pods.ts';

const at = (atMs: number, what: Moment['what'], pod = ''): Moment => ({ atMs, pod, what });

test('a roll: the time between two processes of a pod, and from a fit cluster to the next deletion', () => {
  const moments = [
    at(0, 'Green'),
    ...[
      at(900, 'Ordered', 'b'),
      at(1000, 'Deleted', 'b'),
      at(2000, 'Yellow'),
      at(4000, 'Started', 'b'),
      at(9000, 'Running', 'b'),
    ],
    at(12_000, 'Green'),
    ...[at(12_500, 'Ordered', 'a'), at(13_500, 'Deleted', 'a'), at(15_000, 'Started', 'a'), at(20_000, 'Running', 'a')],
  ];
  expect(podFiguresOf(moments)).toEqual({ replaced: 2, betweenMs: 3000, nextMs: 1500, leftMs: undefined });
});

test('a pod that somebody else deleted says nothing of the next step, and one that never came back nothing at all', () => {
  const moments = [
    ...[at(0, 'Green'), at(1000, 'Deleted', 'a'), at(2000, 'Started', 'a'), at(3000, 'Running', 'a')],
    ...[at(90_000, 'Deleted', 'b'), at(91_000, 'Started', 'b'), at(92_000, 'Running', 'b'), at(93_000, 'Deleted', 'c')],
  ];
  expect(podFiguresOf(moments)).toMatchObject({ replaced: 2, nextMs: undefined });
});

test('a node that leaves: from empty to told', () => {
  expect(podFiguresOf([at(1000, 'Emptied', 'c'), at(1800, 'Decommissioned', 'c')]).leftMs).toBe(800);
});
