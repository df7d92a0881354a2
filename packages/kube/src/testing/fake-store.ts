import type { WatchEvent } from '../client.ts';
import { deepFreeze } from '../freeze.ts';
import type { KubeObject } from '../object.ts';
import type { Owners } from './ownership.ts';
import { sameExcept } from './same-json.ts';

/** One version of one object: the unit of the store's history. */
export interface Revision {
  readonly number: number;
  /** `plural.group` */
  readonly collection: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
}

interface StoredObject {
  readonly object: KubeObject;
  readonly owners: Owners;
}

/**
 * What etcd is to a real API server: objects, one counter of revisions for all of them, and the history since the last
 * compaction. Objects are frozen and shared with whoever reads them.
 */
export class FakeStore {
  readonly #collections = new Map<string, Map<string, StoredObject>>();
  /** Collections in the order of their keys, as long as they are as they were. */
  readonly #sorted = new Map<string, readonly KubeObject[]>();
  readonly #listeners = new Set<(revision: Revision) => void>();
  #history: Revision[] = [];
  #revision = 1000;
  #compacted = 0;

  /** The newest revision. */
  get revision(): number {
    return this.#revision;
  }

  /** Revisions up to this one are forgotten. */
  get compactedRevision(): number {
    return this.#compacted;
  }

  get(collection: string, key: string): KubeObject | undefined {
    return this.#collections.get(collection)?.get(key)?.object;
  }

  owners(collection: string, key: string): Owners {
    return this.#collections.get(collection)?.get(key)?.owners ?? new Map();
  }

  collections(): string[] {
    return [...this.#collections.keys()];
  }

  /** A collection as it is, or as it was at an earlier revision that is still remembered. */
  list(collection: string, at: number = this.#revision): KubeObject[] {
    if (at >= this.#revision) return [...this.#sortedNow(collection)];
    const objects = this.#objects(collection);
    for (let index = this.#history.length - 1; index >= 0; index -= 1) {
      const revision = this.#history[index];
      if (!revision || revision.number <= at) break;
      if (revision.collection !== collection) continue;
      const key = keyIn(revision.object);
      if (revision.before) objects.set(key, revision.before);
      else objects.delete(key);
    }
    return sorted(objects);
  }

  /** Stores a version and tells the watchers; nothing happens when the content is the same. Returns what is stored. */
  put(collection: string, object: KubeObject, owners: Owners): KubeObject {
    const key = keyIn(object);
    const before = this.get(collection, key);
    if (before && isSameContent(before, object)) {
      this.#records(collection).set(key, { object: before, owners });
      return before;
    }
    this.#revision += 1;
    const managedFields = [...owners.keys()].map((manager) => ({ manager, fieldsType: 'FieldsV1' }));
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision), managedFields };
    const stored = deepFreeze({ ...object, metadata });
    this.#records(collection).set(key, { object: stored, owners });
    this.#sorted.delete(collection);
    this.#emit({ number: this.#revision, collection, type: before ? 'MODIFIED' : 'ADDED', object: stored, before });
    return stored;
  }

  remove(collection: string, key: string): void {
    const before = this.get(collection, key);
    if (!before) return;
    this.#revision += 1;
    this.#records(collection).delete(key);
    this.#sorted.delete(collection);
    const object = deepFreeze({ ...before, metadata: { ...before.metadata, resourceVersion: String(this.#revision) } });
    this.#emit({ number: this.#revision, collection, type: 'DELETED', object, before });
  }

  /** Advances the counter alone, as writes to other kinds do. */
  tick(revisions = 1): void {
    this.#revision += revisions;
  }

  /** Forgets the history, as etcd does every five minutes: watches from before get 410. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#history = [];
  }

  /** What happened in a collection after a revision. */
  since(collection: string, revision: number): Revision[] {
    const from = this.#history.findLastIndex((each) => each.number <= revision) + 1;
    return this.#history.slice(from).filter((each) => each.collection === collection);
  }

  /** Calls back for each further revision, until disposed. */
  subscribe(listener: (revision: Revision) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #sortedNow(collection: string): readonly KubeObject[] {
    const known = this.#sorted.get(collection) ?? sorted(this.#objects(collection));
    this.#sorted.set(collection, known);
    return known;
  }

  #objects(collection: string): Map<string, KubeObject> {
    return new Map([...(this.#collections.get(collection) ?? [])].map(([key, { object }]) => [key, object]));
  }

  #records(collection: string): Map<string, StoredObject> {
    const records = this.#collections.get(collection) ?? new Map<string, StoredObject>();
    this.#collections.set(collection, records);
    return records;
  }

  #emit(revision: Revision): void {
    this.#history.push(revision);
    for (const listener of this.#listeners) listener(revision);
  }
}

/** The key of an object within its collection. */
export function keyIn(object: { readonly metadata: { readonly namespace?: string | undefined; readonly name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** The watch event of a revision for somebody who selects some objects: one that leaves the selection is DELETED to him. */
export function eventFor(revision: Revision, isSelected: (object: KubeObject) => boolean): WatchEvent | undefined {
  const isIn = revision.type !== 'DELETED' && isSelected(revision.object);
  const wasIn = revision.before !== undefined && isSelected(revision.before);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object: revision.object };
  if (!wasIn || !revision.before) return undefined;
  const { resourceVersion } = revision.object.metadata;
  const metadata = { ...revision.before.metadata, ...(resourceVersion ? { resourceVersion } : {}) };
  return { type: 'DELETED', object: { ...revision.before, metadata } };
}

const METADATA: ReadonlySet<string> = new Set(['metadata']);
const NOT_CONTENT: ReadonlySet<string> = new Set(['resourceVersion', 'managedFields']);

function isSameContent(a: KubeObject, b: KubeObject): boolean {
  return sameExcept(a.metadata, b.metadata, NOT_CONTENT) && sameExcept(a, b, METADATA);
}

function sorted(objects: ReadonlyMap<string, KubeObject>): KubeObject[] {
  return [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}
