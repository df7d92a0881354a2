/** API group, version and the marks that Navigator puts on objects. */
export const GROUP = 'navigator.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Label keys. Objects of one cluster are found by `cluster` and `kind` together: two kinds may share a name. */
export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  cluster: `${GROUP}/cluster`,
  kind: `${GROUP}/kind`,
  nodePool: `${GROUP}/node-pool`,
} as const;

/** Value of the managed-by label: what the controller's informers select by, so foreign objects cost no memory. */
export const MANAGED_BY = 'navigator';

/** Label that marks a pod's role, e.g. `role.navigator.dev/master: "true"`; Services and budgets select by it. */
export function roleLabel(role: string): string {
  return `role.${GROUP}/${role}`;
}

export const ANNOTATIONS = {
  /**
   * On a cluster: the names of the nodes that form it the first time, comma-separated; written before the first pod and
   * never altered. Kept in metadata, not in status, since backup tools drop status.
   */
  initialMembers: `${GROUP}/initial-members`,
  /** On a cluster: the identity the database gave itself when it formed. Once it is there nothing bootstraps again. */
  clusterId: `${GROUP}/cluster-id`,
  /** On a pod template and so on each pod: hash of what the user asked for; a pod with another one is outdated. */
  revision: `${GROUP}/revision`,
  /** On a pod template and so on each pod: short hashes of the parts of what the user asked for; they name the Action. */
  revisionParts: `${GROUP}/revision-parts`,
  /** On a StatefulSet: hash of its pod template as Navigator wrote it; tells whether it has the present one. */
  template: `${GROUP}/template`,
  /** On a volume claim: the identity (node id, host id) of the node whose data it holds, once that node has served. */
  dataIdentity: `${GROUP}/data-identity`,
  /** On a Secret with a certificate: when it ends, and from when on it is made anew. Set the latter back to renew now. */
  notAfter: `${GROUP}/not-after`,
  renewAfter: `${GROUP}/renew-after`,
  /** On a Secret with a certificate: fingerprint of the authority that it is, or that signed it. */
  authority: `${GROUP}/authority`,
  /** On the nodes' certificate: fingerprints of the authorities in ca.crt, since when all are in it, hash of the names. */
  trusts: `${GROUP}/trusts`,
  trustedSince: `${GROUP}/trusted-since`,
  names: `${GROUP}/names`,
  /** On a binding: hash of what it was made from. */
  madeFrom: `${GROUP}/made-from`,
  /** On a binding: since when it has authorities that are not asked for any more, as long as nodes may show what they signed. */
  keepsSince: `${GROUP}/keeps-since`,
} as const;

/** Server-side-apply field managers. */
export const FIELD_MANAGERS = { controller: 'navigator-controller', pilot: 'navigator-pilot' } as const;
