import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StartVerdict, VersionRules } from './engines/engine.ts';
import { PilotError } from './errors.ts';
import { writeJsonFile } from './process/json-file.ts';
import { compareVersions } from './versions.ts';

/** On the volume, beside the data. Engines must not take it for data. */
export const VERSION_FILE = '.navigator-version.json';

/** Whether a file or folder on a volume is the pilot's own, so no data; also what a crash left of one. */
export function isOurs(name: string): boolean {
  return name.startsWith('.navigator-');
}

const recordSchema = z.object({
  /** Version that last had the data open. */
  version: z.string().optional(),
  /** Version that was started on the data and has not served yet, with what its witnesses looked like before. */
  starting: z.object({ version: z.string(), before: z.array(z.string()) }).optional(),
});
type Record = z.infer<typeof recordSchema>;

/**
 * Remembers on the volume which version of the database had its data open, so that an older one is not let at them.
 *
 * A newer version changes the data as soon as it opens them, long before it serves: so it is written down before the process
 * starts. But an image whose process never came that far (no such entrypoint, a JVM that refuses its options) must not bar the
 * way back: so what the database changes first is noted too, and the new version counts only when that has changed, or when it
 * served. Times are not compared with each other: clocks go back.
 */
export class DataVersion {
  readonly #rules: VersionRules;
  #record: Record | undefined;

  constructor(rules: VersionRules) {
    this.#rules = rules;
  }

  /** Version that last had the data open, as far as it was looked up; undefined when there is none or nobody noted it. */
  get known(): string | undefined {
    return this.#record?.version;
  }

  /**
   * Whether this image may open the data.
   * @throws PilotError `VersionRecordInvalid`, or the file system's error: then nothing is known.
   */
  async check(signal: AbortSignal): Promise<StartVerdict> {
    this.#record = await this.#read(signal);
    await this.settle(signal);
    const data = this.known;
    if (data === undefined) return { start: true };
    const image = await this.#rules.imageVersion();
    const age = image === undefined ? undefined : compareVersions(image, data);
    if (image === undefined || age === undefined) {
      const message = `the version of this image cannot be told, and the data on the volume are of version ${data}`;
      return { start: false, phase: 'Waiting', message };
    }
    if (age >= 0 || this.#rules.canGoBack(data, image)) return { start: true };
    const message = `the data on the volume are of version ${data}, which ${image} cannot open: set spec.version to ${data} or newer`;
    return { start: false, phase: 'Refused', message };
  }

  /** Notes that this image's process is about to start. Call it after `check`, as the last thing before the start. */
  async starting(signal: AbortSignal): Promise<void> {
    const version = await this.#rules.imageVersion();
    const record = this.#record ?? {};
    if (version === undefined || version === record.version) return;
    await this.#write({ ...record, starting: { version, before: await this.#witnesses(signal) } });
  }

  /** The process serves with this version. Costs nothing when that is known. */
  async served(version: string): Promise<void> {
    if (this.#record?.version === version && this.#record.starting === undefined) return;
    await this.#write({ version });
  }

  /** Finds out whether a process that was started and never served had opened the data. Costs nothing otherwise. */
  async settle(signal: AbortSignal): Promise<void> {
    const { starting, version } = this.#record ?? {};
    if (starting === undefined) return;
    const isUntouched = JSON.stringify(await this.#witnesses(signal)) === JSON.stringify(starting.before);
    const last = isUntouched ? version : starting.version;
    await this.#write(last === undefined ? {} : { version: last });
  }

  async #read(signal: AbortSignal): Promise<Record> {
    const path = join(this.#rules.folder, VERSION_FILE);
    const text = await readFile(path, { encoding: 'utf8', signal }).catch((error: unknown) => orMissing(error, '{}'));
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new PilotError('VersionRecordInvalid', `${path} does not tell the version of the data beside it`, { cause });
    }
  }

  async #write(record: Record): Promise<void> {
    await writeJsonFile(join(this.#rules.folder, VERSION_FILE), record);
    await using folder = await open(this.#rules.folder, 'r');
    await folder.sync();
    this.#record = record;
  }

  /** Names, sizes and times of what lies in the folders that a database changes first. */
  async #witnesses(signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (const name of this.#rules.witnesses) {
      const folder = join(this.#rules.folder, name);
      const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => orMissing(error, []));
      for (const entry of entries.filter((one) => !isOurs(one.name))) {
        signal.throwIfAborted();
        found.push(`${join(name, entry.name)} ${entry.isFile() ? await looksOf(join(folder, entry.name)) : ''}`);
      }
    }
    return found.toSorted();
  }
}

/** Not ctime: the kubelet changes owners when it mounts a volume. */
async function looksOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  return `${ino} ${size} ${mtimeMs}`;
}

function orMissing<T>(error: unknown, instead: T): T {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return instead;
  throw error;
}
