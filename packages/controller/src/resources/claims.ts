import type { KubeObject, OwnerReference } from '@navigator/kube';
import type { ClusterSnapshot } from '../snapshot.ts';

/**
 * Under volumeReclaimPolicy Delete the claims belong to the cluster object and go with it; under Retain they do not. The
 * StatefulSet's whenDeleted would do the first too, but also when somebody deletes just the StatefulSet. Not a controller
 * reference: the StatefulSet's own bookkeeping must not take the claim for somebody else's.
 */
export function buildClaims({ cluster, claims }: ClusterSnapshot): KubeObject[] {
  const owned = cluster.spec.volumeReclaimPolicy === 'Delete';
  const reference: OwnerReference = { apiVersion: cluster.apiVersion, kind: cluster.kind, name: cluster.name, uid: cluster.uid };
  return claims
    .filter((claim) => owned || claim.owners.includes(cluster.uid))
    .map((claim) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claim.name,
        namespace: cluster.namespace,
        // A claim that is gone must not come back through this apply: the API server refuses to create with a uid.
        uid: claim.uid,
        // Server-side apply removes the reference when it is no longer sent.
        ...(owned ? { ownerReferences: [reference] } : {}),
      },
    }));
}
