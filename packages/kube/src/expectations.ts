import type { Clock } from './clock.ts';
import type { Lister } from './lister.ts';
import { type KubeObject, keyOf, type ObjectRef } from './object.ts';
import { type Resource, resourceName } from './resource.ts';
import { compareResourceVersions } from './resource-version.ts';

/** The part of an informer that expectations read. */
export interface ObservedCache {
  /** Up to where the cache has followed the server. */
  readonly resourceVersion: string;
  readonly lister: Lister<KubeObject>;
}

/** Options of {@link Expectations}. */
export interface ExpectationsOptions {
  readonly clock: Clock;
  /** The cache of a kind; undefined for kinds that nobody watches (then nothing is expected). */
  readonly cacheOf: (resource: Resource) => ObservedCache | undefined;
  /** After this an expectation is dropped: a restored etcd may never get there. Default 5 min, as in the ReplicaSet controller. */
  readonly ttlMs?: number;
}

interface Expectation {
  readonly resource: Resource;
  readonly ref: ObjectRef;
  readonly uid: string;
  /** Of our write; undefined for a deletion, whose answer carries none. */
  readonly resourceVersion: string | undefined;
  readonly untilMs: number;
}

/**
 * Own writes that the caches do not show yet. A cache may lag behind by seconds; whoever decides from it meanwhile repeats
 * what he just did (one pod too many, a second scale). So a key whose writes are not visible yet is put off.
 */
export class Expectations {
  readonly #options: ExpectationsOptions;
  readonly #byKey = new Map<string, Map<string, Expectation>>();

  constructor(options: ExpectationsOptions) {
    this.#options = options;
  }

  /** We wrote this object while reconciling `key`: wait until its cache has come to its resourceVersion. */
  expect(key: string, resource: Resource, written: KubeObject): void {
    const { uid = '', resourceVersion } = written.metadata;
    if (resourceVersion === undefined) return;
    this.#remember(key, { resource, ref: written.metadata, uid, resourceVersion });
  }

  /** We asked for this object's deletion: wait until its cache shows it as going, gone, or made anew. */
  expectDeletion(key: string, resource: Resource, target: ObjectRef & { readonly uid: string }): void {
    this.#remember(key, { resource, ref: target, uid: target.uid, resourceVersion: undefined });
  }

  /** Whether the caches show everything that was written for this key. */
  satisfied(key: string): boolean {
    const expected = this.#byKey.get(key);
    if (!expected) return true;
    const now = this.#options.clock.monotonic();
    for (const [id, expectation] of expected) {
      if (now >= expectation.untilMs || this.#isVisible(expectation)) expected.delete(id);
    }
    if (expected.size > 0) return false;
    this.#byKey.delete(key);
    return true;
  }

  #remember(key: string, expectation: Omit<Expectation, 'untilMs'>): void {
    const { clock, cacheOf, ttlMs = 300_000 } = this.#options;
    const whole = { ...expectation, untilMs: clock.monotonic() + ttlMs };
    if (!cacheOf(expectation.resource) || this.#isVisible(whole)) return;
    const expected = this.#byKey.get(key) ?? new Map<string, Expectation>();
    expected.set(`${resourceName(expectation.resource)} ${keyOf(expectation.ref)}`, whole);
    this.#byKey.set(key, expected);
  }

  #isVisible({ resource, ref, uid, resourceVersion }: Expectation): boolean {
    const cache = this.#options.cacheOf(resource);
    if (!cache) return true;
    const cached = cache.lister.get(ref.namespace, ref.name);
    if (resourceVersion === undefined) {
      return cached === undefined || cached.metadata.uid !== uid || cached.metadata.deletionTimestamp !== undefined;
    }
    if (cached?.metadata.resourceVersion === resourceVersion) return true;
    const order = compareResourceVersions(cache.resourceVersion, resourceVersion);
    return order !== undefined && order >= 0;
  }
}
