import { KubeClient, type KubeObject, keyOf, type Resource, type Transport } from '@navigator/kube';

/** Told of every object of a kind that the server shows, as soon as it does. */
export type Seen = (object: KubeObject, type: 'ADDED' | 'MODIFIED' | 'DELETED') => void;

/**
 * Watches kinds without keeping their objects: the clock that latencies are read from. Each callback gets the object of
 * an event at the moment it arrives here.
 */
export class Onlooker implements AsyncDisposable {
  readonly #client: KubeClient;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  #watchers: { readonly plural: string; readonly key: string; readonly seen: Seen }[] = [];

  constructor(transport: Transport) {
    this.#client = new KubeClient(transport, { fieldManager: 'bench' });
  }

  /** Begins with what comes after now. */
  async watch(resource: Resource): Promise<void> {
    const { resourceVersion } = await this.#client.list(resource, { namespace: 'default' }, this.#stop.signal);
    this.#running.push(this.#follow(resource, resourceVersion));
  }

  /** Calls `seen` for every event of one object, by `namespace/name`, or of all; dispose of it to end that. */
  on(resource: Resource, key: string | undefined, seen: Seen): Disposable {
    const watcher = { plural: resource.plural, key: key ?? '', seen };
    this.#watchers.push(watcher);
    return { [Symbol.dispose]: () => (this.#watchers = this.#watchers.filter((other) => other !== watcher)) };
  }

  async #follow(resource: Resource, from: string): Promise<void> {
    let resourceVersion = from;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const lines = await this.#client.watch(resource, { resourceVersion, timeoutSeconds: 3600 }, signal);
        for await (const line of lines) resourceVersion = this.#tell(resource, line) ?? resourceVersion;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  #tell(resource: Resource, line: unknown): string | undefined {
    const { type, object } = line as { type: string; object: KubeObject };
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      const key = keyOf(object.metadata);
      for (const watcher of this.#watchers)
        if (watcher.plural === resource.plural && (watcher.key === '' || watcher.key === key)) watcher.seen(object, type);
    }
    return object.metadata.resourceVersion;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}
