import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ELASTIC_USER, PILOT_USER, ROLES_KEY } from '@navigator/api-types';

/** A user of the file realm. */
export interface FileUser {
  readonly name: string;
  readonly password: string;
  readonly roles: readonly string[];
}

/** Who Elasticsearch shall know, from the mounted Secrets. */
export interface FileRealm {
  readonly elasticPassword: string;
  readonly pilotPassword: string;
  readonly users: readonly FileUser[];
  /** Contents of `roles.yml` of the user's own. */
  readonly roles: readonly string[];
}

const PILOT_ROLE = 'navigator_pilot';

/**
 * What a pilot asks of its node, and no more: it reads no document and changes none. Names of single actions are taken by
 * `cluster` beside named privileges; the named one that holds these, `manage`, could install templates and pipelines.
 * `maintenance` is the flush before a stop, for system indices too, which would be recovered from the translog else.
 */
const PILOT_ROLE_FILE = `${PILOT_ROLE}:
  cluster:
    - monitor
    - "cluster:admin/settings/update"
    - "cluster:admin/voting_config/*"
    - "cluster:admin/shutdown/*"
    - "cluster:admin/reroute"
  indices:
    - names: ["*"]
      privileges: ["monitor", "maintenance"]
      allow_restricted_indices: true
`;

/**
 * Elasticsearch knows a few counts only (Hasher.java). The clear text is mounted beside the hash, so nothing is won by
 * making the hash dearer, and each node hashes anew for every user who has not logged in for 20 minutes.
 */
const ITERATIONS = 10_000;
const HASH_BYTES = 32;

const derive = promisify(pbkdf2);

/** `{PBKDF2}10000$salt$hash`: PBKDF2 with HMAC-SHA-512, of which Elasticsearch takes the parameters from the text. */
export async function hashPassword(password: string, salt: Buffer = randomBytes(HASH_BYTES)): Promise<string> {
  const hash = await derive(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return `{PBKDF2}${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Files of the file realm by their names in the configuration folder. Elasticsearch reads them again when they change. */
export async function renderUserFiles(realm: FileRealm): Promise<Readonly<Record<string, string>>> {
  const users: readonly FileUser[] = [
    { name: ELASTIC_USER, password: realm.elasticPassword, roles: ['superuser'] },
    { name: PILOT_USER, password: realm.pilotPassword, roles: [PILOT_ROLE] },
    ...realm.users,
  ];
  const hashed = await Promise.all(users.map(async ({ name, password }) => `${name}:${await hashPassword(password)}\n`));
  const members = new Map<string, string[]>();
  for (const { name, roles } of users) for (const role of roles) members.set(role, [...(members.get(role) ?? []), name]);
  return {
    users: hashed.join(''),
    users_roles: [...members].map(([role, names]) => `${role}:${names.join(',')}\n`).join(''),
    // Ours last: of two roles of one name Elasticsearch takes the later one.
    'roles.yml': [...realm.roles.map((text) => (text.endsWith('\n') ? text : `${text}\n`)), PILOT_ROLE_FILE].join('\n'),
  };
}

/** What keeps a user from being taken in; undefined when nothing does. */
export function problemOfUser({ name, roles }: Omit<FileUser, 'password'>): string | undefined {
  if (!/^[^\s:,]{1,507}$/.test(name)) return 'username must be a text without spaces, colons and commas';
  if (name === ELASTIC_USER || name === PILOT_USER) return `the user "${name}" is Navigator's own`;
  const wrong = roles.find((role) => !/^[^\s:,]{1,507}$/.test(role));
  if (wrong !== undefined) return `"${wrong}" is no name of a role`;
  return roles.length === 0 ? 'roles is empty: name one at least, separated by commas' : undefined;
}

/**
 * What keeps roles from being taken in; undefined when nothing does. Elasticsearch cuts `roles.yml` where a line is not
 * indented (FileRolesStore), so a text that begins indented would belong to the role that stands before it.
 */
export function problemOfRoles(text: string): string | undefined {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => !/^\s*(#.*)?$/.test(line));
  if (/^[ \t\v\f]/.test(lines[0] ?? ''))
    return `${ROLES_KEY} begins indented: the name of a role stands at the begin of its line`;
  const isOurs = lines.some((line) => /^(["']?)navigator_pilot\1\s*:/.test(line));
  return isOurs ? `the role ${PILOT_ROLE} is Navigator's own` : undefined;
}
