import { CERTIFICATE_KEYS, type PilotSecurity, ROLES_KEY, SECURITY_PATHS, USER_KEYS } from '@navigator/api-types';
import type { ControllerEngine, SecretMount, SecretSource } from '../engine.ts';
import type { ElasticsearchCluster } from './pools.ts';
import { secretNames } from './secrets.ts';

const CERTIFICATE = Object.values(CERTIFICATE_KEYS);
const PASSWORD = [USER_KEYS.password];

/** What of security needs new pods when it changes: which Secrets are mounted, never what is in them. */
export function securityInputs({ spec: { security } }: ElasticsearchCluster): Record<string, unknown> {
  const { enabled, tls, users, roles } = security;
  return enabled ? { enabled, http: tls.secretName, users, roles } : {};
}

/** What the pilot is told; undefined where security is off. */
export function pilotSecurity({ spec: { security } }: ElasticsearchCluster): PilotSecurity | undefined {
  if (!security.enabled) return undefined;
  const { secretName } = security.tls;
  return {
    ...(secretName === undefined ? {} : { httpSecret: secretName }),
    userSecrets: security.users.map((user) => user.secretName),
    roleSecrets: security.roles.map((role) => role.secretName),
    keystoreSecrets: [],
  };
}

/**
 * The Secrets in the pod: one volume, so that all changes at once. Those of the user may be missing: the pilot then says which,
 * where the kubelet would only not start the pod.
 */
export function securityMounts(cluster: ElasticsearchCluster, engine: ControllerEngine): SecretMount[] {
  const { security } = cluster.spec;
  if (!security.enabled) return [];
  const names = secretNames(cluster, engine);
  const { nodes, http, elastic, pilot, users, roles, root } = SECURITY_PATHS;
  const { secretName } = security.tls;
  const sources: SecretSource[] = [
    { secretName: names.certificate, keys: CERTIFICATE, folder: nodes },
    { secretName: names.elastic, keys: PASSWORD, folder: elastic },
    { secretName: names.pilot, keys: PASSWORD, folder: pilot },
    ...(secretName === undefined ? [] : [{ secretName, keys: CERTIFICATE, folder: http, optional: true }]),
    ...security.users.map((user) => ({
      ...user,
      keys: Object.values(USER_KEYS),
      folder: `${users}/${user.secretName}`,
      optional: true,
    })),
    ...security.roles.map((role) => ({ ...role, keys: [ROLES_KEY], folder: `${roles}/${role.secretName}`, optional: true })),
  ];
  return [{ name: 'security', mountPath: root, sources }];
}
