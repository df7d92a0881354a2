import { KubeError, PersistentVolumeClaims } from '@navigator/kube';
import type { Effect } from './actions/action.ts';
import type { Pass, Tools } from './execute.ts';
import { asProblem, isBehind, type ObjectProblem } from './object-problem.ts';

/** How asking for a larger volume ended. */
export type ResizeOutcome = 'done' | 'stale' | ObjectProblem;

/**
 * Asks for a larger volume. A merge patch of this one field, since the rest of a claim is Kubernetes' own; the uid keeps it from
 * a claim that was made anew. Whether the storage class can do it is the API server's to know.
 */
export async function resizeClaim(
  pass: Pass,
  { name, uid, size }: Extract<Effect, { do: 'resizeClaim' }>,
  { tools, signal }: { readonly tools: Tools; readonly signal: AbortSignal },
): Promise<ResizeOutcome> {
  const { namespace } = pass.cluster.metadata;
  const body = { metadata: { uid }, spec: { resources: { requests: { storage: size } } } };
  try {
    const answer = await tools.client.mergePatch(PersistentVolumeClaims, { namespace, name }, { body }, signal);
    tools.expectations.expect(pass.key, PersistentVolumeClaims, answer);
    return 'done';
  } catch (error) {
    signal.throwIfAborted();
    if (isBehind(error)) return 'stale';
    if (!(error instanceof KubeError) || !REFUSED.has(error.status ?? 0)) return asProblem(`Volume claim "${name}"`, error);
    return { reason: 'VolumeNotExpandable', message: `Volume claim "${name}" cannot grow to ${size}: ${error.message}`, error };
  }
}

/** The storage class cannot do it, a quota forbids it, or the claim is of a kind that cannot grow. */
const REFUSED: ReadonlySet<number> = new Set([403, 422]);
