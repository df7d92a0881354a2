import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A source file as the rules see it. Paths are relative to the repository, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** The text without comments and import statements: what the rules about words look at. */
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written, e.g. `./plan.ts` or `zod`. */
  readonly specifier: string;
  /** `import type`: gone at run time. With verbatimModuleSyntax `import { type X }` still loads the module. */
  readonly typeOnly: boolean;
  /** Imported names; empty for a side effect, `*` for a namespace. */
  readonly names: readonly string[];
  /** Those of them that are not marked `type`. */
  readonly values: readonly string[];
  /** Path of the file, when it is one of the project's. */
  readonly target?: string;
}

/** Matches `import x from 'y'`, `export … from 'y'`, `import 'y'` and `import('y')`. */
const IMPORT =
  /^(?:import|export)\s+(type\s+)?((?:[\w*$]+(?:\s+as\s+\w+)?\s*,?\s*)?(?:\{[^}]*\})?)\s*from\s*'([^']+)';?|^import\s+'([^']+)';?|\bimport\(\s*'([^']+)'\s*\)/gm;

/** Entry files of the project's packages, as in their package.json. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@navigator/api-types': 'packages/api-types/src/index.ts',
  '@navigator/kube': 'packages/kube/src/index.ts',
  '@navigator/kube/kubeconfig': 'packages/kube/src/kubeconfig.ts',
  '@navigator/kube/metrics': 'packages/kube/src/metrics.ts',
  '@navigator/kube/testing': 'packages/kube/src/testing/index.ts',
  '@navigator/controller': 'packages/controller/src/index.ts',
  '@navigator/pilot': 'packages/pilot/src/index.ts',
};

/** Parses one file. */
export function parseSource(path: string, text: string): Source {
  const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
  const imports = [...withoutComments.matchAll(IMPORT)].map((match) => parseImport(path, match));
  return { path, text, code: withoutComments.replaceAll(IMPORT, ''), lines: text.trimEnd().split('\n').length, imports };
}

function parseImport(path: string, match: RegExpExecArray): Import {
  const [, type, clause = '', from, sideEffect, dynamic] = match;
  const specifier = from ?? sideEffect ?? dynamic ?? '';
  const target = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : PACKAGES[specifier];
  const words = namesOf(clause);
  const names = words.map((word) => word.replace(/^type\s+/, ''));
  const values = type === undefined ? words.filter((word) => !word.startsWith('type ')) : [];
  return { specifier, typeOnly: type !== undefined, names, values, ...(target === undefined ? {} : { target }) };
}

function namesOf(clause: string): readonly string[] {
  return clause
    .replaceAll(/[{}]/g, ',')
    .split(',')
    .map((word) => word.trim().replace(/\s+as\s+\w+$/, ''))
    .filter((word) => word !== '');
}

/** Reads every TypeScript file of the packages, of e2e and of tools. */
export function readSources(root: string): readonly Source[] {
  return globSync(['packages/*/{src,scripts,test}/**/*.ts', 'e2e/**/*.ts', 'tools/**/*.ts', '*.ts'], {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  })
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

/** Whether a file belongs to the tests: they may do what sources may not. */
export function isTest(path: string): boolean {
  return /\.test\.ts$|\.contract\.ts$|\/testing\/|\/test\/|^e2e\/|^packages\/plans\/|architecture/.test(path);
}
