/** What happened, for people. `reason` is a CamelCase word from a closed list, `message` a sentence. */
export interface EventDetails {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly action?: string | undefined;
}

/** The object that an event is about; as much of it as there is. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

/** Equal events as one: what is, or will be, one Event object on the server. */
export interface EventSeries {
  readonly subject: EventSubject;
  readonly details: EventDetails;
  message: string;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  /** How much of the count is on the server. */
  writtenCount: number;
  /** Of the Event object; undefined before the first write. */
  name: string | undefined;
  /** Not to be written before, by the monotonic clock. */
  notBeforeMs: number;
  failures: number;
}

const SIMILAR = 10;
const WINDOW_MS = 600_000;
const REMEMBERED = 4096;

interface Group {
  messages: Set<string>;
  lastMs: number;
}

/**
 * Decides which events are the same one. Equal events (object, type, reason, message) are counted together; when more than
 * ten that differ only in the message come within ten minutes, the further ones are combined into one. Memory is bounded:
 * what was not seen for longest is forgotten, and then begins anew.
 */
export class EventCorrelator {
  readonly #series = new Map<string, EventSeries>();
  readonly #groups = new Map<string, Group>();

  /** Counts one event and returns the series that it belongs to. */
  add(subject: EventSubject, details: EventDetails, nowMs: number): EventSeries {
    const groupKey = [subjectKey(subject), details.type, details.reason].join('\u0000');
    const group = this.#group(groupKey, nowMs);
    group.messages.add(details.message);
    group.lastMs = nowMs;
    const isCombined = group.messages.size > SIMILAR;
    // Bounded: beyond this the messages themselves do not matter.
    if (isCombined) group.messages = new Set([...group.messages].slice(0, SIMILAR + 1));
    const message = shorten(isCombined ? `(combined from similar events): ${details.message}` : details.message);
    const series = this.#touch(`${groupKey}\u0000${isCombined ? '' : details.message}`, () => newSeries(subject, details, nowMs));
    series.message = message;
    series.lastMs = nowMs;
    series.count += 1;
    return series;
  }

  #group(key: string, nowMs: number): Group {
    const old = this.#groups.get(key);
    const group = old && nowMs - old.lastMs < WINDOW_MS ? old : { messages: new Set<string>(), lastMs: nowMs };
    remember(this.#groups, key, group);
    return group;
  }

  #touch(key: string, make: () => EventSeries): EventSeries {
    const series = this.#series.get(key) ?? make();
    remember(this.#series, key, series);
    return series;
  }
}

/** The identity of an event's object. */
export function subjectKey({ apiVersion, kind, metadata }: EventSubject): string {
  return [apiVersion, kind, metadata.namespace ?? '', metadata.name, metadata.uid ?? ''].join('\u0000');
}

/** Puts an entry last in a map and drops the first ones when there are too many. */
export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= REMEMBERED) return;
    map.delete(oldest);
  }
}

function newSeries(subject: EventSubject, details: EventDetails, nowMs: number): EventSeries {
  return {
    subject,
    details,
    message: details.message,
    firstMs: nowMs,
    lastMs: nowMs,
    count: 0,
    writtenCount: 0,
    name: undefined,
    notBeforeMs: 0,
    failures: 0,
  };
}

/** The API allows 1024 characters. */
function shorten(message: string): string {
  return message.length <= 1024 ? message : `${message.slice(0, 1021)}...`;
}
