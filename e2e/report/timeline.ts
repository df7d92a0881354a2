import { figuresOf } from './figures.ts';
import type { Record } from '../lib/traffic/record.ts';

const WIDTH = 1100;
const LEFT = 190;
const ROW = 64;
const COLOURS = { Green: '#3a9b5c', Yellow: '#e3b341', Red: '#c9362b', None: '#9aa0a6' } as const;

/**
 * An SVG with a row for each record, all on one scale: the health of each second, times without writes and searches below it,
 * and what happened as ticks with their words as tooltips. Pure.
 */
export function drawTimeline(records: readonly Record[]): string {
  const longest = Math.max(1, ...records.map(({ startMs, endMs }) => endMs - startMs));
  const scale = (WIDTH - LEFT - 20) / longest;
  const rows = records.map((record, i) => drawRow(record, scale, 30 + i * ROW));
  const height = 50 + records.length * ROW;
  const seconds = Math.round(longest / 1000);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="10" y="18">health each second; below: no write (dark), no search (light); ticks: events. Scale: ${seconds} s</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function drawRow(record: Record, scale: number, y: number): string {
  const x = (atMs: number): string => (LEFT + Math.max(0, atMs - record.startMs) * scale).toFixed(1);
  const wide = (ms: number): string => Math.max(0.5, ms * scale).toFixed(1);
  const { acknowledged, lost, red } = figuresOf(record);
  const health = record.health.map(
    (sample, i) =>
      `<rect x="${x(sample.atMs)}" y="${y + 4}" width="${wide((record.health[i + 1]?.atMs ?? record.endMs) - sample.atMs)}" height="16" fill="${COLOURS[sample.health]}"/>`,
  );
  const gaps = (of: Record['writes'], top: number, fill: string): string[] =>
    of.gaps.map(
      (gap) => `<rect x="${x(gap.fromMs)}" y="${top}" width="${wide(gap.toMs - gap.fromMs)}" height="6" fill="${fill}"/>`,
    );
  const marks = record.marks.map(
    ({ atMs, label }) =>
      `<line x1="${x(atMs)}" x2="${x(atMs)}" y1="${y}" y2="${y + 38}" stroke="black"><title>${escape(label)}</title></line>`,
  );
  return [
    `<g id="${escape(record.scenario)}">`,
    `<text x="10" y="${y + 15}">${escape(record.scenario)}</text>`,
    `<text x="10" y="${y + 32}" fill="#555">${acknowledged} writes, ${lost} lost, ${red} red</text>`,
    ...health,
    ...gaps(record.writes, y + 22, '#202124'),
    ...gaps(record.searches, y + 30, '#8ab4f8'),
    ...marks,
    '</g>',
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
