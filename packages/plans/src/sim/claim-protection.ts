import { type KubeObject, type PersistentVolumeClaim, PersistentVolumeClaims, type Pod, Pods } from '@navigator/kube';
import { CLAIM_FINALIZER, hasMachine } from './claims.ts';
import { type SimContext, soon } from './context.ts';
import { isGoing, patchStatus } from './stateful-set.ts';

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
