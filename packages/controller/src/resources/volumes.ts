import { PILOT_PATHS } from '@navigator/api-types';
import type { DatabasePod } from '../engines/engine.ts';
import type { NodePoolBase } from '../snapshot.ts';
import type { Volume, VolumeMount } from './pod-types.ts';

/** Where the init container sees the shared volume: its own image holds the pilot at PILOT_PATHS.shared. */
export const INSTALL_PATH = '/install';
export const SHARED_VOLUME = 'navigator';
const RUN_VOLUME = 'navigator-run';
const TOKEN_VOLUME = 'pilot-token';
/** Where Kubernetes' clients look for the token. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token at 80 % of its life. */
const TOKEN_SECONDS = 3600;

/** The volumes of a pod, but for the data when that is a claim: a StatefulSet adds those itself. */
export function buildVolumes(database: DatabasePod, pool: NodePoolBase): Volume[] {
  const scratch = [SHARED_VOLUME, RUN_VOLUME, ...writable(database).map(({ name }) => name)];
  return [
    ...(pool.persistence.enabled ? [] : [{ name: database.data.claim, emptyDir: {} }]),
    ...scratch.map((name) => ({ name, emptyDir: {} })),
    tokenVolume(),
  ];
}

/** Where the database container sees them. */
export function buildVolumeMounts(database: DatabasePod): VolumeMount[] {
  return [
    { name: database.data.claim, mountPath: database.data.mountPath },
    { name: SHARED_VOLUME, mountPath: PILOT_PATHS.shared, readOnly: true },
    { name: RUN_VOLUME, mountPath: PILOT_PATHS.run },
    ...writable(database),
    { name: TOKEN_VOLUME, mountPath: TOKEN_PATH, readOnly: true },
  ];
}

/** One volume a folder: folders of one volume would share its size limit and its fate. */
function writable(database: DatabasePod): VolumeMount[] {
  return ['/tmp', ...database.writable].map((mountPath) => ({ name: `w${mountPath.replaceAll(/[^a-z0-9]+/g, '-')}`, mountPath }));
}

/**
 * The service account's token, bound to this pod and short-lived. It is mounted by hand because the account's automatic
 * mount is off: nothing else that runs under it gets a token unasked.
 */
function tokenVolume(): Volume {
  return {
    name: TOKEN_VOLUME,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_SECONDS } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}
