// `npm run report -- elasticsearch`: what the scenarios under traffic measured the last times they ran, as a table, with a
// picture of each one's last run. Ends with 1 when an aim is missed in the last run of a scenario.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath } from '../cluster/cache.ts';
import { readRecords } from '../lib/traffic/record.ts';
import { type Figures, figuresOf, inARow, missed } from './figures.ts';
import { drawTimeline } from './timeline.ts';

interface Row {
  readonly scenario: string;
  readonly runs: number;
  readonly inARow: number;
  readonly last: Figures;
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`);

/** What each column is called and shows; `in a row`: last runs without a lost write and without a red sample. */
const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['scenario', ({ scenario }) => scenario],
  ['runs', ({ runs }) => String(runs)],
  ['in a row', ({ inARow: good }) => String(good)],
  ['seconds', ({ last }) => String(last.seconds)],
  ['writes', ({ last }) => String(last.acknowledged)],
  ['lost', ({ last }) => String(last.lost)],
  ['refused', ({ last }) => String(last.refused)],
  ['no write', ({ last }) => seconds(last.writeGapMs)],
  ['no search', ({ last }) => seconds(last.searchGapMs)],
  ['red', ({ last }) => String(last.red)],
  ['yellow', ({ last }) => String(last.yellow)],
  ['indices', ({ last }) => String(last.made)],
  ['pods', ({ last }) => String(last.replaced)],
  ['stop', ({ last }) => seconds(last.stopMs)],
  ['again', ({ last }) => seconds(last.againMs)],
  ['next', ({ last }) => seconds(last.nextMs)],
  ['left', ({ last }) => seconds(last.leftMs)],
  ['aims', ({ last }) => missed(last).join('; ') || 'met'],
];

function printTable(rows: readonly Row[]): void {
  const lines = [COLUMNS.map(([head]) => head), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  for (const cells of lines) {
    const padded = cells.map((cell, i) => cell.padEnd(widths[i] ?? 0));
    console.log(padded.join('  ').trimEnd());
  }
}

const [engine = 'elasticsearch'] = process.argv.slice(2);
const byScenario = Map.groupBy(await readRecords(engine), ({ scenario }) => scenario);
const rows: Row[] = [...byScenario].flatMap(([scenario, records]) => {
  const runs = records.map(figuresOf);
  const last = runs.at(-1);
  return last === undefined ? [] : [{ scenario, runs: runs.length, inARow: inARow(runs), last }];
});
if (rows.length === 0) {
  console.log(`No records of ${engine} yet: run the scenarios first (npm run test:all)`);
  process.exitCode = 1;
} else {
  printTable(rows);
  const picture = join(cachePath('reports'), `${engine}.svg`);
  await writeFile(picture, drawTimeline([...byScenario.values()].flatMap((records) => records.slice(-1))));
  console.log(`\nPicture: ${picture}`);
  if (rows.some(({ last }) => missed(last).length > 0)) process.exitCode = 1;
}
