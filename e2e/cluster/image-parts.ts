// What images are made of. A part has a key (a version, or a hash of its inputs), known without making the part, and a
// path, which makes it when it is missing. An image whose archive is in the cache therefore makes nothing.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cached, hashOf } from './cache.ts';
import { run } from './run.ts';
import type { Progress } from './progress.ts';

/** One entry of a build context. */
export interface ImagePart {
  readonly key: string;
  path(progress: Progress): Promise<string>;
}

/** The Dockerfiles and scripts of the test images. */
export const imagesDir = join(import.meta.dirname, '..', 'images');

/** A file of e2e/images. */
export function treeFile(name: string): ImagePart {
  const path = join(imagesDir, name);
  return { key: hashOf([name, readFileSync(path)]), path: async () => path };
}

/** A folder of e2e/images with files only. */
export function treeFolder(name: string): ImagePart {
  const path = join(imagesDir, name);
  const files = readdirSync(path).toSorted();
  return {
    key: hashOf([name, ...files.flatMap((file) => [file, readFileSync(join(path, file))])]),
    path: async () => path,
  };
}

/** A file that is there already, named by a key that changes with its content. */
export function existingFile(key: string, path: string): ImagePart {
  return { key, path: async () => path };
}

/** A program written in C beside the Dockerfiles, compiled with gcc. */
export function compiled(name: string, source: string, flags: readonly string[]): ImagePart {
  const path = join(imagesDir, source);
  const key = `parts/${name}-${hashOf([readFileSync(path), ...flags])}`;
  return {
    key,
    path: () => cached(key, async (out) => void (await run('gcc', ['-O2', ...flags, '-o', out, path]))),
  };
}

/** A Debian root file system with some packages, as a tar. Made once: its content is the distribution's of that day. */
export function debianBase(name: string, packages: readonly string[]): ImagePart {
  const flags = [
    '--mode=root',
    '--variant=minbase',
    `--include=${packages.join(',')}`,
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
  ];
  const suite = 'bookworm';
  const key = `base/${name}-${hashOf([suite, ...flags])}.tar`;
  const make = (progress: Progress, out: string): Promise<void> =>
    progress.step(`base image ${name}: mmdebstrap`, async () => {
      await run('mmdebstrap', [...flags, '--format=tar', suite, out], { deadlineMs: 900_000 });
    });
  return { key, path: (progress) => cached(key, (out) => make(progress, out)) };
}

/** What every base image has. */
export const debianPackages: readonly string[] = ['ca-certificates', 'curl', 'procps', 'tini', 'netbase'];

/** Debian without Java: for Elasticsearch 9 (which brings its own), and the source of the libraries in Navigator's images. */
export const plainBase: ImagePart = debianBase('plain', debianPackages);
