import { z } from 'zod';
import type { ClusterView } from '@navigator/api-types';
import type { HealthAnswer } from './answers.ts';
import type { LocalHttp } from './http.ts';

/** A restart leaves shards without a node for moments; only what lasts is worth a question. */
const PATIENCE_MS = 30_000;
/** The answers cost the master work, and their numbers move: at most one each in this time. */
const INTERVAL_MS = 60_000;
/** They end up in conditions. */
const MAX_CHARACTERS = 500;

export const EXPLAIN_PATH =
  '/_cluster/allocation/explain?filter_path=index,shard,primary,unassigned_info.reason,can_allocate,allocate_explanation,node_allocation_decisions.deciders.decider,node_allocation_decisions.deciders.explanation';
const explainSchema = z.object({
  index: z.string(),
  shard: z.int(),
  primary: z.boolean(),
  unassigned_info: z.object({ reason: z.string() }).optional(),
  can_allocate: z.string().optional(),
  allocate_explanation: z.string().optional(),
  node_allocation_decisions: z
    .array(z.object({ deciders: z.array(z.object({ decider: z.string(), explanation: z.string() })).default([]) }))
    .default([]),
});
type Explanation = z.infer<typeof explainSchema>;

/** 8.7 and later; it knows the watermarks that are in force, headroom and all. */
export const DISK_PATH =
  '/_health_report/disk?filter_path=indicators.disk.status,indicators.disk.symptom,indicators.disk.diagnosis.affected_resources.nodes.name';
const diskSchema = z.object({
  indicators: z.object({
    disk: z.object({
      status: z.enum(['green', 'unknown', 'yellow', 'red']),
      symptom: z.string().default(''),
      diagnosis: z
        .array(
          z.object({ affected_resources: z.object({ nodes: z.array(z.object({ name: z.string() })).default([]) }).optional() }),
        )
        .default([]),
    }),
  }),
});
type DiskReport = z.infer<typeof diskSchema>;

type Findings = Pick<ClusterView, 'explanation' | 'disk'>;

/** Why things are not well, in Elasticsearch's own words. Asked by the pilot of the elected master only. */
export class Diagnosis {
  readonly #http: Pick<LocalHttp, 'send'>;
  readonly #monotonic: () => number;
  #unwellSinceMs: number | undefined;
  #explained: { readonly atMs: number; readonly text: string | undefined } | undefined;
  #disk: { readonly atMs: number; readonly text: string | undefined } | undefined;

  constructor(http: Pick<LocalHttp, 'send'>, monotonic: () => number) {
    this.#http = http;
    this.#monotonic = monotonic;
  }

  /** What is known beyond the health itself. What cannot be learnt is absent, and spoils nothing. */
  async look(health: Pick<HealthAnswer, 'unassigned_shards' | 'timed_out'>, signal: AbortSignal): Promise<Findings> {
    const explanation = await this.#explanation(health, signal);
    const disk = await this.#disks(signal);
    return { ...(explanation === undefined ? {} : { explanation }), ...(disk === undefined ? {} : { disk }) };
  }

  async #explanation(
    { unassigned_shards: count, timed_out: timedOut }: Pick<HealthAnswer, 'unassigned_shards' | 'timed_out'>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const nowMs = this.#monotonic();
    if (timedOut) return this.#explained?.text;
    if (count === 0) {
      this.#unwellSinceMs = undefined;
      this.#explained = undefined;
      return undefined;
    }
    this.#unwellSinceMs ??= nowMs;
    if (nowMs - this.#unwellSinceMs < PATIENCE_MS) return undefined;
    if (this.#explained === undefined || nowMs - this.#explained.atMs >= INTERVAL_MS) {
      const text = await this.#ask(EXPLAIN_PATH, { schema: explainSchema, tell: inWords, signal });
      this.#explained = { atMs: nowMs, text };
    }
    return this.#explained.text;
  }

  async #disks(signal: AbortSignal): Promise<string | undefined> {
    const nowMs = this.#monotonic();
    if (this.#disk === undefined || nowMs - this.#disk.atMs >= INTERVAL_MS) {
      const text = await this.#ask(DISK_PATH, { schema: diskSchema, tell: diskInWords, signal });
      this.#disk = { atMs: nowMs, text };
    }
    return this.#disk.text;
  }

  /** Older versions have no such report, and a shard may have found its node in between: both answer with an error. */
  async #ask<S extends z.ZodType>(
    path: string,
    { schema, tell, signal }: { schema: S; tell: (answer: z.infer<S>) => string | undefined; signal: AbortSignal },
  ): Promise<string | undefined> {
    try {
      return tell(await this.#http.send({ method: 'GET', path, signal }, schema));
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }
}

function inWords(answer: Explanation): string {
  const { index, shard, primary, unassigned_info: info, can_allocate: can, allocate_explanation: words } = answer;
  const which = `${primary ? 'primary' : 'replica'} of shard ${shard} of index "${index}" has no node`;
  const why = info === undefined ? '' : ` since ${info.reason}`;
  // What most nodes say first; what one node says of itself (it has a copy already) says little of the others.
  const reasons = commonest(answer.node_allocation_decisions.flatMap(({ deciders }) => deciders));
  return shorten([`${which}${why}: ${firstSentence(words ?? can ?? 'no reason is given')}`, ...reasons].join('; '));
}

function commonest(deciders: readonly { readonly decider: string; readonly explanation: string }[]): readonly string[] {
  const counts = new Map<string, { count: number; text: string }>();
  for (const { decider, explanation } of deciders) {
    const known = counts.get(decider);
    counts.set(decider, { count: (known?.count ?? 0) + 1, text: known?.text ?? `${decider}: ${withoutInternals(explanation)}` });
  }
  return [...counts.values()]
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 2)
    .map(({ text }) => text);
}

function diskInWords({ indicators: { disk } }: DiskReport): string | undefined {
  if (disk.status === 'green' || disk.status === 'unknown') return undefined;
  const names = new Set(
    disk.diagnosis.flatMap(({ affected_resources: affected }) => affected?.nodes.map(({ name }) => name) ?? []),
  );
  const list = [...names].toSorted().slice(0, 5);
  return shorten(list.length === 0 ? disk.symptom : `${disk.symptom.replace(/[.\s]+$/, '')} (${list.join(', ')})`);
}

/** The others tell how to read the answer of which this is made. */
function firstSentence(text: string): string {
  return /^.*?(?=\.(\s|$))/s.exec(text)?.[0] ?? text;
}

/** `… to this node [[orders][0], node[zjBa…], [P], s[STARTED], a[id=epwa…]]` */
function withoutInternals(text: string): string {
  return text.replace(/ \[\[.*$/s, '');
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS - 1)}…`;
}
