import type { KubeObject, OwnerReference } from './object.ts';

/**
 * The reference that makes `owner` the one controller of a child. `blockOwnerDeletion` lets a foreground deletion wait for
 * the child. Throws a TypeError for an owner that was never read from the server, since the uid is what counts.
 */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (!uid) throw new TypeError(`${owner.kind} ${name} has no uid: it was not read from the API server`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The reference to the object's controller, if it has one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether exactly this owner (by uid, not by name) controls the object. */
export function isControlledBy(object: KubeObject, ownerUid: string): boolean {
  return controllerOf(object)?.uid === ownerUid;
}
