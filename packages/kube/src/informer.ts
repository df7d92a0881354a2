import type { KubeClient, ListOptions, WatchEvent } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { freezeCompact } from './freeze.ts';
import { Interner } from './interner.ts';
import type { Lister } from './lister.ts';
import { type Logger, silentLogger } from './logger.ts';
import { type KubeObject, keyOf } from './object.ts';
import { Reflector } from './reflector.ts';
import { type Resource, resourceName } from './resource.ts';
import { shareUnchanged } from './share.ts';
import { type Change, type Indexers, Store } from './store.ts';

/** Told about changes, in order. Should only compute a key and put it into a queue; a throw is logged and goes no further. */
export interface InformerHandler<T extends KubeObject> {
  add?(object: T): void;
  update?(old: T, object: T): void;
  /** `object` is the last known state; it may be older than what was really deleted. */
  delete?(object: T): void;
}

/** Options of an {@link Informer}. */
export interface InformerOptions<T extends KubeObject> extends ListOptions {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly indexers?: Indexers<T>;
  /** Trims an object before it is kept, for example a ConfigMap's data that nobody reads. `managedFields` go after it. */
  readonly transform?: (object: T) => T;
  /**
   * Objects of this kind are much alike, so parts that equal those of the last one are kept once. Not for kinds of which
   * somebody remembers something by the identity of a part.
   */
  readonly alike?: boolean;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly random?: () => number;
}

/** One for all informers: the objects of a cluster have many words in common. */
const strings = new Interner();

/** One watch of one kind, shared by all who are interested: an indexed cache of frozen objects, and handlers. */
export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly #store: Store<T>;
  readonly #reflector: Reflector<T>;
  readonly #transform: (object: T) => T;
  readonly #logger: Logger;
  readonly #handlers: InformerHandler<T>[] = [];
  readonly #synced = Promise.withResolvers<void>();
  readonly #alike: boolean;
  #neighbour: T | undefined;
  #resourceVersion = '';
  #running: Promise<void> | undefined;

  constructor(options: InformerOptions<T>) {
    const { clock = systemClock, logger = silentLogger, transform = (object: T) => object } = options;
    this.resource = options.resource;
    this.#logger = logger.child({ informer: resourceName(options.resource) });
    this.#alike = options.alike === true;
    // One object that nobody foresaw must not end the watch of all.
    const guard =
      <R>(call: (object: T) => R, otherwise: (object: T) => R) =>
      (object: T) =>
        this.#guarded(object, { call, otherwise });
    const indexers = Object.entries(options.indexers ?? {}).map(([name, indexer]) => [name, guard(indexer, () => [])] as const);
    this.#store = new Store(Object.fromEntries(indexers));
    this.#transform = guard(transform, (object) => object);
    const sink = {
      keep: (item: T) => this.#kept(item),
      replace: (items: readonly T[], resourceVersion: string) => this.#replace(items, resourceVersion),
      event: (event: WatchEvent, resourceVersion: string) => this.#event(event, resourceVersion),
    };
    this.#reflector = new Reflector({ ...options, sink, clock, logger: this.#logger });
  }

  /** The cache. Empty until {@link hasSynced}. */
  get lister(): Lister<T> {
    return this.#store;
  }

  /** How many objects the cache holds. */
  get size(): number {
    return this.#store.size;
  }

  /** Up to where the cache has followed the server; empty before the first list. Expectations wait for it. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Adds a handler; what the cache already holds is delivered to it at once. */
  addHandler(handler: InformerHandler<T>): void {
    this.#handlers.push(handler);
    for (const object of this.#store.list()) this.#deliver(handler, { type: 'add', object });
  }

  /** Begins to follow the server, until the signal aborts. Resolves when it has stopped. Further calls change nothing. */
  async start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#reflector.run(signal);
    await this.#running;
  }

  /** Whether the first list has been delivered. Nobody may decide anything from the cache before. */
  hasSynced(): boolean {
    return this.#resourceVersion !== '';
  }

  /** Waits for {@link hasSynced}; throws the signal's reason when that aborts first. */
  async waitForSync(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#synced.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #replace(items: readonly T[], resourceVersion: string): void {
    const changes = this.#store.replace(items);
    this.#resourceVersion = resourceVersion;
    for (const change of changes) this.#deliverAll(change);
    this.#synced.resolve();
  }

  #event(event: WatchEvent, resourceVersion: string): void {
    const changes = this.#apply(event);
    // Advanced before the handlers run: what they enqueue must find the cache as new as it says it is.
    this.#resourceVersion = resourceVersion;
    for (const change of changes) this.#deliverAll(change);
  }

  #apply(event: WatchEvent): readonly Change<T>[] {
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') return [];
    // The server sends objects of the kind that was asked for; their content is parsed by whoever reads it.
    const object = this.#kept(event.object as T);
    return event.type === 'DELETED' ? this.#store.delete(object) : this.#store.set(object);
  }

  /**
   * managedFields are three quarters of a small object's memory, and nobody reads them. Parts that are as they were stay the
   * very same objects, so that whoever derives something from them does it once.
   */
  #kept(object: T): T {
    const trimmed = this.#transform(object);
    const { managedFields: _dropped, ...metadata } = trimmed.metadata;
    const before = this.#store.get(metadata.namespace, metadata.name) ?? this.#neighbour;
    const kept = freezeCompact(shareUnchanged(before, { ...trimmed, metadata }), strings);
    if (this.#alike) this.#neighbour = kept;
    return kept;
  }

  #guarded<R>(object: T, { call, otherwise }: { call: (object: T) => R; otherwise: (object: T) => R }): R {
    try {
      return call(object);
    } catch (err) {
      this.#logger.error({ err, object: keyOf(object.metadata) }, 'an indexer or transform threw');
      return otherwise(object);
    }
  }

  #deliverAll(change: Change<T>): void {
    for (const handler of this.#handlers) this.#deliver(handler, change);
  }

  #deliver(handler: InformerHandler<T>, change: Change<T>): void {
    try {
      if (change.type === 'add') handler.add?.(change.object);
      else if (change.type === 'delete') handler.delete?.(change.object);
      else handler.update?.(change.old, change.object);
    } catch (err) {
      this.#logger.error({ err, change: change.type }, 'a handler threw');
    }
  }
}
