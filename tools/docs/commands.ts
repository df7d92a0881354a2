import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { CHART } from '../helm.ts';
import { type Block, ROOT } from './pages.ts';

const KUBECTL = 'annotate apply create delete describe drain exec explain get logs patch port-forward wait';
const HELM = 'upgrade uninstall';
const CLUSTER = 'up down status env images navigator-images';

const scripts = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).scripts;
const values: unknown = parse(readFileSync(join(ROOT, CHART, 'values.yaml'), 'utf8'));

/** The commands of a shell block, continuation lines joined and comments dropped. */
export function commandsOf(block: Block): readonly string[] {
  return block.text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** What is wrong with a command of the documentation, undefined when nothing is seen to be. */
export function faultOf(command: string): string | undefined {
  const [program = '', ...args] = wordsOf(assigned(command) ?? command);
  switch (program) {
    case 'npm':
      return npmFault(args);
    case 'kubectl':
      return firstWord(args, KUBECTL) ?? missingFile(args) ?? badPatch(args);
    case 'helm':
      return firstWord(args, HELM) ?? unknownValue(args) ?? (args.includes('deploy/chart/navigator') || args[0] === 'uninstall' ? undefined : 'names no chart');
    case 'sh':
      return args[0] === 'tools/node.sh' && existsSync(join(ROOT, args[1] ?? '')) ? undefined : `no file ${args[1] ?? ''}`;
    case 'curl':
      return asksNobody(args);
    case 'export':
      return noAssignment(args);
    default:
      return `"${program}" is not known`;
  }
}

/** What a variable is assigned the output of: `NAME=$(kubectl …)`. */
function assigned(command: string): string | undefined {
  return /^[A-Z_]+=\$\((.*)\)$/.exec(command)?.[1];
}

function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
}

function npmFault([verb, name = '', ...rest]: readonly string[]): string | undefined {
  if (verb === 'test') return scripts['test'] === undefined ? 'no script "test"' : undefined;
  if (verb !== 'run' || scripts[name] === undefined) return `no script "${name}"`;
  return name === 'cluster' ? firstWord(rest.slice(1), CLUSTER) : undefined;
}

/** The first word that is no flag and no value of `-n`. */
function firstWord(args: readonly string[], known: string): string | undefined {
  const words = args.filter((arg, index) => !arg.startsWith('-') && !/^(-n|--namespace)$/.test(args[index - 1] ?? ''));
  return known.split(' ').includes(words[0] ?? '') ? undefined : `"${words[0] ?? ''}" is not one of: ${known}`;
}

function noAssignment([assignment = '']: readonly string[]): string | undefined {
  return /^[A-Z_]+=\S+$/.test(assignment) ? undefined : 'is no assignment';
}

function asksNobody(args: readonly string[]): string | undefined {
  return args.some((arg) => /^https?:\/\//.test(arg)) ? undefined : 'asks nobody';
}

function missingFile(args: readonly string[]): string | undefined {
  const files = args.filter((arg, index) => /^-[fk]$/.test(args[index - 1] ?? '') && arg !== '-');
  const missing = files.find((file) => !existsSync(join(ROOT, file)));
  return missing === undefined ? undefined : `no file ${missing}`;
}

function badPatch(args: readonly string[]): string | undefined {
  const patch = args[args.indexOf('-p') + 1];
  if (args[0] !== 'patch') return undefined;
  if (!args.includes('--type')) return 'a strategic patch is refused for custom resources: say --type';
  try {
    JSON.parse(patch ?? '');
    return undefined;
  } catch {
    return `the patch is no JSON: ${patch ?? ''}`;
  }
}

function unknownValue(args: readonly string[]): string | undefined {
  const names = args.filter((_arg, index) => args[index - 1] === '--set').map((arg) => arg.split('=')[0] ?? '');
  return names.find((name) => !hasPath(values, name.split('.')));
}

function hasPath(value: unknown, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const entry = Object.entries(value).find(([name]) => name === key);
  return entry !== undefined && hasPath(entry[1], rest);
}
