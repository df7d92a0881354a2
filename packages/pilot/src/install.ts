import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What is copied; folders with their plain files. pilot.js comes last, so that it is there only when the rest is. */
const PARTS = ['lib', 'tini', 'node', 'pilot.js'] as const;

/**
 * Copies the pilot from its image into the volume that it shares with the database container. Each part appears whole or
 * not at all, so a killed init container leaves nothing half done and its next run repairs it.
 */
export async function install(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const part of PARTS) await installPart(from, to, part);
}

async function installPart(from: string, to: string, part: string): Promise<void> {
  const source = join(from, part);
  const temporary = join(to, `.${part}.new`);
  await rm(temporary, { recursive: true, force: true });
  if (part === 'lib') await copyFolder(source, temporary);
  else await copyExecutable(source, temporary);
  // rename cannot replace a folder that holds files.
  if (part === 'lib') await rm(join(to, part), { recursive: true, force: true });
  await rename(temporary, join(to, part));
}

async function copyFolder(source: string, target: string): Promise<void> {
  await mkdir(target);
  for (const name of await readdir(source)) {
    await copyFile(join(source, name), join(target, name));
    await chmod(join(target, name), 0o644);
  }
}

/** The database container may run as another user than the init container. */
async function copyExecutable(source: string, target: string): Promise<void> {
  await copyFile(source, target);
  await chmod(target, 0o755);
}
