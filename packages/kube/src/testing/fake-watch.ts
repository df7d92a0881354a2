import type { WatchEvent } from '../client.ts';
import type { Clock } from '../clock.ts';
import { KubeError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { eventFor, type FakeStore, type Revision } from './fake-store.ts';
import { knownRequest } from './known-requests.ts';
import { selectorOf } from './selectors.ts';

/** Options of {@link openFakeWatch}. */
export interface FakeWatchOptions {
  readonly store: FakeStore;
  readonly clock: Clock;
  readonly request: { readonly path: string; readonly query?: Readonly<Record<string, string | number | boolean | undefined>> };
  /** The client went away. */
  readonly signal: AbortSignal;
  /** The connection breaks. */
  readonly broken: AbortSignal;
  readonly onEvent: (event: WatchEvent) => readonly WatchEvent[];
}

/** A real server sends them about once a minute. */
const BOOKMARK_MS = 60_000;

/** A watch on the fake store: what happened since the asked revision, then what happens, bookmarks, and an end in time. */
export async function* openFakeWatch(options: FakeWatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
  const { store, clock, request, signal, broken, onEvent } = options;
  const query = request.query ?? {};
  const from = Number(query['resourceVersion'] ?? store.revision);
  if (from < store.compactedRevision) {
    yield statusEvent(410, 'Expired', `too old resource version: ${from} (${store.compactedRevision})`);
    return;
  }
  if (from > store.revision) {
    yield statusEvent(504, 'Timeout', `Too large resource version: ${from}, current: ${store.revision}`);
    return;
  }
  const pending: WatchEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let isOver = false;
  const filter = filterOf(request.path, query);
  const push = (event: WatchEvent): void => {
    pending.push(event);
    wake.resolve();
  };
  const take = (revision: Revision): void => {
    if (revision.collection !== filter.collection) return;
    const event = eventFor(revision, (object) => filter.matches(object));
    if (event) for (const each of onEvent(event)) push(each);
  };
  const stop = (): void => {
    isOver = true;
    wake.resolve();
  };
  const { plain } = filter;
  const bookmark = (): void => {
    const event = {
      type: 'BOOKMARK' as const,
      object: { ...plain, metadata: { name: '', resourceVersion: String(store.revision) } },
    };
    for (const each of onEvent(event)) push(each);
  };
  for (const revision of store.since(filter.collection, from)) take(revision);
  using _subscription = store.subscribe(take);
  const bookmarks = { timer: undefined as Disposable | undefined };
  const nextBookmark = (): void => {
    bookmarks.timer = clock.setTimeout(() => {
      bookmark();
      nextBookmark();
    }, BOOKMARK_MS);
  };
  if (query['allowWatchBookmarks']) nextBookmark();
  using _end = clock.setTimeout(stop, Number(query['timeoutSeconds'] ?? 1800) * 1000);
  signal.addEventListener('abort', stop, { once: true });
  broken.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      if (signal.aborted) throw new KubeError('KUBE_ABORTED', 'watch: given up');
      const event = pending.shift();
      if (event) yield event;
      else if (broken.aborted) throw new KubeError('KUBE_UNREACHABLE', 'watch: read ECONNRESET', { retryable: true });
      else if (isOver) return;
      else {
        wake = Promise.withResolvers<void>();
        await wake.promise;
      }
    }
  } finally {
    bookmarks.timer?.[Symbol.dispose]();
    signal.removeEventListener('abort', stop);
    broken.removeEventListener('abort', stop);
  }
}

type FakeQuery = NonNullable<FakeWatchOptions['request']['query']>;

/** Which collection, and which of its objects. */
export interface WatchFilter {
  readonly collection: string;
  readonly plain: { readonly apiVersion: string; readonly kind: string };
  matches(object: KubeObject): boolean;
}

/** What a watch or list on this path delivers. */
export function filterOf(path: string, query: FakeQuery): WatchFilter {
  const info = knownRequest('GET', path, true);
  const isSelected = selectorOf(query['labelSelector']?.toString(), query['fieldSelector']?.toString());
  return {
    collection: info.group === '' ? info.plural : `${info.plural}.${info.group}`,
    plain: { apiVersion: info.group === '' ? info.version : `${info.group}/${info.version}`, kind: 'Bookmark' },
    matches: (object) => (info.namespace === undefined || object.metadata.namespace === info.namespace) && isSelected(object),
  };
}

function statusEvent(code: number, reason: string, message: string): WatchEvent {
  return {
    type: 'ERROR',
    object: { apiVersion: 'v1', kind: 'Status', metadata: { name: '' }, code, reason, message, status: 'Failure' },
  };
}
