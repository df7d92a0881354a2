import type { Lister } from './lister.ts';
import { type KubeObject, keyOf } from './object.ts';

/** Names an object → keys under which to find it, for example "pods by cluster". */
export type Indexers<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** What a replacement or an event changed. */
export type Change<T> =
  | { readonly type: 'add'; readonly object: T }
  | { readonly type: 'update'; readonly old: T; readonly object: T }
  | { readonly type: 'delete'; readonly object: T };

/** Always there, so that listing one namespace does not walk through all of them. */
const BY_NAMESPACE = ' namespace';

/** The indexed cache behind an informer. Holds what it is given; freezing and trimming is the informer's business. */
export class Store<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexers: Indexers<T>;
  readonly #indexes = new Map<string, Map<string, Map<string, T>>>();

  constructor(indexers: Indexers<T> = {}) {
    this.#indexers = { ...indexers, [BY_NAMESPACE]: (object) => [object.metadata.namespace ?? ''] };
    for (const name of Object.keys(this.#indexers)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(keyOf({ namespace, name }));
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(BY_NAMESPACE, namespace);
  }

  byIndex(index: string, key: string): readonly T[] {
    const keys = this.#indexes.get(index);
    if (!keys) throw new TypeError(`there is no index "${index}"`);
    return [...(keys.get(key)?.values() ?? [])];
  }

  /** Puts one object in and says what that changed; nothing when it was there already. */
  set(object: T): readonly Change<T>[] {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (old && isSame(old, object)) return [];
    if (old) this.#unindex(key, old);
    this.#objects.set(key, object);
    this.#index(key, object);
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
    this.#unindex(key, old);
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

  #index(key: string, object: T): void {
    for (const [name, indexer] of Object.entries(this.#indexers)) {
      const index = this.#indexes.get(name);
      for (const value of indexer(object)) {
        const found = index?.get(value);
        if (found) found.set(key, object);
        else index?.set(value, new Map([[key, object]]));
      }
    }
  }

  #unindex(key: string, object: T): void {
    for (const [name, indexer] of Object.entries(this.#indexers)) {
      const index = this.#indexes.get(name);
      for (const value of indexer(object)) {
        const found = index?.get(value);
        found?.delete(key);
        if (found?.size === 0) index?.delete(value);
      }
    }
  }
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
