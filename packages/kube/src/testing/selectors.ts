import { isRecord } from '../list-keys.ts';
import type { KubeObject } from '../object.ts';

type Labels = Readonly<Record<string, string>>;

/** Which objects a label and a field selector choose, in the API server's syntax (the common part of it). */
export function selectorOf(labelSelector = '', fieldSelector = ''): (object: KubeObject) => boolean {
  const byLabel = splitOutside(labelSelector).map((term) => labelTerm(term));
  const byField = splitOutside(fieldSelector).map((term) => fieldTerm(term));
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return byLabel.every((fits) => fits(labels)) && byField.every((fits) => fits(object));
  };
}

function labelTerm(term: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, name = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (labels) => values.has(labels[name] ?? '\u0000') === (operator === 'in');
  }
  const absent = term.slice(1).trim();
  if (term.startsWith('!')) return (labels) => !(absent in labels);
  const { name, not, value } = equality(term);
  if (value === undefined) return (labels) => name in labels;
  return (labels) => (labels[name] === value) !== not;
}

function fieldTerm(term: string): (object: KubeObject) => boolean {
  const { name, not, value = '' } = equality(term);
  const fields = name.split('.');
  return (object) => {
    const found = fields.reduce<unknown>((node, field) => (isRecord(node) ? node[field] : undefined), object);
    const text = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
    return (text === value) !== not;
  };
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
