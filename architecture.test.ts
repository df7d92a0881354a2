// The layout of the sources, checked: each rule of tools/architecture/rules.ts holds, and each can fail.
import { describe, expect, test } from 'vitest';
import { RULES } from './tools/architecture/rules.ts';
import { parseSource, readSources } from './tools/architecture/source.ts';

const sources = readSources(import.meta.dirname);

describe('the sources keep to the rules', () => {
  test.each(Object.values(RULES))('$name', (rule) => {
    expect(rule.check(sources)).toEqual([]);
  });
});

const PLAN = 'packages/controller/src/plan.ts';
const MAIN = 'packages/pilot/src/main.ts';

/** Files that break a rule: [rule, path → text, …]. */
const BAD: readonly (readonly [keyof typeof RULES, Readonly<Record<string, string>>])[] = [
  ['pureFiles', { [PLAN]: `import { readFile } from 'node:fs/promises';` }],
  ['pureFiles', { [PLAN]: `import { KubeClient } from '@navigator/kube';` }],
  ['pureFiles', { [PLAN]: `import { observe } from './observe.ts';` }],
  ['pureFiles', { [PLAN]: `import {\n  observe,\n} from './observe.ts';` }],
  ['pureFiles', { [PLAN]: 'export const at = Date.now();' }],
  ['pureFiles', { [PLAN]: 'export const at = new Date();' }],
  ['pureFiles', { [PLAN]: 'export const luck = Math.random();' }],
  ['pureFiles', { 'packages/api-types/src/names.ts': 'export const home = process.env.HOME;' }],
  ['pureFiles', { 'packages/controller/src/engines/x/index.ts': `const fs = await import('node:fs');` }],
  ['enginesApart', { [PLAN]: `import { ports } from './engines/cassandra/ports.ts';` }],
  ['enginesApart', { 'packages/pilot/src/engines/elasticsearch/index.ts': `import type { A } from '../cassandra/index.ts';` }],
  ['noEngineNames', { [PLAN]: `export const isIt = (name: string) => name === 'elasticsearch';` }],
  ['noEngineNames', { 'packages/kube/src/x.ts': 'export const kind = "CassandraCluster";' }],
  ['noCycles', { 'a.ts': `import { b } from './b.ts';`, 'b.ts': `export { a } from './a.ts';` }],
  ['layers', { 'packages/api-types/src/x.ts': `import type { KubeObject } from '@navigator/kube';` }],
  ['layers', { 'packages/controller/src/x.ts': `import { a } from '../../pilot/src/a.ts';` }],
  ['layers', { 'packages/pilot/src/x.ts': `import { a } from '@navigator/kube/kubeconfig';` }],
  ['kubeIsGeneric', { 'packages/kube/src/x.ts': `import { LABELS, NavigatorError } from '@navigator/api-types';` }],
  ['actionsRegistered', { 'packages/controller/src/actions/drain.ts': 'export const drain: ActionDefinition = {};' }],
  ['lightPilot', { [MAIN]: `import { a } from './a.ts';`, 'packages/pilot/src/a.ts': `import { type X } from 'fastify';` }],
  ['sizes', { 'packages/kube/src/x.ts': '//\n'.repeat(501) }],
  ['sizes', { 'packages/kube/src/x.ts': '//\n'.repeat(101) }],
];

describe('each rule can fail', () => {
  test.each(BAD)('%s', (rule, files) => {
    const bad = Object.entries(files).map(([path, text]) => parseSource(path, text));
    expect(RULES[rule].check(bad)).not.toEqual([]);
  });

  test('every rule has a bad sample', () => {
    expect(new Set(BAD.map(([rule]) => rule))).toEqual(new Set(Object.keys(RULES)));
  });
});

describe('what is allowed passes', () => {
  const good: readonly (readonly [keyof typeof RULES, string, string])[] = [
    ['pureFiles', PLAN, `import type { KubeClient } from '@navigator/kube';\nexport const at = new Date(snapshot.now);`],
    ['pureFiles', PLAN, '// Date.now() is not called here\nexport const a = 1;'],
    ['pureFiles', 'packages/controller/src/plan.test.ts', 'const now = Date.now();'],
    ['enginesApart', 'packages/controller/src/engines/registry.ts', `import { cassandra } from './cassandra/index.ts';`],
    ['noEngineNames', 'packages/controller/src/engines/registry.ts', `import { cassandra } from './cassandra/index.ts';`],
    ['lightPilot', MAIN, `import type { X } from 'fastify';`],
  ];
  test.each(good)('%s: %s', (rule, path, text) => {
    expect(RULES[rule].check([parseSource(path, text)])).toEqual([]);
  });
});
