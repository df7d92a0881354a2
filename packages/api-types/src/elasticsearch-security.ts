import { z } from 'zod';
import { secretRefSchema } from './common.ts';

/** The one superuser that Navigator makes, and the user of its pilots. Nobody else may bear these names. */
export const ELASTIC_USER = 'elastic';
export const PILOT_USER = 'navigator-pilot';

/** Keys of Secrets that hold a certificate (as cert-manager writes them) and of those that hold a user. */
export const CERTIFICATE_KEYS = { certificate: 'tls.crt', key: 'tls.key', authority: 'ca.crt' } as const;
export const USER_KEYS = { username: 'username', password: 'password', roles: 'roles' } as const;
export const ROLES_KEY = 'roles.yml';

/** Elasticsearch's own least length of a password, in characters. */
const PASSWORD_MIN = 6;

/**
 * The password in a Secret, for nodes and clients alike: an editor's newline at the end is no part of it. `problem` says what
 * keeps it from being one.
 */
export function readPassword(text: string): { readonly password: string } | { readonly problem: string } {
  const password = text.replace(/\r?\n$/, '');
  if (password.trim() === '') return { problem: `its key ${USER_KEYS.password} is empty` };
  if (password.length < PASSWORD_MIN) return { problem: `${USER_KEYS.password} must have at least ${PASSWORD_MIN} characters` };
  return { password };
}

const secretRefs = z
  .array(secretRefSchema)
  .max(20)
  .default([])
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['secretName'] });

const tlsSchema = z
  .object({
    secretName: secretRefSchema.shape.secretName
      .optional()
      .describe(
        'Secret in the same namespace with the certificate that clients see: tls.crt, tls.key and ca.crt, as cert-manager writes it. Default: one that Navigator makes and renews.',
      ),
    subjectAltNames: z
      .array(
        z
          .string()
          .min(1)
          .max(253)
          .regex(/^[A-Za-z0-9*:]([-A-Za-z0-9.:]*[A-Za-z0-9:])?$/),
      )
      .max(20)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe(
        "More names and addresses that Navigator's certificate shall be valid for, e.g. those of an Ingress or a load balancer.",
      ),
  })
  .describe('TLS of the HTTP interface. Nodes talk to each other by a certificate of their own.');

/** `spec.security` of an ElasticsearchCluster. */
export const elasticsearchSecuritySchema = z
  .object({
    enabled: z
      .boolean()
      .default(true)
      .describe('false: no TLS, no users; whoever reaches the port may do everything. Fixed once the cluster exists.'),
    tls: tlsSchema.prefault({}),
    users: secretRefs.describe(
      'Secrets in the same namespace with one user each: username, password and roles (separated by commas). Edits of a Secret need no restart.',
    ),
    roles: secretRefs.describe(
      'Secrets in the same namespace with roles: roles.yml, as Elasticsearch reads it. Edits of a Secret need no restart.',
    ),
    keystore: secretRefs.describe(
      'Secrets in the same namespace with secure settings: each key is the name of a setting, e.g. s3.client.default.access_key. An edit of a Secret is taken in when a node is restarted.',
    ),
  })
  .describe('Who may talk to the cluster, and how it is kept private.');
export type ElasticsearchSecurity = z.infer<typeof elasticsearchSecuritySchema>;

/** What the pilot is told of security; absent: it is off. The Secrets themselves are mounted (see SECURITY_PATHS). */
export const pilotSecuritySchema = z.object({
  /** The user's Secret with the certificate of HTTP; absent: the nodes' own certificate is used. */
  httpSecret: z.string().optional(),
  userSecrets: z.array(z.string()).default([]),
  roleSecrets: z.array(z.string()).default([]),
});
export type PilotSecurity = z.infer<typeof pilotSecuritySchema>;

/** Where the Secrets are in the pod. Certificates, users and roles are in one volume, so that they change together. */
export const SECURITY_PATHS = {
  root: '/etc/navigator/security',
  /** Folders below the root. */
  nodes: 'nodes',
  http: 'http',
  elastic: 'elastic',
  pilot: 'pilot',
  users: 'users',
  roles: 'roles',
  /** A folder below it for each Secret of secure settings; the keystore that is made of them. */
  secureSettings: '/etc/navigator/secure-settings',
  keystore: '/etc/navigator/keystore',
} as const;
