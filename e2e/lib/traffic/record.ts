import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cachePath } from '../../cluster/cache.ts';
import { momentSchema } from './moments.ts';

const gapSchema = z.object({ fromMs: z.number(), toMs: z.number() });
const requestsSchema = z.object({ answered: z.int(), refused: z.int(), gaps: z.array(gapSchema) });

/** What one scenario did to one cluster, as clients saw it. Times are in ms since the epoch. */
export const recordSchema = z.object({
  scenario: z.string(),
  engine: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  writes: requestsSchema,
  searches: requestsSchema,
  /** Acknowledged writes that could not be read at the end. */
  lost: z.array(z.string()),
  /** Indices (or tables) made while it went on. */
  made: z.int(),
  /** One a second. `None`: no answer within a second. */
  health: z.array(z.object({ atMs: z.number(), health: z.enum(['Green', 'Yellow', 'Red', 'None']) })),
  /** What happened meanwhile: events of the cluster, and what the scenario did. */
  marks: z.array(z.object({ atMs: z.number(), label: z.string() })),
  /** Why it did not end as it should; absent where it did. */
  failed: z.string().optional(),
  /** What its pods went through; records of earlier days have none. */
  moments: z.array(momentSchema).default([]),
});
export type Record = z.infer<typeof recordSchema>;

const folderOf = (engine: string): string => cachePath(join('reports', engine));

/** Keeps the record for `npm run report`; a later run of the same scenario is another file. */
export async function saveRecord(record: Record): Promise<void> {
  const folder = folderOf(record.engine);
  await mkdir(folder, { recursive: true });
  const name = `${record.scenario.replaceAll(/[^a-z0-9]+/gi, '-')}-${new Date(record.startMs).toISOString().replaceAll(':', '')}.json`;
  await writeFile(join(folder, name), JSON.stringify(record));
}

/** All records of an engine, oldest first. A file that is no record is skipped. */
export async function readRecords(engine: string): Promise<readonly Record[]> {
  const folder = folderOf(engine);
  const names = await readdir(folder).catch(() => []);
  const records: Record[] = [];
  for (const name of names.filter((file) => file.endsWith('.json'))) {
    const result = recordSchema.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')));
    if (result.success) records.push(result.data);
  }
  return records.toSorted((a, b) => a.startMs - b.startMs);
}
