import type { AnyObject, Namespace } from './objects.ts';

/** Kinds of children that Navigator keeps as they shall be, for the drift scenarios. */
export const CHILD_KINDS = [
  'statefulset',
  'service',
  'serviceaccount',
  'role',
  'rolebinding',
  'poddisruptionbudget',
  'networkpolicy',
] as const;

/** Children of one kind that the cluster object owns. */
export async function childrenOf(namespace: Namespace, kind: string, owner: AnyObject): Promise<AnyObject[]> {
  const objects = await namespace.list(kind, `navigator.dev/cluster=${owner.metadata.name}`);
  return objects.filter((object) => object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true);
}

/** A hand edit of a child that Navigator must undo, by kind: a JSON merge patch. */
export const HAND_EDITS: Readonly<Record<(typeof CHILD_KINDS)[number], unknown>> = {
  statefulset: { spec: { template: { spec: { terminationGracePeriodSeconds: 7 } } } },
  service: { spec: { ports: null, publishNotReadyAddresses: false } },
  serviceaccount: { automountServiceAccountToken: true },
  role: { rules: [] },
  rolebinding: { subjects: [] },
  poddisruptionbudget: { spec: { maxUnavailable: 3 } },
  networkpolicy: { spec: { ingress: [] } },
};
