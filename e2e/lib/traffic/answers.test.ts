import { expect, test } from 'vitest';
import { Answers, longestMs } from './answers.ts';

test('pauses are from one answer to the next, whatever was refused in between', () => {
  const answers = new Answers(0);
  answers.answer(200);
  answers.refuse();
  answers.answer(4200);
  answers.answer(4300);
  expect(answers.finish(4400)).toEqual([{ fromMs: 200, toMs: 4200 }]);
  expect([answers.answered, answers.refused]).toEqual([3, 1]);
});

test('a pause that goes on at the end counts, and one before the first answer', () => {
  const answers = new Answers(0);
  answers.answer(1500);
  expect(longestMs(answers.finish(9000))).toBe(7500);
  expect(longestMs(new Answers(0).finish(10))).toBe(0);
});
