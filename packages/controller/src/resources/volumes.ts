import { PILOT_PATHS } from '@navigator/api-types';
import type { DatabasePod, Preparation, SecretMount, SecretSource } from '../engines/engine.ts';
import type { NodePoolBase } from '../snapshot.ts';
import type { Volume, VolumeMount } from './pod-types.ts';

/** Where the init container sees the shared volume: its own image holds the pilot at PILOT_PATHS.shared. */
export const INSTALL_PATH = '/install';
export const SHARED_VOLUME = 'navigator';
const RUN_VOLUME = 'navigator-run';
const TEMPORARY = '/tmp';
const TOKEN_VOLUME = 'pilot-token';
/** Where Kubernetes' clients look for the token. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token at 80 % of its life. */
const TOKEN_SECONDS = 3600;

/** The volumes of a pod, but for the data when that is a claim: a StatefulSet adds those itself. */
export function buildVolumes(database: DatabasePod, pool: NodePoolBase): Volume[] {
  const scratch = [
    SHARED_VOLUME,
    RUN_VOLUME,
    ...writable(database).map(({ name }) => name),
    ...prepared(database).map(({ name }) => name),
  ];
  return [
    ...(pool.persistence.enabled ? [] : [{ name: database.data.claim, emptyDir: {} }]),
    ...scratch.map((name) => ({ name, emptyDir: {} })),
    ...secretMounts(database).map(secretVolume),
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
    ...prepared(database).map((mount) => ({ ...mount, readOnly: true })),
    ...(database.secrets ?? []).map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
    { name: TOKEN_VOLUME, mountPath: TOKEN_PATH, readOnly: true },
  ];
}

/** One volume a folder: folders of one volume would share its size limit and its fate. */
function writable(database: DatabasePod): VolumeMount[] {
  return [TEMPORARY, ...database.writable].map(folderVolume);
}

/** Folders that init containers fill. */
function prepared({ preparations = [] }: DatabasePod): VolumeMount[] {
  return preparations.map(({ folder }) => folderVolume(folder));
}

function folderVolume(mountPath: string): VolumeMount {
  return { name: `w${mountPath.replaceAll(/[^a-z0-9]+/g, '-')}`, mountPath };
}

/** What an init container that fills a folder may write: that and temporary files. */
export function preparationMounts({ folder, secrets = [] }: Preparation): VolumeMount[] {
  const mounts = secrets.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true }));
  return [folderVolume(folder), folderVolume(TEMPORARY), ...mounts];
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

/** The kubelet turns the whole folder over to new content at once (AtomicWriter). Readable by the pod's group only. */
function secretVolume({ name, sources }: SecretMount): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o440,
      sources: sources.map(({ secretName, items, optional = false }) => ({
        secret: { name: secretName, optional, ...itemsOf(items) },
      })),
    },
  };
}

function itemsOf(items: SecretSource['items']): { items?: { key: string; path: string }[] } {
  return items === undefined ? {} : { items: items.keys.map((key) => ({ key, path: `${items.folder}/${key}` })) };
}

function secretMounts({ secrets = [], preparations = [] }: DatabasePod): readonly SecretMount[] {
  return [...secrets, ...preparations.flatMap((preparation) => preparation.secrets ?? [])];
}
