import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { engineOfKind, ENGINES } from './registry.ts';

test('every folder is a registered engine and every engine has a folder', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(ENGINES.map((engine) => engine.name).toSorted()).toEqual(folders.toSorted());
});

test('no two engines share a kind or the first word of names', () => {
  expect(new Set(ENGINES.map((engine) => engine.resource.kind)).size).toBe(ENGINES.length);
  expect(new Set(ENGINES.map((engine) => engine.childPrefix)).size).toBe(ENGINES.length);
});

test('an engine is found by the kind of its clusters', () => {
  for (const engine of ENGINES) expect(engineOfKind(engine.resource.kind)).toBe(engine);
  expect(engineOfKind('MongoCluster')).toBeUndefined();
});
