import { FIELD_MANAGERS } from '@navigator/api-types';
import {
  APPLIED_HASH_ANNOTATION,
  type Clock,
  type Expectations,
  type KubeClient,
  type KubeObject,
  type Logger,
  type Resource,
  TokenBucket,
} from '@navigator/kube';

/**
 * Fields that somebody else added to our objects (a nodeSelector in the pod template, `bootstrap` in a Pilot). Server-side
 * apply leaves them alone for ever, since we do not own them. So they are given to us first, in managedFields, and the
 * next apply, which does not name them, removes them. Labels and annotations of others stay: they are theirs to add.
 */

/** What is read of an entry of managedFields; more may be in it. */
interface Entry {
  readonly manager?: unknown;
  readonly operation?: unknown;
  readonly subresource?: unknown;
  readonly fieldsV1: Fields;
}
type Fields = Readonly<Record<string, unknown>>;

/** Not JSON, so it never travels; spreading an object keeps it. */
const STRANGER = Symbol('stranger');

/** Somebody who adds the same field again and again is answered a few times at once, then once a minute. */
const BUCKET = { burst: 5, perSecond: 1 / 60 };
const REMEMBERED = 1000;

/** Remembers in a cached object who else owns content of it; for an informer, which drops managedFields afterwards. */
export function markStranger<T extends KubeObject>(object: T): T {
  const stranger = entriesOf(object).find(isStranger);
  return stranger === undefined ? object : { ...object, [STRANGER]: managerOf(stranger) };
}

function managerOf({ manager }: Entry): string {
  return typeof manager === 'string' ? manager : 'unknown';
}

/** Who else owns content of this cached object, if anybody does. */
export function strangerOf(object: KubeObject): string | undefined {
  const mark: unknown = Object.getOwnPropertyDescriptor(object, STRANGER)?.value;
  return typeof mark === 'string' ? mark : undefined;
}

/** What a {@link Reclaimer} works with. */
export interface ReclaimerOptions {
  readonly client: KubeClient;
  readonly expectations: Pick<Expectations, 'expect'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes fields of others in our objects ours, so that the next apply removes them. */
export class Reclaimer {
  readonly #options: ReclaimerOptions;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: ReclaimerOptions) {
    this.#options = options;
  }

  /** Returns whether it wrote: then the object must be applied anew once the cache shows it. */
  async reclaim(
    cached: KubeObject,
    target: { readonly key: string; readonly resource: Resource; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { client, expectations, logger } = this.#options;
    const { uid = '', name } = cached.metadata;
    const manager = strangerOf(cached);
    if (manager === undefined || !this.#bucket(uid).tryTake()) return false;
    const live = await client.get(target.resource, cached.metadata, target.signal);
    const managedFields = reclaimed(entriesOf(live));
    if (live.metadata.uid !== uid || managedFields === undefined) return false;
    // Without the fingerprint of what was applied last, the next pass applies again.
    const annotations = { [APPLIED_HASH_ANNOTATION]: null };
    const body = { metadata: { uid, resourceVersion: live.metadata.resourceVersion, managedFields, annotations } };
    const answer = await client.mergePatch(target.resource, cached.metadata, { body }, target.signal);
    expectations.expect(target.key, target.resource, answer);
    logger.info({ object: `${cached.kind} "${name}"`, manager }, 'took over fields that somebody added');
    return true;
  }

  #bucket(uid: string): TokenBucket {
    const bucket = this.#buckets.get(uid) ?? new TokenBucket({ clock: this.#options.clock, ...BUCKET });
    if (this.#buckets.size > REMEMBERED) this.#buckets.clear();
    this.#buckets.set(uid, bucket);
    return bucket;
  }
}

/** By hand, not by a schema: every object of every list goes through here. */
function entriesOf({ metadata }: KubeObject): readonly Entry[] {
  return (metadata.managedFields ?? []).flatMap((entry) => {
    if (!isFields(entry)) return [];
    const { fieldsV1 } = entry;
    return [{ ...entry, fieldsV1: isFields(fieldsV1) ? fieldsV1 : {} }];
  });
}

function isOurs({ manager, operation, subresource }: Entry): boolean {
  return manager === FIELD_MANAGERS.controller && operation === 'Apply' && subresource === undefined;
}

/** Status and scale have writers of their own; whoever owns labels and annotations only is welcome. */
function isStranger(entry: Entry): boolean {
  return !isOurs(entry) && entry.subresource === undefined && Object.keys(contentOf(entry.fieldsV1)).length > 0;
}

function contentOf(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'f:metadata' && name !== 'f:status'));
}

/** The entries with the content of strangers moved to ours; undefined when there is nothing to move. */
function reclaimed(entries: readonly Entry[]): readonly Entry[] | undefined {
  const strangers = entries.filter(isStranger);
  const ours = entries.find(isOurs);
  if (strangers.length === 0 || ours === undefined) return undefined;
  const merged = strangers.reduce<Fields>((fields, { fieldsV1 }) => union(fields, contentOf(fieldsV1)), ours.fieldsV1);
  return entries.flatMap((entry) => {
    if (entry === ours) return [{ ...entry, fieldsV1: { ...merged } }];
    if (!strangers.includes(entry)) return [entry];
    const { 'f:metadata': metadata } = entry.fieldsV1;
    return metadata === undefined ? [] : [{ ...entry, fieldsV1: { 'f:metadata': metadata } }];
  });
}

function union(a: Fields, b: Fields): Fields {
  const both = Object.entries(b).map(([name, value]): [string, unknown] => [
    name,
    isFields(value) && isFields(a[name]) ? union(a[name], value) : (a[name] ?? value),
  ]);
  return { ...a, ...Object.fromEntries<unknown>(both) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
