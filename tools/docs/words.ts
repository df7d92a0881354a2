import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pages.ts';

function sources(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: ROOT, exclude: ['**/*.test.ts', '**/testing/**', '**/node_modules/**'] }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
}

function all(texts: readonly string[], pattern: RegExp): readonly string[] {
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([, word = '']) => word));
}

/** Codes of every error class and of every error that the packages throw. */
export function errorCodes(): readonly string[] {
  const texts = sources('packages/*/src/**/*.ts');
  const unions = all(texts, /type \w*ErrorCode =((?:\s*\|?\s*'\w+')+)/g).flatMap((union) => all([union], /'(\w+)'/g));
  const thrown = all(texts, /new (?:Navigator|Kube|Pilot)Error\(\s*'(\w+)'/g);
  const classes = all(texts, /super\(\s*'([A-Z]\w+)'/g);
  return [...new Set([...unions, ...thrown, ...classes])].toSorted();
}

/** Reasons of events that the controller publishes. */
export function eventReasons(): readonly string[] {
  const texts = sources('packages/controller/src/**/*.ts');
  const written = all(texts, /type: '(?:Normal|Warning)', reason: '(\w+)'/g);
  const actions = all(texts, /ACTION_NAMES = \[((?:\s*,?\s*'\w+')+)/g).flatMap((union) => all([union], /'(\w+)'/g));
  return [...new Set([...written, ...actions])].toSorted();
}

/** Reasons that the controller gives, as literals of its sources: not those that it only compares with, or lists in a set. */
export function reasonsGiven(): readonly string[] {
  const texts = sources('packages/controller/src/**/*.ts').map((text) =>
    text
      .replaceAll(/new Set(?:<\w+>)?\([^)]*\)/g, '')
      .replaceAll(/[!=]== '\w+'/g, '')
      // A type lists what may be given, and gives nothing.
      .replaceAll(/(?:\w+\??: |type \w+ = )'\w+'(?: \| '\w+')+;/g, ''),
  );
  return [...new Set(all(texts, /'([A-Z]\w+)'/g))].toSorted();
}
