import { copyJson } from '../freeze.ts';
import { isAtomicMap, isRecord, itemKey, listKeys } from '../list-keys.ts';

/** One step into an object: a field, or the item of a keyed list. */
export type Step = string | { readonly keys: readonly string[]; readonly id: string };

/** A field that can have an owner of its own, with its value. */
export interface Leaf {
  readonly steps: readonly Step[];
  readonly value: unknown;
}

/** Takes an object apart into the fields that server-side apply tracks one by one, by their path as text. */
export function leavesOf(value: unknown, kind: string): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  walk(value, { steps: [], path: '', field: '' });
  return leaves;

  function walk(node: unknown, at: Spot): void {
    if (Array.isArray(node)) {
      const keys = listKeys(at.field, kind, node);
      if (keys === undefined || keys === 'set') return void leaves.set(at.path, { steps: at.steps, value: node });
      for (const item of node) walk(item, itemOf(at, { keys, id: itemKey(item, keys) }));
      return;
    }
    const names = isRecord(node) && !isAtomicMap(at.field) ? Object.keys(node) : [];
    if (!isRecord(node) || names.length === 0) return void leaves.set(at.path, { steps: at.steps, value: node });
    for (const name of names) {
      const child = node[name];
      if (child !== undefined && child !== null)
        walk(child, { steps: [...at.steps, name], path: `${at.path}.${name}`, field: name });
    }
  }
}

interface Spot {
  readonly steps: readonly Step[];
  readonly path: string;
  /** The nearest field; that of a list, within its items. */
  readonly field: string;
}

function itemOf({ steps, path, field }: Spot, step: Exclude<Step, string>): Spot {
  return { steps: [...steps, step], path: `${path}[${step.id.replaceAll('\u0000', '/')}]`, field };
}

/** Sets a field, making what is missing on the way. Changes `root`. */
export function setLeaf(root: Record<string, unknown>, { steps, value }: Leaf): void {
  let node: unknown = root;
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const next = steps[index + 1];
    if (typeof step === 'string') {
      if (!isRecord(node)) return;
      // An empty map only says that there must be one; what others put into it stays.
      if (isLast && !(isRecord(value) && isRecord(node[step]) && Object.keys(value).length === 0)) node[step] = copyJson(value);
      if (!isLast) node[step] ??= typeof next === 'string' ? {} : [];
      node = node[step];
      continue;
    }
    if (!Array.isArray(node)) return;
    let item: unknown = node.find((each) => itemKey(each, step.keys) === step.id);
    if (item === undefined) {
      // With its keys at once: the fields come one by one, and the next one must find it, whichever is first.
      const ids = step.id.split('\u0000');
      item = isLast
        ? copyJson(value)
        : Object.fromEntries(step.keys.flatMap((key, at) => (key === 'protocol' ? [] : [[key, ids[at]]])));
      node.push(item);
    }
    node = item;
  }
}

interface Place {
  readonly node: Record<string, unknown> | unknown[];
  readonly step: Step;
  readonly child: unknown;
}

/** Removes fields, and what is empty around them. Changes `root`. */
export function removeLeaves(root: Record<string, unknown>, leaves: readonly Leaf[]): void {
  // All are looked up first: an item whose key has been removed is not found by it any more.
  for (const trail of leaves.map(({ steps }) => trailOf(root, steps))) removeAt(trail);
}

function trailOf(root: Record<string, unknown>, steps: readonly Step[]): readonly Place[] {
  const trail: Place[] = [];
  let node: unknown = root;
  for (const step of steps) {
    if (typeof step === 'string' ? !isRecord(node) : !Array.isArray(node)) return [];
    const child = childOf(node, step);
    trail.push({ node: node as Place['node'], step, child });
    node = child;
  }
  return trail;
}

function removeAt(trail: readonly Place[]): void {
  for (const [index, { node: holder, step, child }] of trail.toReversed().entries()) {
    if (index > 0 && !isHollow(child, trail.length - index)) return;
    if (Array.isArray(holder) && typeof step !== 'string') {
      if (holder.includes(child)) holder.splice(holder.indexOf(child), 1);
    } else if (isRecord(holder) && typeof step === 'string') delete holder[step];
  }
}

function childOf(node: unknown, step: Step): unknown {
  if (typeof step === 'string') return isRecord(node) ? node[step] : undefined;
  return Array.isArray(node) ? node.find((each) => itemKey(each, step.keys) === step.id) : undefined;
}

/** Maps and lists that became empty go too, but never `metadata` or `spec` themselves. */
function isHollow(value: unknown, depth: number): boolean {
  if (depth <= 1) return false;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}
