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

/**
 * How much earlier a version may have been built than the one that it follows, in ms. Versions that are released together are built
 * within days of each other, and the next ones weeks later.
 */
const BUILT_TOGETHER_MS = 5 * 24 * 3_600_000;

const recordSchema = z.object({
  /** Version that last had the data open. */
  version: z.string().optional(),
  /** When that version was built, as an ISO time; records of earlier pilots do not tell. */
  builtAt: z.string().optional(),
  /** Version that was started on the data and has not served yet, with what its witnesses looked like before. */
  starting: z.object({ version: z.string(), builtAt: z.string().optional(), before: z.array(z.string()) }).optional(),
});
type Record = z.infer<typeof recordSchema>;

/** Where the record lies, and what the database changes first; tests may play a volume. */
export interface VersionFiles {
  /** The record's text; undefined where there is none. */
  read(signal: AbortSignal): Promise<string | undefined>;
  /** Returns when it is durable. */
  write(record: object): Promise<void>;
  /** Names and looks of what the database changes first, in a fixed order. */
  witnesses(signal: AbortSignal): Promise<string[]>;
}

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
  readonly #files: VersionFiles;
  #record: Record | undefined;

  constructor(rules: VersionRules, files: VersionFiles = filesOn(rules)) {
    this.#rules = rules;
    this.#files = files;
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
    if (age > 0) return await this.#mayFollow(data, image);
    if (age === 0 || this.#rules.canGoBack(data, image)) return { start: true };
    const message = `the data on the volume are of version ${data}, which ${image} cannot open: set spec.version to ${data} or newer`;
    return { start: false, phase: 'Refused', message };
  }

  /** A higher number is not enough: see `VersionRules.imageBuiltAt`. */
  async #mayFollow(data: string, image: string): Promise<StartVerdict> {
    const before = this.#record?.builtAt;
    const { builtAt: now } = await this.#built();
    if (before === undefined || now === undefined) return { start: true };
    if (Date.parse(before) - Date.parse(now) <= BUILT_TOGETHER_MS) return { start: true };
    const message = `the data on the volume are of version ${data}, and ${image} was built before it (${dayOf(now)} and ${dayOf(before)}), so it may not know all that is in them: set spec.version to one that was released after ${data}, or back to ${data}`;
    return { start: false, phase: 'Refused', message };
  }

  /** Notes that this image's process is about to start. Call it after `check`, as the last thing before the start. */
  async starting(signal: AbortSignal): Promise<void> {
    const version = await this.#rules.imageVersion();
    const record = this.#record ?? {};
    const isNoted = version === record.version;
    if (version === undefined || (isNoted && record.builtAt !== undefined)) return;
    const built = await this.#built();
    if (isNoted && built.builtAt === undefined) return;
    // A record of an earlier pilot gets its date.
    if (isNoted) return await this.#write({ ...record, ...built });
    const starting = { version, ...built, before: await this.#files.witnesses(signal) };
    await this.#write({ ...record, starting });
  }

  /** The process serves with this version. Costs nothing when that is known. */
  async served(version: string): Promise<void> {
    if (this.#record?.version === version && this.#record.starting === undefined) return;
    await this.#write({ version, ...(await this.#built()) });
  }

  /** Finds out whether a process that was started and never served had opened the data. Costs nothing otherwise. */
  async settle(signal: AbortSignal): Promise<void> {
    const { starting, ...last } = this.#record ?? {};
    if (starting === undefined) return;
    const { before, ...next } = starting;
    const isUntouched = JSON.stringify(await this.#files.witnesses(signal)) === JSON.stringify(before);
    await this.#write(isUntouched ? last : next);
  }

  async #built(): Promise<Pick<Record, 'builtAt'>> {
    const builtAt = await this.#rules.imageBuiltAt?.();
    return builtAt === undefined ? {} : { builtAt };
  }

  async #read(signal: AbortSignal): Promise<Record> {
    const text = (await this.#files.read(signal)) ?? '{}';
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (cause) {
      const path = join(this.#rules.folder, VERSION_FILE);
      throw new PilotError('VersionRecordInvalid', `${path} does not tell the version of the data beside it`, { cause });
    }
  }

  async #write(record: Record): Promise<void> {
    await this.#files.write(record);
    this.#record = record;
  }
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}

function filesOn({ folder, witnesses }: VersionRules): VersionFiles {
  const path = join(folder, VERSION_FILE);
  return {
    read: (signal) => readFile(path, { encoding: 'utf8', signal }).catch((error: unknown) => orMissing(error, undefined)),
    async write(record) {
      await writeJsonFile(path, record);
      await using opened = await open(folder, 'r');
      await opened.sync();
    },
    async witnesses(signal) {
      const found = await Promise.all(witnesses.map(async (name) => await changesIn(folder, name, signal)));
      return found.flat().toSorted();
    },
  };
}

/** Names, sizes and times of what lies in one of the folders that a database changes first. */
async function changesIn(root: string, name: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const folder = join(root, name);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => orMissing(error, []));
  for (const entry of entries.filter((one) => !isOurs(one.name))) {
    signal.throwIfAborted();
    found.push(`${join(name, entry.name)} ${entry.isFile() ? await looksOf(join(folder, entry.name)) : ''}`);
  }
  return found;
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
