// Builds and imports Navigator's own two images from the work tree. Each source tree is bundled into one file; when its
// hash is that of the imported image, nothing else happens. Otherwise one small layer is new and the rest is cached.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { cachePath, hashOf } from './cache.ts';
import { imageHash } from './image-table.ts';
import type { ImageDefinition } from './image-table.ts';
import { existingFile } from './image-parts.ts';
import { ensureImage } from './images.ts';
import { jolokia, nodeProgram, nodeRootfs, staticTini } from './navigator-parts.ts';
import { silentProgress } from './progress.ts';
import type { Progress } from './progress.ts';

/** Navigator's own programs. */
export type NavigatorProgram = 'controller' | 'pilot';

const root = join(import.meta.dirname, '..', '..');

/** The image's full name, as the manifests use it. */
export function navigatorImageName(program: NavigatorProgram): string {
  return `localhost/navigator-${program}:dev`;
}

/** Builds and imports both images when their sources changed. Gives their hashes: the name `:dev` says nothing of the content. */
export async function ensureNavigatorImages(progress: Progress = silentProgress): Promise<Record<NavigatorProgram, string>> {
  const hashes = { controller: '', pilot: '' };
  for (const program of ['controller', 'pilot'] as const) {
    const image = await navigatorImage(program);
    await ensureImage(image, progress);
    hashes[program] = imageHash(image);
  }
  return hashes;
}

/** An image with the bundle of `entry`, by default the program's main file. */
export async function navigatorImage(
  program: NavigatorProgram,
  entry: string = join(root, 'packages', program, 'src', 'main.ts'),
): Promise<ImageDefinition> {
  const bundled = await bundle(program, entry);
  const shared = { rootfs: nodeRootfs(), node: nodeProgram(), [`${program}.js`]: bundled };
  return {
    name: navigatorImageName(program),
    dockerfile: join(root, 'deploy', 'images', program, 'Dockerfile'),
    context: program === 'pilot' ? { ...shared, tini: staticTini(), 'jolokia.jar': jolokia() } : shared,
  };
}

/** Bundles a program and all it imports, Node's own modules apart, into one ES module in the cache. */
export async function bundle(program: NavigatorProgram, entry: string): Promise<ReturnType<typeof existingFile>> {
  // client-node reads kubeconfigs, which no pod has; it would be nine tenths of the bundle and 70 MB of memory.
  const external = ['@kubernetes/client-node'];
  const build = await rolldown({ input: entry, platform: 'node', logLevel: 'warn', external });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false, minify: 'dce-only' });
  await build.close();
  const code = output[0].code;
  const path = cachePath(join('bundles', `${program}.js`));
  await mkdir(dirname(path), { recursive: true });
  const before = await readFile(path, 'utf8').catch(() => '');
  if (before !== code) {
    await writeFile(`${path}.tmp`, code);
    await rename(`${path}.tmp`, path);
  }
  return existingFile(`bundle-${hashOf([code])}`, path);
}
