import { expect, test } from 'vitest';
import { type Record, recordSchema } from '../lib/traffic/record.ts';
import { figuresOf, inARow, missed } from './figures.ts';
import { drawTimeline } from './timeline.ts';

const record: Record = recordSchema.parse({
  scenario: 'rolling restart',
  engine: 'elasticsearch',
  startMs: 0,
  endMs: 60_000,
  writes: { answered: 900, refused: 3, gaps: [{ fromMs: 20_000, toMs: 24_000 }] },
  searches: { answered: 300, refused: 0, gaps: [] },
  lost: [],
  made: 6,
  health: [
    { atMs: 0, health: 'Green' },
    { atMs: 1000, health: 'Yellow' },
    { atMs: 2000, health: 'None' },
  ],
  marks: [{ atMs: 20_500, label: 'Updating replica <es-demo-mixed-2>' }],
});

test('figures of a record, and which aims they miss', () => {
  const figures = figuresOf(record);
  expect(figures).toMatchObject({ seconds: 60, acknowledged: 900, lost: 0, writeGapMs: 4000, red: 0, yellow: 1, silent: 1 });
  expect(missed(figures)).toEqual([]);
  expect(missed({ ...figures, lost: 1, red: 2, writeGapMs: 10_500 })).toEqual([
    '1 acknowledged writes lost',
    '2 red samples',
    '10.5 s without a write',
  ]);
  expect(missed({ ...figures, againMs: 5100, nextMs: 1900, leftMs: 2100 })).toEqual([
    '5.1 s between two processes of a pod',
    '2.1 s from empty to left',
  ]);
});

test('a run that failed, lost a write or was red for a second begins the count anew', () => {
  const good = figuresOf(record);
  expect(inARow([good, { ...good, red: 1 }, good, good])).toBe(2);
  expect(inARow([good, { ...good, lost: 1 }])).toBe(0);
  expect(inARow([{ ...good, failed: 'never Ready' }, good])).toBe(1);
  expect(missed({ ...good, failed: 'never Ready' })).toEqual(['failed']);
  expect(inARow([good])).toBe(1);
});

test('the timeline is one picture with a row for each record, and marks are text, never markup', () => {
  const picture = drawTimeline([record, record]);
  expect(picture.match(/<g /g)).toHaveLength(2);
  expect(picture).toContain('&lt;es-demo-mixed-2&gt;');
});
