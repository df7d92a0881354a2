// What clients see of a cluster while something is done to it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { elasticsearchOf, type ElasticsearchAccess } from '../elasticsearch.ts';
import { eventsOf, type Namespace } from '../objects.ts';
import { Answers } from './answers.ts';
import { followMoments, type Moment } from './moments.ts';
import { type Record, saveRecord } from './record.ts';

/** A request that fails is not repeated by the client: what users see is what is counted. */
const ONCE = { maxRetries: 0, requestTimeout: 10_000 } as const;
/** Pause between two requests of one client, in ms: enough for figures, without taking the machine from the databases. */
const PACE_MS = 40;
/** How often a new index is made, in ms: shards of new indices are what rolls stumble over. */
const NEW_INDEX_EVERY_MS = 10_000;
const SAMPLE_EVERY_MS = 1000;
const AUDIT_BATCH = 500;

interface Acknowledged {
  readonly index: string;
  readonly id: string;
}

/** Where the clients work, and the first of the series of indices that they write to. */
interface Place {
  readonly namespace: Namespace;
  readonly cluster: string;
  readonly access: ElasticsearchAccess;
  readonly series: string;
  readonly index: string;
}

/** An index that exists is one whose creation was done although its answer was lost. */
async function makeIndex(client: Client, index: string): Promise<string> {
  const settings = { number_of_shards: 1, number_of_replicas: 1 };
  await client.indices.create({ index, settings, wait_for_active_shards: 1 }, { ...ONCE, ignore: [400] });
  return index;
}

/**
 * Clients that never stop: one writes documents under ids of its own (a write that is not answered is sent again under the
 * same id), into ever new indices of one primary and one replica; one searches; one asks for the health each second.
 */
export class Traffic implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #cluster: string;
  readonly #startMs = Date.now();
  readonly #stop = new AbortController();
  readonly #writes = new Answers(this.#startMs);
  readonly #searches = new Answers(this.#startMs);
  readonly #acknowledged: Acknowledged[] = [];
  readonly #health: Record['health'][number][] = [];
  readonly #marks: Record['marks'][number][] = [];
  readonly #moments: Moment[] = [];
  readonly #following: Disposable;
  readonly #access: ElasticsearchAccess;
  readonly #series: string;
  #index: string;
  #made = 1;
  #holdsIndices = false;
  #loops: Promise<unknown> = Promise.resolve();

  private constructor({ namespace, cluster, access, series, index }: Place) {
    this.#namespace = namespace;
    this.#cluster = cluster;
    this.#access = access;
    this.#series = series;
    this.#index = index;
    this.#following = followMoments(namespace, cluster, (moment) => this.#moments.push(moment));
  }

  /** Starts the clients once the first index is there. */
  static async start(namespace: Namespace, cluster: string): Promise<Traffic> {
    const access = await elasticsearchOf(namespace, cluster);
    const series = `live-${Date.now()}`;
    const index = await makeIndex(access.client, `${series}-0`);
    // A cluster that has just formed takes seconds for the first write of its life, with which nothing that is done to it has to do.
    await access.client.index({ index, id: 'first', document: { at: Date.now(), id: 'first' } });
    const traffic = new Traffic({ namespace, cluster, access, series, index });
    traffic.#loops = Promise.all([traffic.#write(), traffic.#makeIndices(), traffic.#search(), traffic.#sample()]);
    return traffic;
  }

  /** Notes what the scenario does at this moment. */
  mark(label: string): void {
    this.#marks.push({ atMs: Date.now(), label });
  }

  /**
   * Does harm that no database can foresee, a node killed or a volume lost, while every shard has both its copies: until it is
   * done no index is made. One with a single copy as yet would go with its node, and nobody can promise otherwise.
   */
  async harm(label: string, deed: () => Promise<void> | void): Promise<void> {
    this.#holdsIndices = true;
    try {
      await this.#client.cluster.health({ wait_for_status: 'green', timeout: '60s' }, { maxRetries: 3, requestTimeout: 70_000 });
      this.mark(label);
      await deed();
    } finally {
      this.#holdsIndices = false;
    }
  }

  /** Stops the clients, reads every acknowledged document back, and keeps the record under this name; `failed` says why it is cut short. */
  async finish(scenario: string, failed?: string): Promise<Record> {
    this.#stop.abort();
    await this.#loops;
    const endMs = Date.now();
    const events = await eventsOf(this.#namespace, this.#cluster);
    const own = events.filter(({ atMs }) => atMs >= this.#startMs - 1000).map(({ atMs, message }) => ({ atMs, label: message }));
    const record: Record = {
      scenario,
      engine: 'elasticsearch',
      startMs: this.#startMs,
      endMs,
      writes: { answered: this.#writes.answered, refused: this.#writes.refused, gaps: [...this.#writes.finish(endMs)] },
      searches: { answered: this.#searches.answered, refused: this.#searches.refused, gaps: [...this.#searches.finish(endMs)] },
      lost: await this.#audit(),
      made: this.#made,
      health: this.#health,
      ...(failed === undefined ? {} : { failed }),
      moments: this.#moments,
      marks: [...this.#marks, ...own].toSorted((a, b) => a.atMs - b.atMs),
    };
    await saveRecord(record);
    return record;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#following[Symbol.dispose]();
    this.#stop.abort();
    await this.#loops;
    await this.#access[Symbol.asyncDispose]();
  }

  get #client(): Client {
    return this.#access.client;
  }

  async #write(): Promise<void> {
    for (let n = 0; !this.#stop.signal.aborted; n += 1) {
      const write = { index: this.#index, id: String(n) };
      while (!(await this.#tryWrite(write)) && !this.#stop.signal.aborted) await this.#pace();
      await this.#pace();
    }
  }

  async #tryWrite(write: Acknowledged): Promise<boolean> {
    try {
      await this.#client.index({ ...write, document: { at: Date.now(), id: write.id } }, ONCE);
      this.#writes.answer(Date.now());
      this.#acknowledged.push(write);
      return true;
    } catch {
      this.#writes.refuse();
      return false;
    }
  }

  async #makeIndices(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#pace(NEW_INDEX_EVERY_MS);
      if (!this.#stop.signal.aborted && !this.#holdsIndices) await this.#newIndex().catch(() => undefined);
    }
  }

  async #newIndex(): Promise<void> {
    this.#index = await makeIndex(this.#client, `${this.#series}-${this.#made}`);
    this.#made += 1;
  }

  async #search(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#client.search({ index: 'live-*', size: 1, allow_partial_search_results: false }, ONCE);
        this.#searches.answer(Date.now());
      } catch {
        this.#searches.refuse();
      }
      await this.#pace(PACE_MS * 3);
    }
  }

  async #sample(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const atMs = Date.now();
      this.#health.push({ atMs, health: await this.#askHealth() });
      await this.#pace(Math.max(0, atMs + SAMPLE_EVERY_MS - Date.now()));
    }
  }

  async #askHealth(): Promise<Record['health'][number]['health']> {
    try {
      const limits = { maxRetries: 0, requestTimeout: SAMPLE_EVERY_MS };
      const { status } = await this.#client.cluster.health({ timeout: '1s', master_timeout: '1s' }, limits);
      const names = { green: 'Green', yellow: 'Yellow', red: 'Red' } as const;
      const known = Object.entries(names).find(([word]) => word === status.toLowerCase());
      return known?.[1] ?? 'None';
    } catch {
      return 'None';
    }
  }

  /** Reads by id: from the shard itself, no refresh needed. */
  async #audit(): Promise<string[]> {
    const lost: string[] = [];
    for (let at = 0; at < this.#acknowledged.length; at += AUDIT_BATCH) {
      const batch = this.#acknowledged.slice(at, at + AUDIT_BATCH);
      const docs = batch.map(({ index, id }) => ({ _index: index, _id: id }));
      const answer = await this.#client.mget({ docs, _source: false }, { requestTimeout: 60_000, maxRetries: 3 });
      answer.docs.forEach((doc, i) => {
        const found = 'found' in doc && doc.found;
        if (!found) lost.push(`${batch[i]?.index}/${batch[i]?.id}`);
      });
    }
    return lost;
  }

  async #pace(ms = PACE_MS): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
