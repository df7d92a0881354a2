// `npm run report -- elasticsearch`: what the scenarios under traffic measured the last times they ran, as a table, with a
// picture of each one's last run. Ends with 1 when an aim is missed in the last run of a scenario.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath } from '../cluster/cache.ts';
import { type Record, readRecords } from '../lib/traffic/record.ts';
import { figuresOf, missed } from './figures.ts';
import { podFiguresOf } from './pods.ts';
import { drawTimeline } from './timeline.ts';

const HEADER = [
  'scenario',
  'runs',
  'seconds',
  'writes',
  'lost',
  'refused',
  'no write',
  'no search',
  'red',
  'yellow',
  'indices',
  'pods',
  'between',
  'next pod',
  'left',
  'aims',
];

function lastOfEach(records: readonly Record[]): { last: Record; runs: number }[] {
  const byScenario = Map.groupBy(records, ({ scenario }) => scenario);
  return [...byScenario.values()].flatMap((runs) => {
    const last = runs.at(-1);
    return last === undefined ? [] : [{ last, runs: runs.length }];
  });
}

function rowOf({ last, runs }: { last: Record; runs: number }): string[] {
  const figures = figuresOf(last);
  const pods = podFiguresOf(last.moments);
  const seconds = (ms: number | undefined): string => (ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`);
  const misses = missed(figures);
  return [
    last.scenario,
    String(runs),
    String(figures.seconds),
    String(figures.acknowledged),
    String(figures.lost),
    String(figures.refused),
    seconds(figures.writeGapMs),
    seconds(figures.searchGapMs),
    String(figures.red),
    String(figures.yellow),
    String(figures.made),
    String(pods.replaced),
    seconds(pods.betweenMs),
    seconds(pods.nextMs),
    seconds(pods.leftMs),
    misses.length === 0 ? 'met' : misses.join('; '),
  ];
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

const [engine = 'elasticsearch'] = process.argv.slice(2);
const latest = lastOfEach(await readRecords(engine));
if (latest.length === 0) {
  console.log(`No records of ${engine} yet: run the scenarios first (npm run test:all)`);
  process.exitCode = 1;
} else {
  printTable([HEADER, ...latest.map(rowOf)]);
  const picture = join(cachePath('reports'), `${engine}.svg`);
  await writeFile(picture, drawTimeline(latest.map(({ last }) => last)));
  console.log(`\nPicture: ${picture}`);
  if (latest.some(({ last }) => missed(figuresOf(last)).length > 0)) process.exitCode = 1;
}
