// Puts a docker-archive together from a Dockerfile without RUN: one tar a layer, a configuration, a manifest. Done here and
// not with buildah because it takes 1 to 3 s instead of about 30, needs no storage of its own (which fails on overlay over
// overlay), and gives equal base layers equal digests, so containerd keeps the Debian and Java layers once.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './run.ts';
import type { CopyStep, ImagePlan } from './dockerfile.ts';

/** What an archive is made from. */
export interface ArchiveInput {
  /** Full image name with tag, as a pod names it. */
  readonly name: string;
  readonly plan: ImagePlan;
  /** Name in the Dockerfile → path on this machine. */
  readonly context: Readonly<Record<string, string>>;
}

/** Writes the archive to `path`. */
export async function writeImageArchive(input: ArchiveInput, path: string): Promise<void> {
  const work = `${path}.d`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const layers: string[] = [];
    for (const [index, step] of input.plan.copies.entries()) {
      const made = await layerTar(step, input.context, join(work, `layer-${index}.tar`));
      const digest = await sha256OfFile(made);
      const name = `${digest}.tar`;
      if (layers.includes(name)) throw new Error(`${input.name}: two equal layers`);
      await (made.startsWith(work) ? rename(made, join(work, name)) : symlink(made, join(work, name)));
      layers.push(name);
    }
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: input.plan.config,
      rootfs: { type: 'layers', diff_ids: layers.map((name) => `sha256:${name.slice(0, -4)}`) },
      history: layers.map(() => ({ created_by: 'navigator e2e' })),
    });
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
    await writeFile(join(work, configName), config);
    const manifest = [{ Config: configName, RepoTags: [input.name], Layers: layers }];
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
    const files = ['manifest.json', configName, ...layers];
    await run('tar', ['--dereference', '-cf', path, '-C', work, ...files], { deadlineMs: 300_000 });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Gives the tar of one COPY or ADD. An archive is taken as it is. */
async function layerTar(
  step: CopyStep,
  context: Readonly<Record<string, string>>,
  path: string,
): Promise<string> {
  const source = context[step.source];
  if (source === undefined) throw new Error(`not in the build context: ${step.source}`);
  if (step.isArchive) return source;
  const isFolder = (await stat(source)).isDirectory();
  const target = step.target.replace(/^\//, '').replace(/\/$/, '');
  const [from, what] = isFolder ? [source, '.'] : [dirname(source), basename(source)];
  const [uid, gid] = step.owner.split(':');
  await run(
    'tar',
    [
      '--sort=name',
      '--mtime=@0',
      '--numeric-owner',
      `--owner=${uid}`,
      `--group=${gid ?? uid}`,
      ...(step.mode === undefined ? [] : [`--mode=${step.mode}`]),
      // Regular names only (flags rSh): targets of symbolic links stay as they are.
      `--transform=flags=rSh;s,^${what.replaceAll('.', '\\.')},${target === '' ? '.' : target},`,
      '-cf',
      path,
      '-C',
      from,
      what,
    ],
    { deadlineMs: 300_000 },
  );
  return path;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
