import { ANNOTATIONS } from '@navigator/api-types';
import type { ClusterRecord } from '../snapshot.ts';

/** Says in the annotation that nobody may form the cluster: its volumes hold one already. No pod can be called so. */
const NOBODY = 'none';

/** The value of the annotation. */
export function formatMembers(members: readonly string[]): string {
  return members.length === 0 ? NOBODY : members.join(',');
}

/** Who forms the cluster, as it was written down before the first pod; undefined before that. */
export function writtenMembers({ annotations }: ClusterRecord): readonly string[] | undefined {
  const written = annotations[ANNOTATIONS.initialMembers];
  if (written === undefined) return undefined;
  return written === NOBODY ? [] : written.split(',');
}
