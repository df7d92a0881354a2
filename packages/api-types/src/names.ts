/**
 * Names of children. Every child is called `<prefix>-<cluster>-<word>` where the last word holds no dash, so the text
 * before the last dash is always the cluster: cluster `a` with pool `b-c` and cluster `a-b` with pool `c` cannot meet,
 * because a pool may not be called `b-c`.
 */

/** Pattern of a node pool's name: one word, since it is the last word of its children's names. */
export const POOL_NAME_PATTERN = '^[a-z][a-z0-9]*$';
export const POOL_NAME_MAX = 15;

/** Pattern of a cluster's name: a DNS label (no dots), since Services are called after it. */
export const CLUSTER_NAME_PATTERN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';

/**
 * Longest name of a StatefulSet in characters: Kubernetes labels its pods with `<name>-<10 characters of hash>`, and a
 * label holds 63.
 */
export const STATEFUL_SET_NAME_MAX = 52;

/** Name of a cluster's child: `es-demo-mixed` for prefix `es`, cluster `demo`, word `mixed`. */
export function childName(prefix: string, cluster: string, word: string): string {
  return `${prefix}-${cluster}-${word}`;
}

/** Name of a pod and of its Pilot, e.g. `es-demo-mixed-0`. */
export function pilotName(statefulSet: string, ordinal: number): string {
  return `${statefulSet}-${ordinal}`;
}
