import { copyJson } from '../freeze.ts';
import type { KubeObject } from '../object.ts';
import { type Leaf, leavesOf, removeLeaves, setLeaf } from './field-paths.ts';
import { sameJson } from './same-json.ts';

/** Which manager owns which fields (by path as text). */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>;

/** The result of an apply, or the fields that stand in its way. */
export type ApplyResult = { readonly object: KubeObject; readonly owners: Owners } | { readonly conflicts: readonly string[] };

const TRACKED_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** The part of an object whose fields have owners; of the whole object or of its status alone. */
export function tracked(object: KubeObject, scope: 'main' | 'status'): Record<string, unknown> {
  const { apiVersion: _version, kind: _kind, metadata, status, ...rest } = object;
  if (scope === 'status') return { status };
  const kept = TRACKED_METADATA.flatMap((name) => (metadata[name] === undefined ? [] : [[name, metadata[name]]]));
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

/** Server-side apply, as far as Navigator uses it: sets the given fields, removes those that this manager no longer gives. */
export function serverSideApply(options: {
  readonly live: KubeObject;
  readonly applied: KubeObject;
  readonly owners: Owners;
  readonly manager: string;
  readonly force: boolean;
  readonly scope: 'main' | 'status';
}): ApplyResult {
  const { live, applied, owners, manager, force, scope } = options;
  const wanted = leavesOf(tracked(applied, scope), live.kind);
  const present = presentLeaves(live, scope);
  const different = [...wanted].filter(([path, leaf]) => !sameJson(present.get(path)?.value, leaf.value));
  const changed = different.flatMap(([path]) => (present.has(path) && path !== FINALIZERS ? [path] : []));
  const ownedByOthers = (path: string): boolean => [...owners].some(([other, paths]) => other !== manager && paths.has(path));
  const conflicts = changed.filter(ownedByOthers);
  if (conflicts.length > 0 && !force) return { conflicts };
  const left = [...(owners.get(manager) ?? [])].flatMap((path) => {
    const leaf = present.get(path);
    return leaf && !wanted.has(path) && !ownedByOthers(path) ? [leaf] : [];
  });
  const next = new Map([...owners].map(([other, paths]) => [other, without(paths, changed)]));
  next.set(manager, new Set(wanted.keys()));
  if (different.length === 0 && left.length === 0) return { object: live, owners: next };
  const object = copyJson(live);
  removeLeaves(object, left);
  for (const [path, leaf] of different) setLeaf(object, path === FINALIZERS ? union(leaf, present.get(path)) : leaf);
  return { object, owners: next };
}

function without(paths: ReadonlySet<string>, gone: readonly string[]): ReadonlySet<string> {
  return gone.some((path) => paths.has(path)) ? new Set([...paths].filter((path) => !gone.includes(path))) : paths;
}

/** Whoever updates a field without apply becomes its owner, alone. */
export function takeOver(before: KubeObject | undefined, after: KubeObject, owners: Owners, manager: string): Owners {
  const old = before ? presentLeaves(before, 'all') : new Map<string, Leaf>();
  const now = leavesOf({ ...tracked(after, 'main'), ...tracked(after, 'status') }, after.kind);
  const isChanged = ([path, leaf]: [string, Leaf]): boolean => !sameJson(old.get(path)?.value, leaf.value);
  const changed = new Set([...now].filter((entry) => isChanged(entry)).map(([path]) => path));
  const gone = new Set([...old.keys()].filter((path) => !now.has(path)));
  const next = new Map<string, Set<string>>();
  for (const [other, paths] of owners) {
    next.set(other, new Set([...paths].filter((path) => !gone.has(path) && (other === manager || !changed.has(path)))));
  }
  next.set(manager, new Set([...(next.get(manager) ?? []), ...changed]));
  return next;
}

const known = { main: new WeakMap<object, Map<string, Leaf>>(), status: new WeakMap<object, Map<string, Leaf>>() };

/** Of a stored object, which never changes. */
function presentLeaves(object: KubeObject, scope: 'main' | 'status' | 'all'): ReadonlyMap<string, Leaf> {
  if (scope === 'all') return new Map([...presentLeaves(object, 'main'), ...presentLeaves(object, 'status')]);
  const leaves = known[scope].get(object) ?? leavesOf(tracked(object, scope), object.kind);
  if (Object.isFrozen(object)) known[scope].set(object, leaves);
  return leaves;
}

/** A set: each value has its own owner. */
const FINALIZERS = '.metadata.finalizers';

function union(leaf: Leaf, present: Leaf | undefined): Leaf {
  const there = present?.value;
  const values = [...(Array.isArray(there) ? there : []), ...(Array.isArray(leaf.value) ? leaf.value : [])];
  return { ...leaf, value: [...new Set(values)] };
}
