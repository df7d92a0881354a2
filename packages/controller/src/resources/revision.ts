import { createHash } from 'node:crypto';
import type { ControllerEngine } from '../engines/engine.ts';
import { buildResources } from './container-resources.ts';
import type { ClusterRecord, ClusterSpecBase, NodePoolBase } from '../snapshot.ts';

/**
 * Hash of what the user asked for of a pool's pods. It never covers Navigator's own rendering, so a new release of
 * Navigator makes no pod outdated.
 */
export function revisionOf(cluster: ClusterRecord, pool: NodePoolBase, engine: ControllerEngine): string {
  const known = revisions.get(cluster.spec) ?? new WeakMap<NodePoolBase, string>();
  revisions.set(cluster.spec, known);
  const revision = known.get(pool) ?? hashOf(canonicalJson(engine.revisionInputs(cluster, pool)));
  known.set(pool, revision);
  return revision;
}

/** A spec is parsed once and asked about in every pass. */
const revisions = new WeakMap<ClusterSpecBase, WeakMap<NodePoolBase, string>>();

/** The first 16 digits of a SHA-256. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What of the spec every engine's pods depend on. Engines add their own fields. */
export function commonRevisionInputs(spec: ClusterSpecBase, pool: NodePoolBase): Record<string, unknown> {
  const { version, image, zoneSpread } = spec;
  const { nodeSelector, tolerations, restartedAt } = pool;
  // In canonical form: `1024Mi` in place of `1Gi` is no change.
  return { version, image, zoneSpread, resources: buildResources(pool), nodeSelector, tolerations, restartedAt };
}

/**
 * JSON with sorted keys, without what is absent or empty: a field that a later release adds with an empty default then
 * changes no hash.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value).toSorted(byKey)) {
    if (item === undefined || item === null) continue;
    const text = canonicalJson(item);
    if (text !== '{}' && text !== '[]') parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
