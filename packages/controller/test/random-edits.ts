import type { Random } from '@navigator/kube/testing';

/** A cluster's spec, as far as the edits here touch it. */
export interface EditableSpec {
  version: string;
  volumeReclaimPolicy?: string;
  nodePools: {
    name: string;
    replicas?: number;
    roles?: string[];
    resources?: unknown;
    tolerations?: unknown[];
  }[];
  [field: string]: unknown;
}

type Edit = (spec: EditableSpec, random: Random) => void;

const MOST_REPLICAS = 4;
const MOST_POOLS = 2;

/** Edits that admission takes, by name: each is what somebody would do with kubectl. */
const EDITS: Readonly<Record<string, Edit>> = {
  version: (spec) => {
    const [major, minor, patch] = spec.version.split('.').map(Number);
    spec.version = `${major}.${minor}.${(patch ?? 0) + 1}`;
  },
  memory: (spec, random) => {
    const limits = { memory: `${random.int(2, 6)}Gi` };
    for (const pool of spec.nodePools) pool.resources = { requests: { cpu: '500m' }, limits };
  },
  'memory of one pool': (spec, random) => {
    random.pick(spec.nodePools).resources = { requests: { cpu: '250m' }, limits: { memory: `${random.int(2, 6)}Gi` } };
  },
  scale: (spec, random) => {
    const pool = random.pick(spec.nodePools);
    pool.replicas = Math.min(MOST_REPLICAS, (pool.replicas ?? 3) + 1);
  },
  pool: (spec, random) => {
    if (spec.nodePools.length >= MOST_POOLS) return;
    const roles = spec.nodePools[0]?.roles === undefined && !('roles' in spec) ? {} : { roles: ['data'] };
    spec.nodePools.push({ name: `more${spec.nodePools.length}`, replicas: random.int(1, 2), ...roles });
  },
  tolerations: (spec, random) => {
    const tolerations = [{ key: `team-${random.int(1, 9)}`, operator: 'Exists' }];
    for (const pool of spec.nodePools) pool.tolerations = tolerations;
  },
  'version and scale': (spec, random) => {
    EDITS['version']?.(spec, random);
    EDITS['scale']?.(spec, random);
  },
  'reclaim policy': (spec) => {
    spec.volumeReclaimPolicy = spec.volumeReclaimPolicy === 'Delete' ? 'Retain' : 'Delete';
  },
};

/** Changes a spec in one of these ways; returns which. */
export function editAtRandom(spec: EditableSpec, random: Random): string {
  const name = random.pick(Object.keys(EDITS));
  EDITS[name]?.(spec, random);
  return name;
}
