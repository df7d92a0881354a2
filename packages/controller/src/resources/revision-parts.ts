import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterRecord, ClusterSpecBase, NodePoolBase } from '../snapshot.ts';
import { canonicalJson, hashOf } from './revision.ts';

/** Parts of what the user asks of a pool's pods. They do not decide whether a pod is replaced, only how people call it. */
export const REVISION_PARTS = ['version', 'config', 'resources', 'restart'] as const;
export type RevisionPart = (typeof REVISION_PARTS)[number];

/** A few digits are enough to tell two values of one part apart. */
const DIGITS = 8;

/**
 * Value of the annotation `revision-parts`: a short hash of each part, e.g. `version=1f…,config=a0…`. So a pod tells what it
 * was made for, whatever the spec said in between and whoever forgot it.
 */
export function revisionParts(cluster: ClusterRecord, pool: NodePoolBase, engine: ControllerEngine): string {
  const known = written.get(cluster.spec) ?? new WeakMap<NodePoolBase, string>();
  written.set(cluster.spec, known);
  const parts = known.get(pool) ?? hashParts(engine.revisionInputs(cluster, pool));
  known.set(pool, parts);
  return parts;
}

/** A spec is parsed once and asked about in every pass. */
const written = new WeakMap<ClusterSpecBase, WeakMap<NodePoolBase, string>>();

function hashParts(inputs: unknown): string {
  const { version, resources, restartedAt, ...config }: Inputs = { ...(typeof inputs === 'object' ? inputs : {}) };
  const values: Readonly<Record<RevisionPart, unknown>> = { version, config, resources, restart: restartedAt };
  return REVISION_PARTS.map((part) => `${part}=${hashOf(canonicalJson(values[part])).slice(0, DIGITS)}`).join(',');
}

interface Inputs {
  readonly version?: unknown;
  readonly resources?: unknown;
  readonly restartedAt?: unknown;
  readonly [field: string]: unknown;
}

/** Parts in which two annotations differ; undefined where one of them tells nothing (a pod of an older release). */
export function changedParts(before: string | undefined, after: string): readonly RevisionPart[] | undefined {
  if (before === undefined) return undefined;
  const old = new Map(before.split(',').map((entry) => split(entry)));
  const now = new Map(after.split(',').map((entry) => split(entry)));
  return REVISION_PARTS.filter((part) => old.get(part) !== now.get(part));
}

function split(entry: string): [string, string] {
  const [part = '', hash = ''] = entry.split('=');
  return [part, hash];
}
