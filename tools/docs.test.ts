// The documentation, checked: manifests are valid, commands exist, links lead somewhere, lists are those of the code.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ADVICE, CONDITION_TYPES, REASONS } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { commandsOf, faultOf } from './docs/commands.ts';
import { faultsOf } from './docs/manifests.ts';
import { blocksOf, lastColumns, namesInTables, type Page, readPages, ROOT } from './docs/pages.ts';
import { errorCodes, eventReasons, reasonsGiven } from './docs/words.ts';

const pages = readPages();
const blocks = pages.flatMap(blocksOf);

function page(path: string): Page {
  const found = pages.find((candidate) => candidate.path === path);
  if (found === undefined) throw new Error(`no page ${path}`);
  return found;
}

describe('manifests', () => {
  const manifests = blocks.filter(({ language }) => language === 'yaml');

  test('there are some', () => expect(manifests.length).toBeGreaterThan(4));

  test.each(manifests)('$at is accepted', ({ text }) => {
    expect(faultsOf(text)).toEqual([]);
  });

  test.each(globSync(['deploy/samples/*.yaml', 'e2e/manifests/*.yaml'], { cwd: ROOT }))('%s is accepted', (path) => {
    expect(faultsOf(readFileSync(join(ROOT, path), 'utf8'))).toEqual([]);
  });

  const head = 'apiVersion: navigator.dev/v1alpha1\nmetadata: { name: demo }\n';
  test.each([
    ['an unknown field', `${head}kind: CassandraCluster\nspec: { version: 5.0.6, racks: 3 }`, /spec.racks is not known/],
    ['a bad version', `${head}kind: ElasticsearchCluster\nspec: { version: 8 }`, /version/],
    [
      'a rule of admission',
      `${head}kind: ElasticsearchCluster\nspec: { version: 8.19.9, nodePools: [{ name: a, roles: [data] }] }`,
      /master/,
    ],
    ['broken YAML', 'kind: [', /./],
  ])('%s would be seen', (_name, text, fault) => {
    expect(faultsOf(text).join('\n')).toMatch(fault);
  });
});

describe('commands', () => {
  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => commandsOf(block).map((command) => ({ at: block.at, command })));

  test.each(commands)('$at: $command', ({ command }) => {
    expect(faultOf(command)).toBeUndefined();
  });

  test.each([
    'npm run nothing',
    'npm run cluster -- sideways',
    'kubectl obliterate esc',
    'kubectl apply -f deploy/nothing.yaml',
    'kubectl patch esc demo -p "{}"',
    "kubectl patch esc demo --type merge -p '{spec'",
    'helm upgrade --install navigator deploy/chart/navigator --set image.nothing=1',
    'sh tools/node.sh tools/nothing.ts',
    'rm -rf nothing',
  ])('a wrong one would be seen: %s', (command) => {
    expect(faultOf(command)).toBeDefined();
  });

  test('every block names its language', () => {
    const known = ['yaml', 'sh', 'ts', ''];
    expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
  });
});

describe('links and paths', () => {
  test.each(pages)('$path', ({ path, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target = '']) => join(dirname(path), target));
    const paths = [...text.matchAll(/`((?:packages|deploy|e2e|docs|tools)\/[\w./-]+)`/g)].map(([, target = '']) => target);
    expect([...links, ...paths].filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });

  test.each(pages)('anchors of $path', ({ path, text }) => {
    const anchors = [...text.matchAll(/\]\(([^)#\s:]*\.md)#([\w-]+)\)/g)].map(
      ([, target = '', anchor = '']) => [join(dirname(path), target), anchor] as const,
    );
    const lost = anchors.filter(([target, anchor]) => !headings(readFileSync(join(ROOT, target), 'utf8')).includes(anchor));
    expect(lost).toEqual([]);
  });
});

function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('lists are those of the code', () => {
  const conditions = page('docs/conditions.md');

  test('conditions', () => expect(namesInTables(conditions, 'Conditions')).toEqual([...CONDITION_TYPES]));

  test('reasons', () => expect(namesInTables(conditions, 'Reasons')).toEqual([...REASONS]));

  test('what to do about each reason is what the messages say', () => expect(lastColumns(conditions, 'Reasons')).toEqual(ADVICE));

  test('every reason is one that the controller gives', () => {
    const given = reasonsGiven();
    expect(REASONS.filter((reason) => !given.includes(reason))).toEqual([]);
  });

  test('events', () => expect(namesInTables(conditions, 'Events').toSorted()).toEqual([...eventReasons()]));

  test('error codes', () => {
    expect(errorCodes().length).toBeGreaterThan(20);
    expect(namesInTables(page('docs/errors.md')).toSorted()).toEqual([...errorCodes()]);
  });
});
