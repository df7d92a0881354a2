import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { engineByName, ENGINES } from './registry.ts';

test('every engine that has a folder is registered under its name, and no other', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(Object.keys(ENGINES).toSorted()).toEqual(folders.toSorted());
  for (const name of folders) expect((await engineByName(name)).name).toBe(name);
});

test('an unknown engine is refused with the names of those there are', async () => {
  await expect(engineByName('constructor')).rejects.toMatchObject({
    code: 'UnknownEngine',
    message: expect.stringContaining('elasticsearch'),
  });
});
