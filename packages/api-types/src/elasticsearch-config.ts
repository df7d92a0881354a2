import { z } from 'zod';

/** A setting as Elasticsearch reads it: every scalar is a text to it, so `5` and `"5"` are the same. */
export type SettingText = string | readonly string[];
/** Settings of elasticsearch.yml under their full names, e.g. `indices.query.bool.max_clause_count`. */
export type FlatSettings = Readonly<Record<string, SettingText>>;

/** All settings of one node, as JSON. They travel in one environment variable, of which Linux takes 128 KiB. */
export const CONFIG_BYTES_MAX = 64 * 1024;

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

interface Reserved {
  readonly why: string;
  /** A setting, or the begin of the names of several, in whole words. */
  readonly names: readonly string[];
}

/** What Navigator sets, or what no node may be told here. */
const RESERVED: readonly Reserved[] = [
  { why: 'a cluster is called as its object and a node as its pod', names: ['cluster.name', 'node.name'] },
  {
    why: 'roles are given by nodePools[].roles',
    names: ['node.roles', 'node.master', 'node.data', 'node.ingest', 'node.ml', 'node.voting_only', 'node.transform'],
  },
  { why: 'it is read from Kubernetes', names: ['node.attr.k8s_node_name', 'node.attr.zone'] },
  { why: "folders are fixed by the pod's volumes", names: ['path'] },
  {
    why: 'Services, probes and the network policy rely on it',
    names: [
      'network',
      ...['port', 'host', 'bind_host', 'publish_host', 'publish_port'].flatMap((word) => [`http.${word}`, `transport.${word}`]),
    ],
  },
  {
    why: 'a cluster is formed once, by nodes that Navigator has written down',
    names: ['discovery', 'cluster.initial_master_nodes'],
  },
  {
    why: 'Navigator changes it while nodes are restarted or removed',
    names: ['cluster.routing.allocation.enable', 'cluster.routing.allocation.exclude._name'],
  },
  {
    why: 'security is configured by the fields of the spec',
    names: [
      'enabled',
      'http.ssl',
      'transport.ssl',
      'autoconfiguration',
      'enrollment',
      'authc.reserved_realm',
      'authc.realms.file',
    ].map((word) => `xpack.security.${word}`),
  },
  {
    why: "Navigator knows one transport interface, the pod's, with TLS and the network policy on it: a profile would open another",
    names: ['transport.profiles'],
  },
  {
    why: 'operator privileges would take from the users elastic and navigator-pilot what Navigator does by them',
    names: ['xpack.security.operator_privileges'],
  },
  {
    why: 'whoever reaches the port would be a user without a password; to have it open, make a cluster with security.enabled false',
    names: ['xpack.security.authc.anonymous'],
  },
  { why: 'Elasticsearch takes settings of indices from index templates only', names: ['index'] },
];

/** Why a setting is not the user's to give; undefined when it is. A list may be written as `node.roles.0`, so words after count. */
export function whyReserved(setting: string): string | undefined {
  const isMeant = (name: string): boolean => setting === name || setting.startsWith(`${name}.`);
  return RESERVED.find(({ names }) => names.some(isMeant))?.why;
}

const REALMS = 'xpack.security.authc.realms';
/** The realms that Navigator names where security is on, and the order in which they are asked: before the user's own. */
export const OWN_REALMS = {
  file: { setting: `${REALMS}.file.default_file.order`, order: -100 },
  /** Only where the user has no native realm of his own: of that kind there may be one. */
  native: { setting: `${REALMS}.native.default_native.order`, order: -99 },
} as const;

/** Whether the settings have a native realm of the user's. */
export function hasNativeRealm(settings: FlatSettings): boolean {
  return Object.keys(settings).some((name) => name.startsWith(`${REALMS}.native.`));
}

/** Two realms of one order. */
export interface RealmClash {
  readonly setting: string;
  readonly order: string;
  /** The setting that has the order as well. */
  readonly other: string;
}

/** Elasticsearch does not start when two realms that are on have the same order (Realms.initRealms). Pure. */
export function realmClashes(settings: FlatSettings): readonly RealmClash[] {
  const ours = hasNativeRealm(settings) ? [OWN_REALMS.file] : [OWN_REALMS.file, OWN_REALMS.native];
  const taken = new Map<number, string>(ours.map(({ setting, order }) => [order, setting]));
  const clashes: RealmClash[] = [];
  for (const [setting, order] of Object.entries(settings)) {
    const realm = /^(xpack\.security\.authc\.realms\.[^.]+\.[^.]+)\.order$/.exec(setting)?.[1];
    if (realm === undefined || typeof order !== 'string' || settings[`${realm}.enabled`] === 'false') continue;
    const other = taken.get(Number(order));
    if (other === undefined) taken.set(Number(order), setting);
    else clashes.push({ setting, order, other });
  }
  return clashes;
}

/** What is wrong with one setting. */
export interface ConfigProblem {
  readonly setting: string;
  readonly kind: 'shape' | 'twice' | 'reserved';
}

/**
 * Full names and texts of settings that are written flat (`a.b: 1`), nested (`a: {b: 1}`) or mixed. What is null or empty is
 * not set. Pure.
 */
export function readConfig(config: Readonly<Record<string, unknown>> | undefined): {
  readonly settings: FlatSettings;
  readonly problems: readonly ConfigProblem[];
} {
  const settings: Record<string, SettingText> = {};
  const problems: ConfigProblem[] = [];
  for (const [setting, value] of leaves(config ?? {}, '')) {
    const text = textOf(value);
    if (text === undefined || !isName(setting)) problems.push({ setting, kind: 'shape' });
    else if (Object.hasOwn(settings, setting)) problems.push({ setting, kind: 'twice' });
    else if (whyReserved(setting) !== undefined) problems.push({ setting, kind: 'reserved' });
    else settings[setting] = text;
  }
  return { settings, problems };
}

/** `__proto__` is no setting of anything, and every object of JavaScript has something else under that name. */
function isName(setting: string): boolean {
  return NAME.test(setting) && !setting.split('.').includes('__proto__');
}

/** The settings of a pool's nodes: those of the cluster with those of the pool over them. */
export function settingsOf(spec: ConfigHolder, pool: ConfigHolder): FlatSettings {
  return { ...readConfig(spec.config).settings, ...readConfig(pool.config).settings };
}

/** A spec or a pool. */
export interface ConfigHolder {
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** Whether the settings of a node are more than a pod can carry. */
export function isConfigTooLong(settings: FlatSettings): boolean {
  return Buffer.byteLength(JSON.stringify(settings)) > CONFIG_BYTES_MAX;
}

function* leaves(value: object, prefix: string): Generator<readonly [string, unknown]> {
  for (const [key, inner] of Object.entries(value)) {
    const name = `${prefix}${key}`;
    if (inner === null) continue;
    if (typeof inner === 'object' && !Array.isArray(inner)) yield* leaves(inner, `${name}.`);
    else yield [name, inner];
  }
}

function textOf(value: unknown): SettingText | undefined {
  if (!Array.isArray(value)) return scalarText(value);
  const texts = value.map(scalarText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/**
 * Reserved settings that CEL can see. It sees no field that a schema does not name, so these are named, with the type that
 * people would write; other forms and names are refused by the controller.
 */
const TEXT = { type: 'string' };
const LIST = { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'atomic' };
const PORT = { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true };
const TREE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const SEEN: Readonly<Record<string, object>> = {
  'cluster.name': TEXT,
  'cluster.initial_master_nodes': LIST,
  'cluster.routing.allocation.enable': TEXT,
  'discovery.seed_hosts': LIST,
  'discovery.type': TEXT,
  'http.port': PORT,
  'network.host': TEXT,
  'network.publish_host': TEXT,
  'node.name': TEXT,
  'node.roles': LIST,
  'path.data': TEXT,
  'path.logs': TEXT,
  'path.repo': LIST,
  'transport.port': PORT,
  'xpack.security.enabled': { type: 'boolean' },
  discovery: TREE,
  network: TREE,
  path: TREE,
};

/** Names of the reserved settings that CEL refuses, and how each is called in CEL. */
export const SEEN_BY_CEL: readonly { readonly setting: string; readonly field: string; readonly why: string }[] = Object.keys(
  SEEN,
).map((setting) => ({ setting, field: setting.replaceAll('.', '__dot__'), why: whyReserved(setting) ?? '' }));

/** `config` of a cluster or a pool. */
export const elasticsearchConfigSchema = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ 'x-kubernetes-preserve-unknown-fields': true, properties: explained(SEEN) });

function explained(fields: typeof SEEN): Record<string, object> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, type]) => [name, { ...type, description: `Refused: ${whyReserved(name) ?? ''}.` }]),
  );
}
