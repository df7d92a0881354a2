import { isRecord } from '../list-keys.ts';
import type { KubeObject } from '../object.ts';

/** Whether an object is chosen by a label and a field selector in the API server's syntax (the common part of it). */
export function isSelected(object: KubeObject, labelSelector?: string, fieldSelector?: string): boolean {
  const labels = object.metadata.labels ?? {};
  const byLabel = splitOutside(labelSelector ?? '').every((term) => labelTerm(term, labels));
  return byLabel && splitOutside(fieldSelector ?? '').every((term) => fieldTerm(term, object));
}

function labelTerm(term: string, labels: Readonly<Record<string, string>>): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, name = '', operator, list = ''] = set;
    const isIn = list
      .split(',')
      .map((value) => value.trim())
      .includes(labels[name] ?? '\u0000');
    return operator === 'in' ? isIn : !isIn;
  }
  if (term.startsWith('!')) return !(term.slice(1).trim() in labels);
  const { name, not, value } = equality(term);
  if (value === undefined) return name in labels;
  return (labels[name] === value) !== not;
}

function fieldTerm(term: string, object: KubeObject): boolean {
  const { name, not, value } = equality(term);
  const found = name.split('.').reduce<unknown>((node, field) => (isRecord(node) ? node[field] : undefined), object);
  const text = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
  return (text === (value ?? '')) !== not;
}

function equality(term: string): { name: string; not: boolean; value: string | undefined } {
  const match = /^([^=!]+?)\s*(!=|==|=)\s*(.*)$/.exec(term);
  if (!match) return { name: term.trim(), not: false, value: undefined };
  return { name: (match[1] ?? '').trim(), not: match[2] === '!=', value: (match[3] ?? '').trim() };
}

/** Splits at commas that are not inside parentheses. */
function splitOutside(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}
