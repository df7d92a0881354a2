import { readdir } from 'node:fs/promises';

/** The version in the name of the one jar that matches; undefined when there is none, or no such folder. */
export async function jarVersion(folder: string, pattern: RegExp): Promise<string | undefined> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names.map((name) => pattern.exec(name)?.[1]).find((version) => version !== undefined);
}
