// Puts an image archive (OCI layout) together from a Dockerfile without RUN: one tar a layer, a configuration, a manifest.
// Done here and not with buildah because it takes 1 to 3 s instead of about 30, needs no storage of its own (which fails on
// overlay over overlay), and gives equal base layers equal digests, so containerd keeps the Debian and Java layers once.
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

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const ociType = 'application/vnd.oci.image';

/** Writes the archive to `path`. */
export async function writeImageArchive(input: ArchiveInput, path: string): Promise<void> {
  const work = `${path}.d`;
  const blobs = join(work, 'blobs', 'sha256');
  await rm(work, { recursive: true, force: true });
  await mkdir(blobs, { recursive: true });
  try {
    const layers: Descriptor[] = [];
    for (const step of input.plan.copies) layers.push(await addLayer(step, input.context, blobs));
    const config = await addJson(blobs, `${ociType}.config.v1+json`, {
      architecture: 'amd64',
      os: 'linux',
      config: input.plan.config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
      history: layers.map(() => ({ created_by: 'navigator e2e' })),
    });
    const mediaType = `${ociType}.manifest.v1+json`;
    const manifest = await addJson(blobs, mediaType, { schemaVersion: 2, mediaType, config, layers });
    const annotations = { 'io.containerd.image.name': input.name };
    const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
    await writeFile(join(work, 'index.json'), JSON.stringify(index));
    await writeFile(join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const files = ['oci-layout', 'index.json', 'blobs'];
    await run('tar', ['--dereference', '-cf', path, '-C', work, ...files], { deadlineMs: 300_000 });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function addJson(blobs: string, mediaType: string, value: object): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const hex = createHash('sha256').update(text).digest('hex');
  await writeFile(join(blobs, hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

/** Adds the tar of one COPY or ADD. An archive is linked as it is. */
async function addLayer(step: CopyStep, context: Readonly<Record<string, string>>, blobs: string): Promise<Descriptor> {
  const source = context[step.source];
  if (source === undefined) throw new Error(`not in the build context: ${step.source}`);
  const tar = step.isArchive ? source : join(blobs, 'layer.tmp');
  if (!step.isArchive) await writeLayerTar(step, source, tar);
  const hex = await sha256OfFile(tar);
  const { size } = await stat(tar);
  const blob = join(blobs, hex);
  await (step.isArchive ? symlink(tar, blob) : rename(tar, blob));
  return { mediaType: `${ociType}.layer.v1.tar`, digest: `sha256:${hex}`, size };
}

/** Owner, mode and times are set, so equal files give an equal digest. */
async function writeLayerTar(step: CopyStep, source: string, path: string): Promise<void> {
  const isFolder = (await stat(source)).isDirectory();
  const target = step.target.replace(/^\//, '').replace(/\/$/, '');
  const [from, what] = isFolder ? [source, '.'] : [dirname(source), basename(source)];
  const [uid = '0', gid = uid] = step.owner.split(':');
  const flags = ['--sort=name', '--mtime=@0', '--numeric-owner', `--owner=${uid}`, `--group=${gid}`];
  if (step.mode !== undefined) flags.push(`--mode=${step.mode}`);
  // Regular names only (flags rSh): targets of symbolic links stay as they are.
  const pattern = what.replaceAll('.', String.raw`\.`);
  flags.push(`--transform=flags=rSh;s,^${pattern},${target === '' ? '.' : target},`);
  await run('tar', [...flags, '-cf', path, '-C', from, what], { deadlineMs: 300_000 });
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
