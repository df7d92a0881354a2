import type { KubeObject } from './object.ts';

/** The read side of a cache. Objects are frozen and shared: never change one, build a new one. */
export interface Lister<T extends KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** The objects that an indexer filed under this key. Throws a TypeError for an index that was not asked for. */
  byIndex(index: string, key: string): readonly T[];
}
