import type { DatabasePod } from '../engines/engine.ts';
import type { Container, PodSpec } from './pod-types.ts';

/**
 * The Pod Security Standard `restricted` in full, and a read-only root on top
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
 */
export function podSecurityContext(database: DatabasePod): NonNullable<PodSpec['securityContext']> {
  return {
    runAsNonRoot: true,
    runAsUser: database.uid,
    runAsGroup: database.gid,
    // A group of the user's own number, not gid: Elasticsearch's image runs in group 0, which shall not own volumes.
    fsGroup: database.uid,
    // Else the kubelet changes the owner of every file at each start, which takes minutes on a big volume.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** The same for the init container and for the database. */
export function containerSecurityContext(): NonNullable<Container['securityContext']> {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: true,
  };
}
