import type { Lister } from './lister.ts';
import { type KubeObject, keyOf } from './object.ts';

/** Names an object → keys under which to find it, for example "pods by cluster". */
export type Indexers<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** What a replacement or an event changed. */
export type Change<T> =
  | { readonly type: 'add'; readonly object: T }
  | { readonly type: 'update'; readonly old: T; readonly object: T }
  | { readonly type: 'delete'; readonly object: T };

/** The indexed cache behind an informer. Holds what it is given; freezing and trimming is the informer's business. */
export class Store<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexers: Indexers<T>;
  /** Few objects have the same key, so lists are smaller than maps would be. */
  readonly #indexes = new Map<string, Map<string, readonly T[]>>();

  constructor(indexers: Indexers<T> = {}) {
    this.#indexers = indexers;
    for (const name of Object.keys(this.#indexers)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(keyOf({ namespace, name }));
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => (object.metadata.namespace ?? '') === namespace);
  }

  byIndex(index: string, key: string): readonly T[] {
    const keys = this.#indexes.get(index);
    if (!keys) throw new TypeError(`there is no index "${index}"`);
    return keys.get(key) ?? [];
  }

  /** Puts one object in and says what that changed; nothing when it was there already. */
  set(object: T): readonly Change<T>[] {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (old && isSame(old, object)) return [];
    if (old) this.#unindex(old);
    this.#objects.set(key, object);
    this.#index(object);
    if (!old) return [{ type: 'add', object }];
    if (old.metadata.uid === object.metadata.uid) return [{ type: 'update', old, object }];
    // Deleted and made anew while we did not look: two events, since it is another object.
    return [
      { type: 'delete', object: old },
      { type: 'add', object },
    ];
  }

  /** Takes an object out; nothing when it is not there. The last state that the server reported is handed on. */
  delete(last: T): readonly Change<T>[] {
    const key = keyOf(last.metadata);
    const old = this.#objects.get(key);
    if (!old) return [];
    this.#objects.delete(key);
    this.#unindex(old);
    return [{ type: 'delete', object: last }];
  }

  /** Makes the store hold exactly these objects, and says what that changed. */
  replace(objects: readonly T[]): readonly Change<T>[] {
    const changes: Change<T>[] = [];
    const keys = new Set(objects.map((object) => keyOf(object.metadata)));
    for (const [key, old] of this.#objects) {
      if (!keys.has(key)) changes.push(...this.delete(old));
    }
    for (const object of objects) changes.push(...this.set(object));
    return changes;
  }

  #index(object: T): void {
    for (const [name, indexer] of Object.entries(this.#indexers)) {
      const index = this.#indexes.get(name);
      for (const key of indexer(object)) index?.set(key, [...(index.get(key) ?? []), object]);
    }
  }

  #unindex(object: T): void {
    for (const [name, indexer] of Object.entries(this.#indexers)) {
      const index = this.#indexes.get(name);
      for (const key of indexer(object)) {
        const others = (index?.get(key) ?? []).filter((other) => other !== object);
        if (others.length > 0) index?.set(key, others);
        else index?.delete(key);
      }
    }
  }
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
