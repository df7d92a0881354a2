import { CERTIFICATE_KEYS, type PilotSecurity, ROLES_KEY, SECURITY_PATHS, USER_KEYS } from '@navigator/api-types';
import type { ControllerEngine, Preparation, SecretMount, SecretSource } from '../engine.ts';
import type { ElasticsearchCluster } from './pools.ts';
import { secretNames } from './secrets.ts';

interface SecretRef {
  readonly secretName: string;
}

const CERTIFICATE = Object.values(CERTIFICATE_KEYS);
const PASSWORD = [USER_KEYS.password];

/**
 * What of security needs new pods when it changes: which Secrets are mounted, never what is in them. That it is on is no part
 * of it, since that cannot change.
 */
export function securityInputs({ spec: { security } }: ElasticsearchCluster): Record<string, unknown> {
  const { enabled, tls, users, roles, keystore } = security;
  const named = { users: inOrder(users), roles: inOrder(roles), keystore: inOrder(keystore) };
  return enabled ? { http: tls.secretName, ...named } : { keystore: named.keystore };
}

/** The lists are maps to Kubernetes: in another order they say the same, so pods are the same. */
function inOrder(refs: readonly SecretRef[]): readonly SecretRef[] {
  return refs.toSorted((a, b) => (a.secretName < b.secretName ? -1 : 1));
}

/** What the pilot is told; undefined where security is off. */
export function pilotSecurity({ spec: { security } }: ElasticsearchCluster): PilotSecurity | undefined {
  if (!security.enabled) return undefined;
  const { secretName } = security.tls;
  return {
    ...(secretName === undefined ? {} : { httpSecret: secretName }),
    userSecrets: inOrder(security.users).map((user) => user.secretName),
    roleSecrets: inOrder(security.roles).map((role) => role.secretName),
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
    { secretName: names.certificate, items: { keys: CERTIFICATE, folder: nodes } },
    { secretName: names.elastic, items: { keys: PASSWORD, folder: elastic } },
    { secretName: names.pilot, items: { keys: PASSWORD, folder: pilot } },
    ...(secretName === undefined ? [] : [{ secretName, items: { keys: CERTIFICATE, folder: http }, optional: true }]),
    ...inOrder(security.users).map((user) => ({
      ...user,
      items: { keys: Object.values(USER_KEYS), folder: `${users}/${user.secretName}` },
      optional: true,
    })),
    ...inOrder(security.roles).map((role) => ({
      ...role,
      items: { keys: [ROLES_KEY], folder: `${roles}/${role.secretName}` },
      optional: true,
    })),
  ];
  return [{ name: 'security', mountPath: root, sources }];
}

const SECRETS = SECURITY_PATHS.secureSettings;

/** Adds each key of each Secret under its own name; values never pass as arguments. The kubelet may run it again in a pod. */
const MAKE_KEYSTORE = `rm -f "$ES_PATH_CONF/elasticsearch.keystore"
set --
for secret in ${SECRETS}/*; do
  found=
  for file in "$secret"/*; do [ -f "$file" ] && found=yes && set -- "$@" "\${file##*/}" "$file"; done
  [ -n "$found" ] || { echo "Secret \${secret##*/} of secure settings is missing or empty" >&2; exit 1; }
done
exec /usr/share/elasticsearch/bin/elasticsearch-keystore add-file --force "$@"`;

/**
 * Makes the keystore by the image's own tool, before the node starts: its format belongs to the version of Elasticsearch. The
 * pilot takes it from there into the configuration folder.
 */
export function keystorePreparation({ spec: { security } }: ElasticsearchCluster): Preparation[] {
  if (security.keystore.length === 0) return [];
  const secrets = inOrder(security.keystore).map(({ secretName }, index): SecretMount => ({
    name: `secure-settings-${index}`,
    mountPath: `${SECRETS}/${secretName}`,
    sources: [{ secretName, optional: true }],
  }));
  const script = `export ES_PATH_CONF=${SECURITY_PATHS.keystore}\n${MAKE_KEYSTORE}`;
  return [{ name: 'make-keystore', folder: SECURITY_PATHS.keystore, command: ['sh', '-c', script], secrets }];
}
