import { hash as digest } from 'node:crypto';
import type { KubeClient } from './client.ts';
import { findDrift, projection } from './drift.ts';
import { isAlreadyExists, isConflict, isNotFound, KubeError } from './errors.ts';
import type { Expectations, ObservedCache } from './expectations.ts';
import { type KubeObject, keyOf } from './object.ts';
import { controllerOf } from './owner.ts';
import { type Resource, resourceName, resourceOf } from './resource.ts';

/** Where the fingerprint of what we last applied is kept: it finds fields that we no longer want. */
export const APPLIED_HASH_ANNOTATION = 'navigator.dev/applied-hash';

/** Options of an {@link Applier}. */
export interface ApplierOptions {
  readonly client: KubeClient;
  /** The cache of a kind. Objects of kinds without one are created, or found to exist, each time. */
  readonly cacheOf: (resource: Resource) => ObservedCache | undefined;
  readonly expectations?: Expectations;
}

/** For one call of {@link Applier.apply}. */
export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** The workqueue key on whose behalf this is; it is put off until the caches show the write. */
  readonly key?: string;
  /**
   * Asked when there is something to write, with what is to be changed: gives what the write depends on, or throws. The server
   * refuses the write (409) when the object has another uid or resourceVersion by then.
   */
  readonly precondition?: (existing: KubeObject | undefined) => Promise<Precondition | undefined>;
}

/** Which state of an object a write was decided from. */
export interface Precondition {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What {@link Applier.apply} did. */
export interface Applied {
  readonly outcome: 'unchanged' | 'created' | 'updated' | 'terminating';
  /** As it is on the server, or in the cache when nothing was written. */
  readonly object: KubeObject;
  /** Why it was written: the first field that differed, or `desired` when our own wish had changed. */
  readonly because?: string;
}

/**
 * Server-side apply that writes only when there is something to write:
 * - our wish changed (also: a field left it) ⇔ its fingerprint differs from the one in the object's annotation;
 * - somebody changed one of our fields ⇔ a subset comparison with the cached object finds it.
 * If the server keeps a value in another form than we sent (which the comparison does not know), the difference remains after
 * the apply; then the answer's form is remembered as the right one, so that at most one needless write happens per start.
 */
export class Applier {
  readonly #options: ApplierOptions;
  /**
   * By the very object of the cache, the wish that it was found to fulfil: most passes look at what nobody has touched, and
   * comparing it anew would be a third of the controller's work.
   */
  readonly #fulfilled = new WeakMap<KubeObject, string>();
  readonly #accepted = new Map<string, { readonly hash: string; readonly projection: string }>();

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /**
   * Makes the object so. Throws KUBE_FOREIGN_OBJECT (not retryable) when something of that name exists that does not have
   * our owner: it is never adopted. An object that is being deleted is left alone; its end comes as a watch event.
   */
  async apply(desired: KubeObject, options: ApplyOptions): Promise<Applied> {
    const resource = resourceOf(desired);
    const { namespace, name } = desired.metadata;
    const cached = this.#options.cacheOf(resource)?.lister.get(namespace, name);
    if (cached !== undefined) return await this.#update(resource, { desired, existing: cached }, options);
    return await this.#create(resource, desired, options);
  }

  /**
   * Caches are filtered by label, so what they lack may still exist, and be somebody else's. A namesake makes the server refuse
   * to create, and only then is it looked at.
   */
  async #create(resource: Resource, desired: KubeObject, options: ApplyOptions): Promise<Applied> {
    const { client } = this.#options;
    const stamped = withHash(desired, wishHash(desired));
    const condition = (await options.precondition?.(undefined)) ?? {};
    try {
      const object = await client.applyNew(resource, withCondition(stamped, condition), options.signal);
      this.#wrote({ resource, desired: stamped, object }, options);
      return { outcome: 'created', object, because: 'missing' };
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error;
      const existing = await this.#live(resource, desired, options.signal);
      if (existing === undefined) throw error;
      return await this.#update(resource, { desired, existing }, options);
    }
  }

  async #live(resource: Resource, { metadata }: KubeObject, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#options.client.get(resource, metadata, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #update(
    resource: Resource,
    { desired, existing }: { readonly desired: KubeObject; readonly existing: KubeObject },
    options: ApplyOptions,
  ): Promise<Applied> {
    const hash = wishHash(desired);
    if (this.#fulfilled.get(existing) === hash) return { outcome: 'unchanged', object: existing };
    refuseForeign(desired, existing);
    if (existing.metadata.deletionTimestamp !== undefined) return { outcome: 'terminating', object: existing };
    const stamped = withHash(desired, hash);
    const because = this.#because(stamped, existing, hash);
    if (because === undefined) {
      this.#fulfilled.set(existing, hash);
      return { outcome: 'unchanged', object: existing };
    }
    const condition = (await options.precondition?.(existing)) ?? uidOf(existing);
    const object = await this.#options.client.apply(resource, withCondition(stamped, condition), options.signal);
    this.#wrote({ resource, desired: stamped, object }, options);
    return { outcome: 'updated', object, because };
  }

  #because(desired: KubeObject, existing: KubeObject, hash: string): string | undefined {
    if (existing.metadata.annotations?.[APPLIED_HASH_ANNOTATION] !== hash) return 'desired';
    const drift = findDrift(desired, existing);
    if (drift === undefined) return undefined;
    const accepted = this.#accepted.get(existing.metadata.uid ?? '');
    return accepted?.hash === hash && accepted.projection === projection(desired, existing) ? undefined : drift;
  }

  #wrote({ resource, desired, object }: Written, options: ApplyOptions): void {
    this.#accept(desired, object);
    if (options.key !== undefined) this.#options.expectations?.expect(options.key, resource, object);
  }

  #accept(desired: KubeObject, answer: KubeObject): void {
    const uid = answer.metadata.uid ?? '';
    const hash = desired.metadata.annotations?.[APPLIED_HASH_ANNOTATION] ?? '';
    if (findDrift(desired, answer) === undefined) this.#accepted.delete(uid);
    else this.#accepted.set(uid, { hash, projection: projection(desired, answer) });
  }
}

interface Written {
  readonly resource: Resource;
  readonly desired: KubeObject;
  /** The server's answer. */
  readonly object: KubeObject;
}

/**
 * The fingerprint of a wish. The order of fields counts, which is the same wherever objects are built by code and maps come
 * from the API server, which sorts them.
 */
export function wishHash(desired: KubeObject): string {
  return digest('sha256', JSON.stringify(desired)).slice(0, 20);
}

function withHash(desired: KubeObject, hash: string): KubeObject {
  const annotations = { ...desired.metadata.annotations, [APPLIED_HASH_ANNOTATION]: hash };
  return { ...desired, metadata: { ...desired.metadata, annotations } };
}

/** The server refuses (409) to apply to a namesake that was made after we looked. */
function uidOf({ metadata: { uid } }: KubeObject): Partial<Precondition> {
  return uid === undefined ? {} : { uid };
}

function withCondition(desired: KubeObject, condition: Partial<Precondition>): KubeObject {
  return { ...desired, metadata: { ...desired.metadata, ...condition } };
}

function refuseForeign(desired: KubeObject, existing: KubeObject): void {
  const owner = controllerOf(desired);
  if (!owner || controllerOf(existing)?.uid === owner.uid) return;
  const whose = controllerOf(existing);
  const belongs = whose ? `belongs to ${whose.kind} ${whose.name} (${whose.uid})` : 'has no owner';
  throw new KubeError(
    'KUBE_FOREIGN_OBJECT',
    `${resourceName(resourceOf(desired))} ${keyOf(desired.metadata)} exists and ${belongs}; delete or rename it`,
    { reason: 'ForeignObject' },
  );
}
