import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isOurs } from '../../data-version.ts';
import { isMissing, MARKER_FILE, readMarker } from './marker.ts';
import type { Marker } from './marker.ts';

/** What lies on the node's volume. */
export interface VolumeState {
  readonly marker?: Marker;
  /** Whether any file but the pilot's own is there. Empty folders count as nothing: the official image makes some. */
  readonly hasFiles: boolean;
  /** Whether the table is there in which Cassandra keeps its host id and tokens. */
  readonly hasSystemLocal: boolean;
}

const NOT_DATA = new Set(['lost+found', MARKER_FILE, `${MARKER_FILE}.next`]);

/**
 * Looks at a volume without changing it.
 * @throws VolumeMarkerError, or the file system's error: then nothing is known, which is not the same as empty.
 */
export async function examineVolume(dataDir: string, signal: AbortSignal): Promise<VolumeState> {
  const marker = await readMarker(dataDir, signal);
  const found = { hasFiles: await hasFiles(dataDir, signal), hasSystemLocal: await hasSystemLocal(dataDir) };
  return marker === undefined ? found : { marker, ...found };
}

async function hasFiles(dir: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const entries = (await readdir(dir, { withFileTypes: true })).filter(({ name }) => !NOT_DATA.has(name) && !isOurs(name));
  if (entries.some((entry) => !entry.isDirectory())) return true;
  for (const entry of entries) {
    if (await hasFiles(join(dir, entry.name), signal)) return true;
  }
  return false;
}

/** The folder is called `local-<id of the table>`; an sstable's rows are in `<version>-<n>-big-Data.db` or `…-bti-Data.db`. */
async function hasSystemLocal(dataDir: string): Promise<boolean> {
  const system = join(dataDir, 'data', 'system');
  const tables = await readdir(system).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const table of tables.filter((name) => name.startsWith('local-'))) {
    const files = await readdir(join(system, table));
    if (files.some((name) => name.endsWith('-Data.db'))) return true;
  }
  return false;
}
