import { ANNOTATIONS } from '@navigator/api-types';
import type { KubeObject, OwnerReference } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import { allNodes, isHealthy } from '../guards/node-state.ts';
import type { ClaimView, ClusterSnapshot, NodeView } from '../snapshot.ts';

/**
 * What Navigator writes on volume claims:
 * - the identity of the node whose data they hold, once it serves: it outlives the cluster object, so that a cluster made
 *   anew knows which of its nodes come back and which are new;
 * - under volumeReclaimPolicy Delete the cluster object as owner, so that they go with it; under Retain not. The
 *   StatefulSet's whenDeleted would do that too, but also when somebody deletes just the StatefulSet. Not a controller
 *   reference: the StatefulSet's own bookkeeping must not take the claim for somebody else's.
 */
export function buildClaims(snapshot: ClusterSnapshot, engine: ControllerEngine): KubeObject[] {
  const { cluster, claims } = snapshot;
  const owned = cluster.spec.volumeReclaimPolicy === 'Delete';
  const reference: OwnerReference = { apiVersion: cluster.apiVersion, kind: cluster.kind, name: cluster.name, uid: cluster.uid };
  // Labels are copied by backup tools, and whatever the cluster owns goes with it: only a node's own claim is ours.
  const template = templateOf(snapshot, engine);
  const nodes = new Map(allNodes(snapshot).map((node) => [claimName(template, node), node]));
  return claims.flatMap((claim) => {
    const node = nodes.get(claim.name);
    const served = node !== undefined && isHealthy(node, snapshot.now) ? node.pilot?.status.identity?.id : undefined;
    const identity = served ?? claim.identity;
    const owns = owned && node !== undefined;
    const lets = !owned && claim.owners.includes(cluster.uid);
    if (!owns && !lets && (node === undefined || identity === undefined)) return [];
    const metadata = {
      name: claim.name,
      namespace: cluster.namespace,
      // A claim that is gone must not come back through this apply: the API server refuses to create with a uid.
      uid: claim.uid,
      // Server-side apply removes what is no longer sent.
      ...(identity === undefined ? {} : { annotations: { [ANNOTATIONS.dataIdentity]: identity } }),
      ...(owns ? { ownerReferences: [reference] } : {}),
    };
    return [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata }];
  });
}

/** The claim of a node's volume, if there is one: a StatefulSet calls it `<template>-<pod>`. */
export function claimOf({ claims }: Pick<ClusterSnapshot, 'claims'>, template: string, node: NodeView): ClaimView | undefined {
  return claims.find((claim) => claim.name === claimName(template, node));
}

function claimName(template: string, node: NodeView): string {
  return `${template}-${node.name}`;
}

/** The same for all pools, so also for those that the spec no longer names. */
function templateOf({ cluster }: ClusterSnapshot, engine: ControllerEngine): string {
  const pool = cluster.spec.nodePools[0];
  return pool === undefined ? '' : engine.describePod(cluster, pool).data.claim;
}
