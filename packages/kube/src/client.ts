import { type Clock, sleep, systemClock } from './clock.ts';
import { KubeError } from './errors.ts';
import type { KubeObject, ObjectRef } from './object.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from './resource.ts';
import { statusError } from './status-error.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

/** Options of a {@link KubeClient}. */
export interface KubeClientOptions {
  /** The owner of every field that this client writes. */
  readonly fieldManager: string;
  readonly clock?: Clock;
  /** Of one call. Default 30 s. */
  readonly timeoutMs?: number;
}

/** What to list or watch. Selectors in the API server's own syntax. */
export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** What to list, and what of each object is kept. */
export interface KeepOptions<T extends KubeObject> extends ListOptions {
  /** Trims an object as soon as its page is read: thousands of whole ones, as they travel, are more than a cache holds. */
  readonly keep?: (item: T) => T;
}

/** A whole collection as it was at `resourceVersion`. */
export interface KubeList<T extends KubeObject> {
  readonly items: T[];
  readonly resourceVersion: string;
}

/** What to watch from where. */
export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
}

/** One line of a watch. The object of an ERROR is a `Status`; that of a BOOKMARK has only a resourceVersion. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/** Which object exactly may be deleted, and what happens to its children. */
export interface DeleteOptions {
  /** Deleting by name alone once deleted the volumes of a cluster that had been made anew under its old name. */
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

const PAGE_SIZE = 500;
const APPLY = 'application/apply-patch+yaml';
const MERGE_PATCH = 'application/merge-patch+json';
const MAX_THROTTLED_TRIES = 5;
/**
 * A resourceVersion that no object has: etcd's first write is its second revision. The server compares it with that of an
 * object that exists, and ignores it when it creates one (kubernetes/kubernetes#106745).
 */
const NO_OBJECTS_VERSION = '1';

/** Raw, typed access to the API server. Every method throws a KubeError unless the server said yes. */
export class KubeClient {
  readonly transport: Transport;
  readonly fieldManager: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(transport: Transport, options: KubeClientOptions) {
    this.transport = transport;
    this.fieldManager = options.fieldManager;
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
  }

  /** Reads one object from the API server itself, not from a cache. */
  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal: AbortSignal): Promise<T> {
    return await this.#object<T>({ method: 'GET', path: objectPath(resource, ref), signal });
  }

  /** Reads a whole collection, page by page. A continue token that expired on the way gives KUBE_GONE: start again. */
  async list<T extends KubeObject>(resource: Resource<T>, options: KeepOptions<T>, signal: AbortSignal): Promise<KubeList<T>> {
    const { keep = (item: T) => item } = options;
    const items: T[] = [];
    let continueToken: string | undefined;
    for (;;) {
      const page = await this.#page(resource, { ...options, continueToken }, signal);
      for (const item of page.items) items.push(keep(typed(resource, item)));
      continueToken = page.continueToken;
      if (continueToken === undefined) return { items, resourceVersion: page.resourceVersion };
    }
  }

  /** Opens a watch with bookmarks. Ends when the server ends it; throws when it breaks. */
  async watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<unknown>> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options;
    return await this.transport.stream({
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { watch: 1, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector, fieldSelector },
      ...acceptOf(resource, 'PartialObjectMetadata'),
      signal,
      deadlineMs: this.#timeoutMs,
    });
  }

  /** Server-side apply of exactly the fields given; takes them over from whoever owned them. Creates what is missing. */
  async apply<T extends KubeObject>(resource: Resource<T>, object: T, signal: AbortSignal): Promise<T> {
    return await this.#apply(resource, object, { signal, force: true });
  }

  /**
   * Server-side apply that only creates: KUBE_CONFLICT, and nothing touched, when the name is taken. Unlike a POST it leaves
   * the fields to be ours by Apply, so that later applies can remove them.
   */
  async applyNew<T extends KubeObject>(resource: Resource<T>, object: T, signal: AbortSignal): Promise<T> {
    const metadata = { ...object.metadata, resourceVersion: NO_OBJECTS_VERSION };
    return await this.#apply(resource, { ...object, metadata }, { signal, force: false });
  }

  /** Server-side apply of the status, with our field manager. The object needs only its name and `status`. */
  async applyStatus<T extends KubeObject>(resource: Resource<T>, object: T, signal: AbortSignal): Promise<T> {
    return await this.#apply(resource, object, { signal, force: true, subresource: 'status' });
  }

  /** Creates an object; KUBE_ALREADY_EXISTS when the name is taken. */
  async create<T extends KubeObject>(resource: Resource<T>, object: T, signal: AbortSignal): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return await this.#object<T>({ method: 'POST', path, query: { fieldManager: this.fieldManager }, body: object, signal });
  }

  /**
   * JSON merge patch, for the few places where apply does not fit: `scale`, finalizers, Leases, counts of Events. With
   * `metadata.resourceVersion` in the patch it is refused (KUBE_CONFLICT) if the object has changed since.
   */
  async mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: MergePatch,
    signal: AbortSignal,
  ): Promise<T> {
    return await this.#object<T>({
      method: 'PATCH',
      path: objectPath(resource, ref, patch.subresource),
      query: { fieldManager: this.fieldManager },
      body: patch.body,
      contentType: MERGE_PATCH,
      signal,
    });
  }

  /** Deletes one object if it still has this uid (KUBE_CONFLICT if not). Returns when the server accepted it. */
  async delete(resource: Resource, ref: ObjectRef, options: DeleteOptions, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion, propagationPolicy = 'Background', gracePeriodSeconds } = options;
    if (uid === '') throw new TypeError(`delete of ${resource.kind} ${ref.name} without a uid`);
    const path = objectPath(resource, ref);
    const { body } = await this.#send({
      method: 'DELETE',
      path,
      body: { propagationPolicy, preconditions: { uid, resourceVersion }, gracePeriodSeconds },
      signal,
    });
    // A Status, or the object as it goes. Whoever takes a proxy's page for that waits for an end that never comes.
    if (!isRecord(body) || typeof body['kind'] !== 'string')
      throw new KubeError('KUBE_BAD_ANSWER', `DELETE ${path}: the answer is neither a status nor an object`, { retryable: true });
  }

  async #apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyCall): Promise<T> {
    // managedFields must be absent in an apply, and a status sent to the main resource would only be ignored.
    const { managedFields: _unused, ...metadata } = object.metadata;
    return await this.#object<T>({
      method: 'PATCH',
      path: objectPath(resource, object.metadata, options.subresource),
      query: { fieldManager: this.fieldManager, force: options.force },
      body: { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata },
      contentType: APPLY,
      signal: options.signal,
    });
  }

  async #page(
    resource: Resource,
    options: ListOptions & { continueToken: string | undefined },
    signal: AbortSignal,
  ): Promise<Page> {
    const { namespace, labelSelector, fieldSelector, continueToken } = options;
    const path = collectionPath(resource, namespace);
    const query = { limit: PAGE_SIZE, continue: continueToken, labelSelector, fieldSelector };
    const { body } = await this.#send({ method: 'GET', path, query, ...acceptOf(resource, 'PartialObjectMetadataList'), signal });
    if (!isList(body)) throw new KubeError('KUBE_BAD_ANSWER', `GET ${path}: the answer is no list`, { retryable: true });
    const continued = body.metadata.continue;
    return {
      items: body.items ?? [],
      resourceVersion: body.metadata.resourceVersion,
      continueToken: continued === '' ? undefined : continued,
    };
  }

  async #object<T extends KubeObject>(call: Call): Promise<T> {
    const { body } = await this.#send(call);
    if (isObject<T>(body)) return body;
    throw new KubeError('KUBE_BAD_ANSWER', `${call.method} ${call.path}: the answer is no object`, { retryable: true });
  }

  /** Waits and repeats when the server is overloaded and says for how long (429, or 5xx with Retry-After). */
  async #send(call: Call): Promise<TransportResponse> {
    const startedAt = this.#clock.monotonic();
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(call);
      } catch (error) {
        const waitMs = error instanceof KubeError ? throttledForMs(error) : undefined;
        const leftMs = this.#timeoutMs - (this.#clock.monotonic() - startedAt);
        if (waitMs === undefined || tries >= MAX_THROTTLED_TRIES || waitMs >= leftMs) throw error;
        await sleep(this.#clock, waitMs, call.signal);
        if (call.signal.aborted) throw error;
      }
    }
  }

  async #once(call: Call): Promise<TransportResponse> {
    const answer = await this.transport.request({ ...call, deadlineMs: this.#timeoutMs });
    if (answer.status >= 200 && answer.status <= 299) return answer;
    throw statusError({ ...answer, what: `${call.method} ${call.path}` });
  }
}

/** A merge patch, on the object itself or on one of its subresources. */
export interface MergePatch {
  readonly body: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

type Call = Omit<TransportRequest, 'deadlineMs'>;

interface ApplyCall {
  readonly signal: AbortSignal;
  readonly force: boolean;
  readonly subresource?: string;
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

/** The server may have done a call that it answers with 5xx, unless it says Retry-After: then it refused to begin. */
function throttledForMs(error: KubeError): number | undefined {
  if (error.status !== 429 && error.status < 500) return undefined;
  return error.retryAfterMs;
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
function acceptOf(resource: Resource, as: string): Pick<TransportRequest, 'accept'> {
  return resource.metadataOnly === true ? { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` } : {};
}

/** Lists of built-in kinds carry apiVersion and kind only on the list. */
function typed<T extends KubeObject>(resource: Resource<T>, item: KubeObject): T {
  const whole =
    item.kind && resource.metadataOnly !== true ? item : { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind };
  return whole as T;
}

interface ListBody {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

function isList(body: unknown): body is ListBody {
  return isRecord(body) && isRecord(body['metadata']) && typeof body['metadata']['resourceVersion'] === 'string';
}

function isObject<T extends KubeObject>(body: unknown): body is T {
  return isRecord(body) && isRecord(body['metadata']) && typeof body['metadata']['name'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
