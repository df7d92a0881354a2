import type { Pod } from '@navigator/kube';

/** Kubernetes puts it on every claim. */
export const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';

/** Whether the scheduler has found a machine for the pod. */
export function hasMachine({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'True') === true;
}

/** Name of the claim of a pod's volume, where it has one. */
export function claimNameOf({ spec }: Pod): string | undefined {
  return spec?.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim)?.persistentVolumeClaim?.claimName;
}
