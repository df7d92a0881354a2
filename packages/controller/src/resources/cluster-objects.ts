import type { KubeObject } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { buildClaims } from './claims.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { buildNetworkPolicy } from './network-policy.ts';
import { buildRole, buildRoleBinding, buildServiceAccount } from './rbac.ts';

/** The children of the whole cluster, in the order in which they are needed: a pod cannot be made without its account. */
export function buildClusterObjects(snapshot: ClusterSnapshot, engine: ControllerEngine): KubeObject[] {
  return [
    buildServiceAccount(snapshot, engine),
    buildRole(snapshot, engine),
    buildRoleBinding(snapshot, engine),
    ...engine.buildObjects(snapshot.cluster),
    buildDisruptionBudget(snapshot, engine),
    buildNetworkPolicy(snapshot, engine),
    ...buildClaims(snapshot, engine),
  ];
}
