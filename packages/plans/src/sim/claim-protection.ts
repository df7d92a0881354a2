import { type KubeObject, type PersistentVolumeClaim, PersistentVolumeClaims, type Pod, Pods } from '@navigator/kube';
import { type SimContext, soon } from './context.ts';
import { isGoing, patchStatus } from './stateful-set.ts';

/** Kubernetes puts it on every claim. */
export const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';

/**
 * The pvc-protection controller: a claim that was deleted stays as long as there is a pod that uses it and that a machine has. It
 * counts pods by their objects, so one that is deleted by force is gone at once.
 */
export function startClaimProtection(context: SimContext): void {
  let due: Disposable | undefined;
  context.server.store.subscribe(({ collection, type }) => {
    if (collection !== 'persistentvolumeclaims' && (collection !== 'pods' || type === 'ADDED')) return;
    due ??= soon(context, [20, 400], () => {
      due = undefined;
      for (const claim of context.server.list(PersistentVolumeClaims)) if (mayGo(context, claim)) letGo(context, claim);
    });
  });
}

function mayGo({ server, namespace }: SimContext, claim: PersistentVolumeClaim): boolean {
  if (!isGoing(claim) || claim.metadata.finalizers?.includes(CLAIM_FINALIZER) !== true) return false;
  const users = server.list(Pods).filter((pod) => pod.metadata.namespace === namespace && usesClaim(pod, claim));
  return !users.some(hasMachine);
}

function letGo({ server }: SimContext, claim: PersistentVolumeClaim): void {
  const finalizers = claim.metadata.finalizers?.filter((name) => name !== CLAIM_FINALIZER) ?? [];
  patchStatus(server, 'persistentvolumeclaims', { ...claim, metadata: { ...claim.metadata, finalizers } });
  server.remove(PersistentVolumeClaims, claim.metadata);
}

function usesClaim({ spec }: Pod, { metadata: { name } }: KubeObject): boolean {
  return spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name) === true;
}

/** Whether the scheduler has found a machine for the pod. */
export function hasMachine({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'True') === true;
}

/** Name of the claim of a pod's volume, where it has one. */
export function claimNameOf({ spec }: Pod): string | undefined {
  return spec?.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim)?.persistentVolumeClaim?.claimName;
}
