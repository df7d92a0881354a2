import { expect, test } from 'vitest';
import { LastLines } from './last-lines.ts';

test('lines that arrive in pieces are whole, the unfinished one counts at the end', () => {
  const lines = new LastLines();
  const feed = lines.feed();
  for (const piece of ['on', 'e\ntw', 'o\n', 'thr']) feed.push(Buffer.from(piece));
  expect(lines.lines).toEqual(['one', 'two']);
  feed.end();
  expect(lines.lines).toEqual(['one', 'two', 'thr']);
});

test('two streams do not mix within a line', () => {
  const lines = new LastLines();
  const [out, err] = [lines.feed(), lines.feed()];
  out.push(Buffer.from('out '));
  err.push(Buffer.from('err\n'));
  out.push(Buffer.from('put\n'));
  expect(lines.lines).toEqual(['err', 'out put']);
});

test('only the last twenty are kept, each cut', () => {
  const lines = new LastLines();
  const feed = lines.feed();
  feed.push(Buffer.from(Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join('')));
  feed.push(Buffer.from(`${'x'.repeat(100_000)}\n`));
  expect(lines.lines).toHaveLength(20);
  expect(lines.lines[0]).toBe('line 31');
  expect(lines.lines.at(-1)).toHaveLength(512);
});
