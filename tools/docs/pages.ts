import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A Markdown file of the project. */
export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Block {
  /** File and line, for messages. */
  readonly at: string;
  /** The word after the fence, e.g. `yaml`; empty for none. */
  readonly language: string;
  readonly text: string;
}

/** All pages that people write; docs/reference is generated. */
export function readPages(): readonly Page[] {
  return globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT, exclude: ['node_modules/**', 'docs/reference/**'] })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The fenced blocks of a page, those inside of lists too. */
export function blocksOf({ path, text }: Page): readonly Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', language = '', body = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    return { at: `${path}:${line}`, language, text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}

/** The first column of the tables under a heading, without backticks: names that the page explains. */
export function namesInTables({ text }: Page, heading?: string): readonly string[] {
  const part = heading === undefined ? text : (text.split(/^## /m).find((section) => section.startsWith(heading)) ?? '');
  return [...part.matchAll(/^\| (?:Normal \| |Warning \| )?`(\w+)` \|/gm)].map(([, name = '']) => name);
}

/** The last column of a table's row by the name in its first, as plain text. */
export function lastColumns({ text }: Page, heading: string): Readonly<Record<string, string>> {
  const part = text.split(/^## /m).find((section) => section.startsWith(heading)) ?? '';
  const rows = [...part.matchAll(/^\| `(\w+)` \|.*\| ([^|]+) \|$/gm)];
  return Object.fromEntries(rows.map(([, name = '', last = '']) => [name, last.replaceAll('`', '')]));
}
