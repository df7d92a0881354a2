import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generators, listSteps } from './steps.ts';

const root = join(import.meta.dirname, '..');

test('every check starts a file that exists', () => {
  expect(listSteps(root).filter((step) => !existsSync(join(root, step.script)))).toEqual([]);
});

test('scripts that write committed files are found by name', () => {
  expect(generators(root)).toContain('packages/api-types/scripts/generate-crds.ts');
});
