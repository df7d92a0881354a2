import type { Clock } from '../clock.ts';
import { copyJson } from '../freeze.ts';
import { secondTime } from '../micro-time.ts';
import { keyOf, type KubeMeta, type KubeObject, type ObjectRef } from '../object.ts';
import type { RequestInfo } from '../request-info.ts';
import { type Resource, resourceName } from '../resource.ts';
import { FakeClock } from './fake-clock.ts';
import { refuseImmutable } from './fake-immutable.ts';
import { type FakeAnswer, FakeFailure } from './fake-status.ts';
import { FakeStore, keyIn } from './fake-store.ts';
import { knownRequest } from './known-requests.ts';
import { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
import { type Owners, serverSideApply, takeOver } from './ownership.ts';
import { sameExcept } from './same-json.ts';
import { selectorOf } from './selectors.ts';

/** A call as the fake server sees it. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
}

/** A call that was answered, in the order of their answers. */
export interface FakeCall extends RequestInfo {
  readonly status: number;
  readonly body: unknown;
}

/** Options of a {@link FakeApiServer}. */
export interface FakeApiServerOptions {
  readonly clock?: Clock;
  /** Fills in defaults and normalises values, or throws a FakeFailure, before an object of this collection is stored. */
  readonly admit?: Readonly<Record<string, (object: KubeObject) => KubeObject>>;
  /** Whether children go with their owner at once. Default true; else call `collectGarbage`. */
  readonly collectGarbage?: boolean;
}

/** These have no `metadata.generation`. */
const WITHOUT_GENERATION: ReadonlySet<string> = new Set([
  'configmaps',
  'events',
  'leases.coordination.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'secrets',
  'serviceaccounts',
  'services',
  'persistentvolumeclaims',
]);

/** Fields whose changes do not count as another generation. */
const NOT_SPEC: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * The API server in memory: resourceVersions, preconditions, server-side apply as far as Navigator uses it, status apart from
 * spec, generations, finalizers, garbage collection, selectors, pages, and watches that resume or answer 410. Deterministic:
 * no timers, no randomness, uids counted. It has no controllers; tests play them with `edit`.
 */
export class FakeApiServer {
  readonly store = new FakeStore();
  readonly calls: FakeCall[] = [];
  readonly #clock: Clock;
  readonly #options: FakeApiServerOptions;
  #uids = 0;

  constructor(options: FakeApiServerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? new FakeClock();
  }

  /** A connection for one process, with its own faults. */
  transport(options: Omit<MemoryTransportOptions, 'server' | 'clock'> = {}): MemoryTransport {
    return new MemoryTransport({ ...options, server: this, clock: this.#clock });
  }

  /** What the server holds, for assertions. */
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T | undefined {
    return this.store.get(resourceName(resource), `${ref.namespace ?? ''}/${ref.name}`) as T | undefined;
  }

  /** All objects of a kind, for assertions. */
  list<T extends KubeObject>(resource: Resource<T>): T[] {
    return this.store.list(resourceName(resource)) as T[];
  }

  /** Puts an object there as somebody else (kubectl, a controller of Kubernetes) would; makes uid and the like. */
  seed<T extends KubeObject>(resource: Resource<T>, object: T, manager = 'kubectl'): T {
    return this.#create(resourceName(resource), copyJson(object), manager) as T;
  }

  /** Changes an object, spec and status alike, as somebody else. Throws when it does not exist. */
  edit<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, change: (draft: T) => void, manager = 'kubectl'): T {
    const collection = resourceName(resource);
    const before = this.get(resource, ref);
    if (!before) throw new Error(`there is no ${collection} ${keyOf(ref)}`);
    const draft = copyJson(before);
    change(draft);
    return this.#store(
      collection,
      this.#generation(collection, before, draft),
      takeOver(before, draft, this.store.owners(collection, keyIn(before)), manager),
    ) as T;
  }

  /** Deletes an object as somebody else. */
  remove(resource: Resource, ref: ObjectRef): void {
    this.#remove(resourceName(resource), `${ref.namespace ?? ''}/${ref.name}`);
  }

  /** Answers one call that is no watch. */
  handle(request: FakeRequest): FakeAnswer {
    const info = knownRequest(request.method, request.path, false);
    let answer: FakeAnswer;
    try {
      answer = { status: info.verb === 'create' && !info.subresource ? 201 : 200, body: this.#route(info, request) };
    } catch (error) {
      if (!(error instanceof FakeFailure)) throw error;
      answer = error.answer;
    }
    this.calls.push({ ...info, status: answer.status, body: request.body });
    return answer;
  }

  /** The calls that changed something or tried to. */
  writes(): FakeCall[] {
    return this.calls.filter(({ verb }) => verb !== 'get' && verb !== 'list' && verb !== 'watch');
  }

  /** Deletes what has lost its owners, again and again until nothing does. */
  collectGarbage(): void {
    const uids = new Set(this.#all().map(({ object }) => object.metadata.uid));
    const orphans = this.#all().filter(({ object }) => {
      const owners = object.metadata.ownerReferences ?? [];
      return owners.length > 0 && !object.metadata.deletionTimestamp && owners.every(({ uid }) => !uids.has(uid));
    });
    for (const { collection, object } of orphans) this.#remove(collection, keyIn(object));
    if (orphans.length > 0) this.collectGarbage();
  }

  #all(): { collection: string; object: KubeObject }[] {
    return this.store
      .collections()
      .flatMap((collection) => this.store.list(collection).map((object) => ({ collection, object })));
  }

  #route(info: RequestInfo, request: FakeRequest): unknown {
    const collection = info.group === '' ? info.plural : `${info.plural}.${info.group}`;
    const body = copyJson(request.body) as KubeObject;
    const manager = String(request.query?.['fieldManager'] ?? 'unknown');
    switch (info.verb) {
      case 'get':
        return this.#existing(collection, info);
      case 'list':
        return this.#list(collection, info, request);
      case 'create':
        return this.#create(collection, { ...body, metadata: { ...body.metadata, ...namespaceOf(info) } }, manager);
      case 'delete':
        return this.#delete(collection, info, body);
      case 'update':
        return this.#update(collection, info, { body, manager });
      case 'patch':
        if (request.contentType?.includes('apply-patch'))
          return this.#apply(collection, info, {
            body,
            manager,
            force: request.query?.['force'] === true || request.query?.['force'] === 'true',
          });
        return this.#update(collection, info, {
          body: mergePatch(this.#existing(collection, info), body) as KubeObject,
          manager,
        });
      default:
        throw new FakeFailure(405, 'MethodNotAllowed', `the fake API server does not do ${request.method} ${request.path}`);
    }
  }

  #existing(collection: string, info: RequestInfo): KubeObject {
    const object = this.store.get(collection, `${info.namespace ?? ''}/${info.name ?? ''}`);
    if (!object) throw new FakeFailure(404, 'NotFound', `${collection} "${info.name}" not found`);
    return object;
  }

  #list(collection: string, info: RequestInfo, { query = {} }: FakeRequest): unknown {
    const token =
      query['continue'] === undefined ? undefined : (JSON.parse(atob(String(query['continue']))) as { at: number; from: number });
    const at = token?.at ?? Number(query['fakeRevision'] ?? this.store.revision);
    if (token && at < this.store.compactedRevision)
      throw new FakeFailure(410, 'Expired', 'The provided continue parameter is too old');
    const isSelected = selectorOf(query['labelSelector']?.toString(), query['fieldSelector']?.toString());
    const chosen = this.store
      .list(collection, at)
      .filter((object) => info.namespace === undefined || object.metadata.namespace === info.namespace)
      .filter((object) => isSelected(object));
    const from = token?.from ?? 0;
    const limit = Number(query['limit'] ?? Number.POSITIVE_INFINITY);
    const page = chosen.slice(from, from + limit);
    const isLast = from + limit >= chosen.length;
    const metadata = {
      resourceVersion: String(at),
      ...(isLast ? {} : { continue: btoa(JSON.stringify({ at, from: from + limit })) }),
    };
    // Built-in kinds come without apiVersion and kind in lists, as from a real server.
    const isBuiltIn = !collection.includes('.') || collection.endsWith('.k8s.io') || /\.(apps|batch|policy)$/.test(collection);
    const items = isBuiltIn ? page.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest) : page;
    return { kind: 'List', apiVersion: 'v1', metadata, items };
  }

  #create(collection: string, object: KubeObject, manager: string): KubeObject {
    const key = keyIn(object);
    if (this.store.get(collection, key))
      throw new FakeFailure(409, 'AlreadyExists', `${collection} "${object.metadata.name}" already exists`);
    this.#uids += 1;
    const metadata: KubeMeta = {
      ...object.metadata,
      uid: `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`,
      creationTimestamp: secondTime(this.#clock.now()),
      ...(WITHOUT_GENERATION.has(collection) ? {} : { generation: 1 }),
    };
    return this.#store(collection, { ...object, metadata }, takeOver(undefined, object, new Map(), `${manager}/Update`));
  }

  #apply(collection: string, info: RequestInfo, call: { body: KubeObject; manager: string; force: boolean }): KubeObject {
    const { body, force } = call;
    const scope = info.subresource === 'status' ? 'status' : 'main';
    const key = `${info.namespace ?? ''}/${info.name ?? ''}`;
    const live = this.store.get(collection, key);
    const { uid, resourceVersion } = body.metadata;
    if (uid !== undefined && !live)
      throw new FakeFailure(409, 'Conflict', `uid mismatch: the provided object has ${uid}, none exists`);
    if (uid !== undefined && uid !== live?.metadata.uid) throw otherUid(uid);
    // Of what is created the server does not look at it.
    if (live && resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw new FakeFailure(409, 'Conflict', 'the object has been modified');
    }
    const manager = `${call.manager}/Apply${info.subresource ? `/${info.subresource}` : ''}`;
    if (!live) {
      if (scope === 'status') throw new FakeFailure(404, 'NotFound', `${collection} "${info.name}" not found`);
      const object: KubeObject = { ...body, metadata: { ...body.metadata, ...namespaceOf(info) } };
      delete object['status'];
      const created = this.#create(collection, object, call.manager);
      const owned = serverSideApply({ live: created, applied: body, owners: new Map(), manager, force: true, scope });
      return 'owners' in owned ? this.#store(collection, created, owned.owners) : created;
    }
    const owners = this.store.owners(collection, key);
    const result = serverSideApply({ live, applied: body, owners, manager, force, scope });
    if ('conflicts' in result) {
      const causes = result.conflicts.map((field) => ({ reason: 'FieldManagerConflict', field }));
      throw new FakeFailure(409, 'Conflict', `Apply failed with ${causes.length} conflicts: ${result.conflicts.join(', ')}`, {
        causes,
      });
    }
    const after = scope === 'status' ? result.object : this.#generation(collection, live, result.object);
    return this.#store(collection, after, result.owners);
  }

  #update(collection: string, info: RequestInfo, { body, manager }: { body: KubeObject; manager: string }): KubeObject {
    const live = this.#existing(collection, info);
    const { resourceVersion } = body.metadata;
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw new FakeFailure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${collection} "${info.name}": the object has been modified`,
      );
    }
    const asked = body.metadata.uid;
    if (asked !== undefined && asked !== live.metadata.uid) throw otherUid(asked);
    const isStatus = info.subresource === 'status';
    const merged = isStatus ? { ...live, status: body['status'] } : { ...body, status: live['status'] };
    const { uid, generation, creationTimestamp, deletionTimestamp } = live.metadata;
    const fixed = { uid, generation, creationTimestamp, deletionTimestamp };
    const metadata = { ...(isStatus ? live.metadata : body.metadata), ...withoutUndefined(fixed) } as KubeMeta;
    const after = withoutUndefined({ ...merged, metadata }) as KubeObject;
    const owners = takeOver(live, after, this.store.owners(collection, keyIn(live)), `${manager}/Update`);
    const stored = this.#store(collection, isStatus ? after : this.#generation(collection, live, after), owners);
    if (stored.metadata.deletionTimestamp && (stored.metadata.finalizers ?? []).length === 0)
      this.#erase(collection, keyIn(stored));
    return stored;
  }

  #delete(collection: string, info: RequestInfo, body: unknown): unknown {
    const live = this.#existing(collection, info);
    const preconditions =
      (body as { preconditions?: { uid?: string; resourceVersion?: string } } | undefined)?.preconditions ?? {};
    for (const field of ['uid', 'resourceVersion'] as const) {
      const asked = preconditions[field];
      if (asked !== undefined && asked !== live.metadata[field]) {
        throw new FakeFailure(
          409,
          'Conflict',
          `Precondition failed: ${field} in precondition: ${asked}, in object: ${live.metadata[field]}`,
        );
      }
    }
    if ((body as { propagationPolicy?: string } | undefined)?.propagationPolicy === 'Orphan') this.#orphan(live);
    this.#remove(collection, keyIn(live));
    return { kind: 'Status', apiVersion: 'v1', status: 'Success', details: { uid: live.metadata.uid } };
  }

  /** Takes an owner from all that it owns, as the garbage collector does before it lets an orphaning deletion go on. */
  #orphan({ metadata: { uid } }: KubeObject): void {
    for (const { collection, object } of this.#all()) {
      const { ownerReferences = [] } = object.metadata;
      const others = ownerReferences.filter((owner) => owner.uid !== uid);
      if (others.length === ownerReferences.length) continue;
      const metadata = { ...object.metadata, ownerReferences: others };
      this.store.put(collection, { ...object, metadata }, this.store.owners(collection, keyIn(object)));
    }
  }

  #remove(collection: string, key: string): void {
    const live = this.store.get(collection, key);
    if (!live) return;
    if ((live.metadata.finalizers ?? []).length === 0) return this.#erase(collection, key);
    if (live.metadata.deletionTimestamp) return;
    const deletionTimestamp = secondTime(this.#clock.now());
    const generation = live.metadata.generation === undefined ? {} : { generation: live.metadata.generation + 1 };
    const metadata = { ...live.metadata, deletionTimestamp, ...generation };
    this.store.put(collection, { ...live, metadata }, this.store.owners(collection, key));
  }

  #erase(collection: string, key: string): void {
    this.store.remove(collection, key);
    if (this.#options.collectGarbage !== false) this.collectGarbage();
  }

  #store(collection: string, object: KubeObject, owners: Owners): KubeObject {
    return this.store.put(collection, this.#admitted(collection, object), owners);
  }

  #admitted(collection: string, object: KubeObject): KubeObject {
    const admit = this.#options.admit?.[collection];
    return admit ? admit(copyJson(object)) : object;
  }

  /** @throws FakeFailure where a field cannot be changed. */
  #generation(collection: string, before: KubeObject, after: KubeObject): KubeObject {
    refuseImmutable(collection, before, after);
    if (WITHOUT_GENERATION.has(collection) || sameExcept(before, this.#admitted(collection, after), NOT_SPEC)) return after;
    return { ...after, metadata: { ...after.metadata, generation: (before.metadata.generation ?? 0) + 1 } };
  }
}

/** RFC 7386: null removes. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  const result = base as Record<string, unknown>;
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = mergePatch(result[field], value);
  }
  return result;
}

function namespaceOf(info: RequestInfo): { namespace?: string } {
  return info.namespace === undefined ? {} : { namespace: info.namespace };
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** A write to an object that was deleted and made anew. */
function otherUid(uid: string): FakeFailure {
  const causes = [{ reason: 'FieldValueInvalid', field: 'metadata.uid' }];
  return new FakeFailure(422, 'Invalid', `metadata.uid: Invalid value: "${uid}": field is immutable`, { causes });
}
