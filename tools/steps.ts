import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One check of `npm run check`. */
export interface Step {
  readonly name: string;
  /** File under node_modules, or of the project, that Node runs. */
  readonly script: string;
  readonly args: readonly string[];
  /** What to do when it fails. */
  readonly help: string;
}

/** The checks in the order in which they run: what fails fastest and explains most comes first. */
export function listSteps(root: string): readonly Step[] {
  return [
    {
      name: 'types',
      script: 'node_modules/typescript/bin/tsc',
      args: ['-p', 'tsconfig.json'],
      help: 'Mend what the compiler names.',
    },
    {
      name: 'lint',
      script: 'node_modules/oxlint/bin/oxlint',
      args: ['--type-aware', '--quiet'],
      help: 'Mend what the linter names; .oxlintrc.json holds the rules.',
    },
    { name: 'format', script: 'node_modules/oxfmt/bin/oxfmt', args: ['--check'], help: 'Run "npm run format".' },
    {
      name: 'unused',
      script: 'node_modules/knip/bin/knip.js',
      args: ['--no-progress', '--no-config-hints'],
      help: 'Delete what is unused, or name the entry that uses it in knip.jsonc.',
    },
    ...generators(root).map((script) => ({
      name: `generated (${script})`,
      script,
      args: ['--check'],
      help: `Run "sh tools/node.sh ${script}".`,
    })),
  ];
}

/** Scripts that write files which are committed; each of them knows `--check`. */
export function generators(root: string): readonly string[] {
  return ['packages/api-types/scripts', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => /^generate-.*\.ts$/.test(file) && !file.endsWith('.test.ts'))
      .toSorted()
      .map((file) => `${folder}/${file}`),
  );
}
