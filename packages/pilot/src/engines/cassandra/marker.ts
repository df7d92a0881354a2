import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VolumeMarkerError } from './errors.ts';

/**
 * What the pilot writes beside the data, since Cassandra's own record (system.local) can only be read by Cassandra. It is
 * written before the first start, so data without it were not put there by Navigator.
 */
export const markerSchema = z.object({
  format: z.literal(1),
  clusterName: z.string(),
  datacenter: z.string(),
  rack: z.string(),
  pod: z.string(),
  /** How the node first started: `Seed` made the cluster, `Join` streams its share from the others. */
  firstStart: z.enum(['Seed', 'Join']),
  /** `New` until the node was seen NORMAL; `Decommissioned` is for ever. */
  state: z.enum(['New', 'Joined', 'Decommissioned']),
  hostId: z.string().optional(),
});
export type Marker = z.infer<typeof markerSchema>;

export const MARKER_FILE = 'navigator.json';

/**
 * Reads the marker; undefined when there is none.
 * @throws VolumeMarkerError when there is one that cannot be understood.
 */
export async function readMarker(dataDir: string, signal: AbortSignal): Promise<Marker | undefined> {
  const path = join(dataDir, MARKER_FILE);
  const text = await readFile(path, { encoding: 'utf8', signal }).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new VolumeMarkerError(`${path} is not readable as the record of this volume; restore it or use an empty volume`, cause);
  }
}

/** Replaces the marker so that a crash at any point leaves the old or the new one, on disk. */
export async function writeMarker(dataDir: string, marker: Marker): Promise<void> {
  const path = join(dataDir, MARKER_FILE);
  const next = `${path}.next`;
  await using file = await open(next, 'w', 0o644);
  await file.writeFile(`${JSON.stringify(markerSchema.parse(marker))}\n`);
  await file.sync();
  await rename(next, path);
  await using folder = await open(dataDir, 'r');
  await folder.sync();
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
