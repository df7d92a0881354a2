import { longestMs } from '../lib/traffic/answers.ts';
import type { Record } from '../lib/traffic/record.ts';

/** What issue and design promise of every scenario; the bound is the largest value that meets the aim. */
export const AIMS = { lost: 0, red: 0, writeGapMs: 10_000 } as const;

export interface Figures {
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
  };
}

/** The aims that these figures miss, in words. */
export function missed(figures: Figures): string[] {
  return [
    ...(figures.lost > AIMS.lost ? [`${figures.lost} acknowledged writes lost`] : []),
    ...(figures.red > AIMS.red ? [`${figures.red} red samples`] : []),
    ...(figures.writeGapMs > AIMS.writeGapMs ? [`${(figures.writeGapMs / 1000).toFixed(1)} s without a write`] : []),
  ];
}
