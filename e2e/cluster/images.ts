// Builds images into the cache and imports them into the cluster's containerd, each only when it is missing.
import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive } from './archive.ts';
import { cachePath, cached } from './cache.ts';
import { parseDockerfile } from './dockerfile.ts';
import { imageHash, imageTable } from './image-table.ts';
import type { ImageDefinition } from './image-table.ts';
import { statePaths } from './paths.ts';
import type { StatePaths } from './paths.ts';
import { silentProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';

/** Builds and imports images by their full names, for instance `cassandra:5.0.6`. Throws for a name outside the table. */
export async function ensureImages(names: readonly string[], progress: Progress = silentProgress): Promise<void> {
  for (const name of names) {
    const image = imageTable.get(fullName(name));
    if (image === undefined) {
      throw new Error(`no such image: ${name}; there are ${[...imageTable.keys()].join(', ')}`);
    }
    await ensureImage(image, progress);
  }
}

/** Builds and imports one image. Says whether it was imported now. */
export async function ensureImage(image: ImageDefinition, progress: Progress): Promise<boolean> {
  const hash = imageHash(image);
  if (await isImported(image.name, hash)) return false;
  const archive = await ensureArchive(image, progress);
  await progress.step(`${image.name}: importing`, () => importArchive(archive, image.name, hash));
  return true;
}

/** Builds an image's archive unless the cache has it. Needs no running cluster. */
export async function ensureArchive(image: ImageDefinition, progress: Progress): Promise<string> {
  const base = image.name.replaceAll(/[/:]/g, '-');
  const key = `images/${base}-${imageHash(image)}.tar`;
  const path = await cached(key, (out) =>
    progress.step(`${image.name}: building`, async () => {
      const context: Record<string, string> = {};
      for (const [name, part] of Object.entries(image.context)) {
        context[name] = await part.path(progress);
      }
      const plan = parseDockerfile(readFileSync(image.dockerfile, 'utf8'));
      await writeImageArchive({ name: image.name, plan, context }, out);
    }),
  );
  await removeOlderArchives(base, path);
  return path;
}

/** `cassandra:5.0.6` → `docker.io/library/cassandra:5.0.6`, as containerd does. */
export function fullName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:]|^localhost$/.test(first) ? name : `docker.io/${name}`;
}

async function importArchive(archive: string, name: string, hash: string): Promise<void> {
  const state = statePaths();
  await ctr(state, ['images', 'import', archive], 300_000);
  await mkdir(markerDir(state), { recursive: true });
  await writeFile(markerPath(state, name), hash);
}

/** The marker says which build was imported; containerd says whether it is still there. */
async function isImported(name: string, hash: string): Promise<boolean> {
  const state = statePaths();
  const marked = await readFile(markerPath(state, name), 'utf8').catch(() => '');
  if (marked !== hash) return false;
  const { stdout } = await ctr(state, ['images', 'ls', '-q', `name==${name}`], 30_000);
  return stdout.trim() === name;
}

async function removeOlderArchives(base: string, keep: string): Promise<void> {
  const dir = cachePath('images');
  const older = new RegExp(`^${base.replaceAll('.', '\\.')}-[0-9a-f]{12}\\.tar$`);
  for (const file of await readdir(dir)) {
    if (older.test(file) && join(dir, file) !== keep) await rm(join(dir, file), { force: true });
  }
}

function ctr(state: StatePaths, args: readonly string[], deadlineMs: number): ReturnType<typeof run> {
  return run('ctr', ['-a', state.containerdSocket, '-n', 'k8s.io', ...args], { deadlineMs });
}

function markerDir(state: StatePaths): string {
  return join(state.dir, 'images');
}

function markerPath(state: StatePaths, name: string): string {
  return join(markerDir(state), name.replaceAll(/[/:]/g, '_'));
}
