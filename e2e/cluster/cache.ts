// A cache of things that are slow to make, keyed by name and version (or by a hash of the inputs). An entry is made under
// a temporary name and then renamed, so that a crash never leaves half an entry under its real name.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from './lock.ts';
import { cacheRoot } from './paths.ts';

/** A short hash of texts and numbers, for cache keys. Order matters; the parts cannot run into each other. */
export function hashOf(parts: readonly (string | number | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}

/** The entry's path, whether it exists or not. */
export function cachePath(key: string): string {
  return join(cacheRoot(), key);
}

/** Returns the entry's path, making it first when it is missing. `make` gets a temporary path to create as a file or folder. */
export async function cached(key: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = cachePath(key);
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  await withLock(cachePath(join('locks', key.replaceAll('/', '_'))), async () => {
    if (existsSync(path)) return; // made by another process while this one waited
    const temporary = `${path}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    await make(temporary);
    await rename(temporary, path);
  });
  return path;
}
