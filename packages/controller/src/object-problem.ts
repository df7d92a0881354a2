import { isConflict, isNotFound, KubeError } from '@navigator/kube';

/** Why one object could not be made so. */
export interface ObjectProblem {
  readonly reason: 'ForeignObject' | 'SecretInvalid' | 'VolumeNotExpandable' | 'ApiError';
  readonly message: string;
  readonly error: unknown;
  /** Only clients read the object: the nodes are and stay as they shall be. */
  readonly ofClients?: true;
}

const NO_ANSWER: ReadonlySet<string> = new Set(['KUBE_UNREACHABLE', 'KUBE_TIMEOUT', 'KUBE_ABORTED', 'KUBE_THROTTLED']);

/**
 * What an error says of the one object that was to be written, e.g. `Service "a"`; the others may be written all the same.
 * @throws the error itself where there was no answer, or "not now": asking for the next object would be no different. The
 * queue tries again.
 */
export function asProblem(name: string, error: unknown, done: 'written' | 'deleted' = 'written'): ObjectProblem {
  if (error instanceof KubeError && NO_ANSWER.has(error.code)) throw error;
  if (error instanceof KubeError && error.code === 'KUBE_FOREIGN_OBJECT') return foreignProblem(name, error);
  const words = error instanceof Error ? error.message : String(error);
  return { reason: 'ApiError', message: `${name} could not be ${done}: ${words}`, error };
}

/** Somebody else's object has the name of one of ours. */
export function foreignProblem(name: string, error?: unknown): ObjectProblem {
  const message = `${name} exists but does not belong to this cluster; delete or rename it`;
  return { reason: 'ForeignObject', message, error: error ?? new Error(message) };
}

/** It was deleted and made anew: a patch that names another uid is not a conflict to the API server, but invalid. */
function isOfAnother(error: unknown): boolean {
  return error instanceof KubeError && error.fields.includes('metadata.uid');
}

/** The object is not the one that was seen: it changed, is gone, or was made anew. No problem: the cache was behind. */
export function isBehind(error: unknown): boolean {
  return isConflict(error) || isNotFound(error) || isOfAnother(error);
}
