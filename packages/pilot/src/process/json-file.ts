import { open, readFile, rename, rm } from 'node:fs/promises';
import type { z } from 'zod';

/**
 * Reads a JSON file of ours. Undefined when it is missing or does not fit (an older pilot's, or torn by a crash): these
 * files only help, so the pilot never fails on them.
 */
export async function readJsonFile<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Writes a JSON file so that it is whole or absent after a crash at any point. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o644);
  try {
    await file.writeFile(JSON.stringify(value));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Removes a file; a missing one is as good. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
