import type { Interner } from './interner.ts';

/** Freezes plain JSON in depth, so that nobody changes what everybody shares. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
}

/** Freezes plain JSON in depth with one string for all equal ones. What is frozen already is left as it is. */
export function freezeCompact<T>(value: T, strings: Interner): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const field = fields[name];
    if (typeof field === 'string') fields[name] = strings.same(field);
    else freezeCompact(field, strings);
  }
  return Object.freeze(value);
}

/** A copy of plain JSON that may be changed; many times faster than structuredClone, which knows more than JSON. */
export function copyJson<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(value)) fields[name] = copy((value as Record<string, unknown>)[name]);
  return fields;
}
