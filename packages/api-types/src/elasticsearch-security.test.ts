import { expect, test } from 'vitest';
import { readPassword } from './elasticsearch-security.ts';

test.each([
  ['of the shop', 'of the shop'],
  ['of the shop\n', 'of the shop'],
  ['of the shop\r\n', 'of the shop'],
  [' two\nlines \n\n', ' two\nlines \n'],
])('the password of %j is without the newline of an editor', (text, password) => {
  expect(readPassword(text)).toEqual({ password });
});

test.each([
  ['', 'its key password is empty'],
  ['      \n', 'its key password is empty'],
  ['short\n', 'password must have at least 6 characters'],
])('%j is no password', (text, problem) => {
  expect(readPassword(text)).toEqual({ problem });
});
