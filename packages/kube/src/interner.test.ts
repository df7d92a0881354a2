import { expect, test } from 'vitest';
import { freezeCompact } from './freeze.ts';
import { Interner } from './interner.ts';

test('remembers what is asked for again and again, and forgets the rest', () => {
  const asked: string[] = [];
  const interner = new Interner(10);
  // Which of two equal strings it is cannot be seen in JavaScript; how many are remembered can.
  const maps = (): number => Number(JSON.stringify(asked.length));
  for (let index = 0; index < 1000; index += 1) {
    asked.push(interner.same(`unique-${index}`), interner.same('often'));
  }
  expect(maps()).toBe(2000);
  expect(asked.at(-1)).toBe('often');
  expect(asked.at(-2)).toBe('unique-999');
});

test('freezing with it changes no content', () => {
  const value = { a: 'x', list: ['x', { b: 'x', c: 1, d: null }], long: 'y'.repeat(500) };
  const copy: typeof value = JSON.parse(JSON.stringify(value));
  const frozen = freezeCompact(copy, new Interner());
  expect(frozen).toEqual(value);
  expect(Object.isFrozen(frozen) && Object.isFrozen(frozen.list) && Object.isFrozen(frozen.list[1])).toBe(true);
});
