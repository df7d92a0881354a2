import { longestMs } from '../lib/traffic/answers.ts';
import type { Record } from '../lib/traffic/record.ts';
import { type PodFigures, podFiguresOf } from './pods.ts';

/** What is promised of every scenario; the bound is the largest value that meets the aim. */
export const AIMS = { lost: 0, red: 0, writeGapMs: 10_000, againMs: 5000, nextMs: 2000, leftMs: 2000 } as const;

export interface Figures extends PodFigures {
  readonly seconds: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly refused: number;
  readonly writeGapMs: number;
  readonly searchGapMs: number;
  readonly red: number;
  readonly yellow: number;
  readonly silent: number;
  readonly samples: number;
  readonly failed: string | undefined;
  readonly made: number;
}

/** The figures of one record. Pure. */
export function figuresOf(record: Record): Figures {
  const count = (health: Record['health'][number]['health']): number =>
    record.health.filter((sample) => sample.health === health).length;
  return {
    seconds: Math.round((record.endMs - record.startMs) / 1000),
    acknowledged: record.writes.answered,
    lost: record.lost.length,
    refused: record.writes.refused,
    writeGapMs: longestMs(record.writes.gaps),
    searchGapMs: longestMs(record.searches.gaps),
    red: count('Red'),
    yellow: count('Yellow'),
    silent: count('None'),
    samples: record.health.length,
    made: record.made,
    failed: record.failed,
    ...podFiguresOf(record.moments),
  };
}

/** How many of the last runs in a row ended as they should, lost nothing and were never red; oldest first. Pure. */
export function inARow(runs: readonly Figures[]): number {
  const last = runs.findLastIndex(({ failed, lost, red }) => failed !== undefined || lost > AIMS.lost || red > AIMS.red);
  return runs.length - 1 - last;
}

/** The aims that these figures miss, in words. Pure. */
export function missed(figures: Figures): string[] {
  const slow = (ms: number | undefined, aim: number, what: string): string[] =>
    ms !== undefined && ms > aim ? [`${(ms / 1000).toFixed(1)} s ${what}`] : [];
  return [
    ...(figures.failed === undefined ? [] : ['failed']),
    ...(figures.lost > AIMS.lost ? [`${figures.lost} acknowledged writes lost`] : []),
    ...(figures.red > AIMS.red ? [`${figures.red} red samples`] : []),
    ...slow(figures.writeGapMs, AIMS.writeGapMs, 'without a write'),
    ...slow(figures.againMs, AIMS.againMs, 'between two processes of a pod'),
    ...slow(figures.nextMs, AIMS.nextMs, 'until the next pod'),
    ...slow(figures.leftMs, AIMS.leftMs, 'from empty to left'),
  ];
}
