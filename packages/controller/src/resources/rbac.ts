import { childName, GROUP } from '@navigator/api-types';
import type { Role, RoleBinding, ServiceAccount } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { childMeta, PILOT_WORD } from './labels.ts';

/** The account of a cluster's pilots. No token is mounted unasked; the pod mounts its own. */
export function buildServiceAccount({ cluster }: ClusterSnapshot, engine: ControllerEngine): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: childMeta(cluster, engine, PILOT_WORD),
    automountServiceAccountToken: false,
  };
}

/**
 * Pilots may read the cluster's Pilots and write their status; nothing else. RBAC knows accounts, not pods: that a pilot
 * writes its own Pilot only is enforced by an admission policy on the pod that the token is bound to. A watch with the
 * field selector metadata.name is allowed by resourceNames.
 */
export function buildRole(snapshot: ClusterSnapshot, engine: ControllerEngine): Role {
  const resourceNames = pilotNames(snapshot, engine);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: childMeta(snapshot.cluster, engine, PILOT_WORD),
    rules: [
      { apiGroups: [GROUP], resources: ['pilots'], resourceNames, verbs: ['get', 'list', 'watch'] },
      { apiGroups: [GROUP], resources: ['pilots/status'], resourceNames, verbs: ['patch'] },
    ],
  };
}

export function buildRoleBinding({ cluster }: ClusterSnapshot, engine: ControllerEngine): RoleBinding {
  const name = childName(engine.childPrefix, cluster.name, PILOT_WORD);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: childMeta(cluster, engine, PILOT_WORD),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: cluster.namespace }],
  };
}

/** Every node that is wanted or still there. Never empty: a rule without names would allow all of them. */
function pilotNames(snapshot: ClusterSnapshot, engine: ControllerEngine): string[] {
  const nodes = [...snapshot.pools, ...snapshot.removedPools].flatMap((pool) => pool.nodes);
  const names = nodes.map((node) => node.name);
  return names.length > 0 ? names : [childName(engine.childPrefix, snapshot.cluster.name, PILOT_WORD)];
}
