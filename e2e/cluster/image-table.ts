import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKey, ensureBuild, programPath } from './binaries.ts';
import type { BuildName } from './binaries.ts';
import { compiled, existingFile } from './image-parts.ts';
import type { ImagePart } from './image-parts.ts';
import { pauseImage } from './node.ts';
import { hashOf } from './cache.ts';

/** An image: its full name, its Dockerfile, and what the Dockerfile's COPY and ADD lines find in their context. */
export interface ImageDefinition {
  readonly name: string;
  readonly dockerfile: string;
  readonly context: Readonly<Record<string, ImagePart>>;
}

const imagesDir = join(import.meta.dirname, '..', 'images');

/** Changes when the image's Dockerfile or any part changes. */
export function imageHash(image: ImageDefinition): string {
  const parts = Object.entries(image.context).flatMap(([name, part]) => [name, part.key]);
  return hashOf([image.name, readFileSync(image.dockerfile), ...parts]);
}

function program(name: string, build: BuildName): ImagePart {
  const path = programPath(name);
  return {
    key: buildKey(build),
    path: async (progress) => {
      await ensureBuild(build, progress);
      return path;
    },
  };
}

const pause: ImageDefinition = {
  name: pauseImage,
  dockerfile: join(imagesDir, 'pause', 'Dockerfile'),
  context: { pause: compiled('pause', 'pause/pause.c', ['-static', '-Wall']) },
};

/** CoreDNS, local-path-provisioner and busybox. Its tag names the versions, so a new version rolls the Deployments. */
export const systemImage: ImageDefinition = {
  name: `localhost/system:${buildKey('coredns')}-${buildKey('local-path-provisioner')}`,
  dockerfile: join(imagesDir, 'system', 'Dockerfile'),
  context: {
    busybox: existingFile('busybox-static', '/bin/busybox'),
    coredns: program('coredns', 'coredns'),
    'local-path-provisioner': program('local-path-provisioner', 'local-path-provisioner'),
  },
};

/** Every image by its full name. */
export const imageTable: ReadonlyMap<string, ImageDefinition> = new Map(
  [pause, systemImage].map((image) => [image.name, image]),
);
