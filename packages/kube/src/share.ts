/**
 * The newer of two states of something, with every part that has not changed replaced by the old one's very part. A status
 * that is written ten times then leaves the spec the same object, so that whatever was derived from it (parsed, hashed) by
 * identity still holds. Both are plain JSON; neither is altered.
 */
export function shareUnchanged<T>(old: unknown, value: T): T {
  return share(old, value) as T;
}

/** Whether two plain JSON values say the same, in whatever order. Ends at the first difference. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  return !Array.isArray(b) && sameFields(a as Fields, b as Fields);
}

function sameFields(a: Fields, b: Fields): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]));
}

function share(old: unknown, value: unknown): unknown {
  if (old === value || typeof value !== 'object' || value === null || typeof old !== 'object' || old === null) return value;
  if (Array.isArray(value)) return Array.isArray(old) ? shareItems(old, value) : value;
  return Array.isArray(old) ? value : shareFields(old as Fields, value as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function shareFields(old: Fields, value: Fields): Fields {
  const names = Object.keys(value);
  let isSame = names.length === Object.keys(old).length;
  let mixed: Record<string, unknown> | undefined;
  for (const name of names) {
    // Own fields only: `__proto__` may be the name of one, and every object has something of that name that all share.
    const before = Object.hasOwn(old, name) ? old[name] : undefined;
    const part = share(before, value[name]);
    isSame &&= part === before;
    if (part !== value[name]) (mixed ??= { ...value })[name] = part;
  }
  return isSame ? old : (mixed ?? value);
}

function shareItems(old: readonly unknown[], value: readonly unknown[]): readonly unknown[] {
  const mixed = value.map((item, index) => share(old[index], item));
  const isSame = old.length === value.length && mixed.every((item, index) => item === old[index]);
  return isSame ? old : mixed;
}
