import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, '../../..');

/**
 * Writes generated files (path within the repository → content); with `--check` writes nothing and sets exit code 1 when
 * one of them differs, so that CI sees a forgotten run.
 */
export async function emit(script: string, files: ReadonlyMap<string, string>): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  for (const [name, content] of files) {
    const path = join(ROOT, name);
    const current = await readFile(path, 'utf8').catch(() => undefined);
    if (current === content) continue;
    if (values.check) {
      console.error(`${name} is stale: run "sh tools/node.sh ${relative(ROOT, script)}"`);
      process.exitCode = 1;
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    console.log(`wrote ${name}`);
  }
}
