import { hash } from 'node:crypto';

/**
 * JSON with sorted keys and without absent fields: equal for equal content, whatever the order it was built in. Every child
 * of every cluster goes through here on each pass, so it is written for speed.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value) items += items === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${items}]`;
  }
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const name of Object.keys(fields).toSorted()) {
    const field = fields[name];
    if (field === undefined) continue;
    const separator = text === '' ? '' : ',';
    text += `${separator}${JSON.stringify(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** A short fingerprint of an object's content. */
export function contentHash(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'hex').slice(0, 20);
}
