/**
 * Which lists server-side apply merges item by item, and by which keys (`x-kubernetes-list-map-keys` of the built-in kinds).
 * Every other list has one owner and is compared, and replaced, as a whole.
 */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  conditions: ['type'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  ownerReferences: ['uid'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/** Selectors belong to one owner as a whole (`x-kubernetes-map-type: atomic`): a key that somebody added is a change. */
const ATOMIC_MAPS: ReadonlySet<string> = new Set([
  'selector',
  'podSelector',
  'namespaceSelector',
  'labelSelector',
  'nodeSelector',
]);

/** Lists in which each value has its own owner. */
const SETS: ReadonlySet<string> = new Set(['finalizers']);

/** How the list in field `field` is merged: by these keys, as a set, or (undefined) as a whole. */
export function listKeys(field: string, kind: string, items: readonly unknown[]): readonly string[] | 'set' | undefined {
  if (SETS.has(field)) return 'set';
  if (field === 'ports') {
    if (items.some((item) => isRecord(item) && 'containerPort' in item)) return ['containerPort', 'protocol'];
    return kind === 'Service' ? ['port', 'protocol'] : undefined;
  }
  return LIST_KEYS[field];
}

/** The identity of an item of a keyed list; ports without a protocol are TCP. */
export function itemKey(item: unknown, keys: readonly string[]): string {
  const record = isRecord(item) ? item : {};
  return keys.map((key) => scalar(record[key]) ?? (key === 'protocol' ? 'TCP' : '')).join('\u0000');
}

function scalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Whether a map belongs to one owner as a whole. */
export function isAtomicMap(field: string): boolean {
  return ATOMIC_MAPS.has(field);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
