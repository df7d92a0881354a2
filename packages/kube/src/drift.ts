import { contentHash } from './canonical.ts';
import { isAtomicMap, isRecord, itemKey, listKeys } from './list-keys.ts';
import type { KubeObject } from './object.ts';
import { sameQuantity } from './quantity.ts';

/**
 * Compares what we want with what is there, the way server-side apply would: only fields that we name count, except in lists
 * and selectors that have one owner. Knows what the server does to values: it drops empty ones, and normalises quantities.
 * What it does not know shows up as drift that stays after an apply; then {@link projection} decides (see apply.ts).
 */
export function findDrift(desired: KubeObject, live: KubeObject): string | undefined {
  return compareFields(owned(desired), live, { path: '', field: '', kind: desired.kind, quantity: false, isWhole: false });
}

/** A fingerprint of the live values of exactly the fields that we name. */
export function projection(desired: KubeObject, live: KubeObject): string {
  return contentHash(project(owned(desired), live, { path: '', field: '', kind: desired.kind, quantity: false, isWhole: false }));
}

interface Place {
  readonly path: string;
  readonly field: string;
  readonly kind: string;
  /** Below `requests` or `limits`, where values are amounts. */
  readonly quantity: boolean;
  /** In a map with one owner: what we do not name must not be there either. */
  readonly isWhole: boolean;
}

const QUANTITY_FIELDS: ReadonlySet<string> = new Set(['limits', 'requests', 'capacity', 'hard', 'sizeLimit', 'divisor']);
const OWNED_METADATA = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

/** The part of a desired object that is a matter of content: no names, no status. */
function owned(desired: KubeObject): Record<string, unknown> {
  const { apiVersion: _version, kind: _kind, metadata, status: _status, ...rest } = desired;
  const kept = OWNED_METADATA.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]]);
  return { ...rest, metadata: Object.fromEntries(kept) };
}

function within(place: Place, field: string): Place {
  const path = place.path === '' ? field : `${place.path}.${field}`;
  const quantity = place.quantity || QUANTITY_FIELDS.has(field);
  return { path, field, kind: place.kind, quantity, isWhole: place.isWhole || isAtomicMap(field) };
}

function compare(desired: unknown, live: unknown, place: Place): string | undefined {
  if (isEmpty(desired) && (live === undefined || live === null || isEmpty(live))) return undefined;
  if (Array.isArray(desired)) return Array.isArray(live) ? compareLists(desired, live, place) : place.path;
  if (isRecord(desired)) return isRecord(live) ? compareFields(desired, live, place) : place.path;
  if (desired === live) return undefined;
  if (place.quantity && isAmount(desired) && isAmount(live) && sameQuantity(desired, live)) return undefined;
  return place.path;
}

function compareFields(desired: Record<string, unknown>, live: Record<string, unknown>, place: Place): string | undefined {
  for (const [field, value] of Object.entries(desired)) {
    const difference = compare(value, live[field], within(place, field));
    if (difference !== undefined) return difference;
  }
  if (!place.isWhole) return undefined;
  const extra = Object.keys(live).find((field) => !(field in desired) && !isEmpty(live[field]));
  return extra === undefined ? undefined : `${place.path}.${extra}`;
}

function compareLists(desired: readonly unknown[], live: readonly unknown[], place: Place): string | undefined {
  const keys = place.isWhole ? undefined : listKeys(place.field, place.kind, desired);
  if (keys === 'set') return desired.every((item) => live.includes(item)) ? undefined : place.path;
  if (keys === undefined) {
    if (desired.length !== live.length) return place.path;
    return firstOf(desired, (item, index) =>
      compare(item, live[index], { ...place, path: `${place.path}[${index}]`, field: '' }),
    );
  }
  const positions = new Map(live.map((item, index) => [itemKey(item, keys), index]));
  let last = -1;
  return firstOf(desired, (item) => {
    const key = itemKey(item, keys);
    const path = `${place.path}[${key.replaceAll('\u0000', '/')}]`;
    const index = positions.get(key);
    // Order counts: init containers run in it, and variables may use those before them.
    if (index === undefined || index < last) return path;
    last = index;
    return compare(item, live[index], { ...place, path, field: '' });
  });
}

function firstOf(
  items: readonly unknown[],
  difference: (item: unknown, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = difference(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function project(desired: unknown, live: unknown, place: Place): unknown {
  if (Array.isArray(desired) && Array.isArray(live)) {
    const keys = listKeys(place.field, place.kind, desired);
    if (keys === undefined || keys === 'set') return live;
    const found = new Map(live.map((item) => [itemKey(item, keys), item]));
    return desired.map((item) => project(item, found.get(itemKey(item, keys)), { ...place, field: '' }));
  }
  if (!isRecord(desired) || !isRecord(live) || isAtomicMap(place.field)) return live;
  return Object.fromEntries(
    Object.keys(desired).map((field) => [field, project(desired[field], live[field], within(place, field))]),
  );
}

/** Go's `omitempty` drops these on the way, so their absence says the same. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every((field) => field === undefined);
}

function isAmount(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
