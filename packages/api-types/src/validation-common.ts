import type { z } from 'zod';
import { celQuantityAtLeast, celQuantityAtMost, celString } from './cel.ts';
import type { imageSchema, persistenceSchema, resourcesSchema, tolerationSchema } from './common.ts';
import { CLUSTER_NAME_PATTERN, STATEFUL_SET_NAME_MAX, childName } from './names.ts';
import { quantityValue } from './quantity.ts';
import type { Finding, Rule } from './validation-rule.ts';

/** A node pool of any engine, as far as the shared rules look at it. */
export interface CommonPool {
  readonly name: string;
  readonly replicas: number;
  readonly persistence: z.infer<typeof persistenceSchema>;
  readonly resources: z.infer<typeof resourcesSchema>;
  readonly tolerations: readonly z.infer<typeof tolerationSchema>[];
}

/** A spec of any engine, as far as the shared rules look at it. */
export interface CommonSpec {
  readonly version: string;
  readonly image: z.infer<typeof imageSchema>;
  readonly nodePools: readonly CommonPool[];
  readonly suspendedNodes: readonly string[];
}

type CommonRule = Rule<CommonSpec>;

const CLUSTER_NAME_MAX = 63;

/** Smallest volume: less is a forgotten unit (`size: 10` is ten bytes). */
export const MINIMUM_VOLUME = '100Mi';

/** The name of the cluster, and the names made from it. `prefix` is that of the children, e.g. `es`. */
export function nameRules(prefix: string): readonly CommonRule[] {
  const overhead = childName(prefix, '', '').length;
  return [
    {
      text: 'metadata.name must be one DNS label, since Services are called after it: small letters, digits and dashes, at most 63 characters, no dots',
      cel: {
        at: '',
        rule: `self.metadata.name.matches(${celString(CLUSTER_NAME_PATTERN)}) && size(self.metadata.name) <= ${CLUSTER_NAME_MAX}`,
        fieldPath: '.metadata.name',
      },
      check: ({ name }) =>
        new RegExp(CLUSTER_NAME_PATTERN).test(name) && name.length <= CLUSTER_NAME_MAX ? [] : [{ path: 'metadata.name' }],
    },
    {
      text: `StatefulSets are called "${childName(prefix, '<cluster>', '<pool>')}" and may have ${STATEFUL_SET_NAME_MAX} characters, since Kubernetes labels pods with that name and a hash: shorten the name of the node pool or of the cluster`,
      cel: {
        at: '',
        rule: `self.spec.nodePools.all(p, size(self.metadata.name) + size(p.name) + ${overhead} <= ${STATEFUL_SET_NAME_MAX})`,
        fieldPath: '.spec.nodePools',
      },
      check: ({ name, spec }) =>
        spec.nodePools.every((pool) => childName(prefix, name, pool.name).length <= STATEFUL_SET_NAME_MAX)
          ? []
          : [{ path: 'spec.nodePools' }],
    },
    {
      // Which nodes there are changes all the time; that a name is nobody's now is told by the condition Ready.
      text: `suspendedNodes has names of nodes of this cluster, "${childName(prefix, '<cluster>', '<pool>')}-<number>", as kubectl get plt shows them`,
      cel: {
        at: '',
        rule: `self.spec.suspendedNodes.all(n, ${celIsChild('n', prefix)})`,
        fieldPath: '.spec.suspendedNodes',
      },
      check: ({ name, spec }) =>
        spec.suspendedNodes.every((node) => node.startsWith(childName(prefix, name, '')))
          ? []
          : [{ path: 'spec.suspendedNodes' }],
    },
  ];
}

/**
 * Whether a text is the name of a child of the cluster. To begin with the joined name would be shorter to write, but the API server
 * takes metadata.name for as long as can be, and would refuse the rule for its cost.
 */
function celIsChild(text: string, prefix: string): string {
  const start = prefix.length + 1;
  const end = `${start} + size(self.metadata.name)`;
  const hasName = `${text}.substring(${start}, ${end}) == self.metadata.name && ${text}.substring(${end}).startsWith('-')`;
  return `size(${text}) > ${end} && ${text}.startsWith('${prefix}-') && ${hasName}`;
}

/** Rules that hold for each pool of any engine. `minimumMemory` is the least limits.memory
 * into which the smallest heap, what the JVM takes beside it and the pilot fit (the controller's heap.ts). */
export function poolRules(minimumMemory: string): readonly CommonRule[] {
  return [
    {
      text: 'every node pool needs a name of its own',
      // At admission the list-map key says it.
      check: ({ spec }) => {
        const names = spec.nodePools.map((pool) => pool.name);
        return eachPool(spec, (pool, index) => (names.indexOf(pool.name) < index ? ['name'] : []));
      },
    },
    {
      text: `a node needs at least ${minimumMemory} of memory`,
      cel: {
        // Not on the field itself: the cost of a bare quantity is estimated as that of a text of 3 MiB.
        at: 'spec.nodePools[].resources',
        rule: celQuantityAtLeast('self.limits.memory', minimumMemory),
        fieldPath: '.limits.memory',
      },
      check: ({ spec }) =>
        eachPool(spec, ({ resources }) => atMost(minimumMemory, resources.limits.memory, 'resources.limits.memory')),
    },
    ...(['memory', 'cpu'] as const).map((resource): CommonRule => {
      const [request, limit] = [`self.requests.${resource}`, `self.limits.${resource}`];
      const hint = resource === 'cpu' ? ' (it is 500m unless set)' : '';
      return {
        text: `requests.${resource}${hint} must not be more than limits.${resource}`,
        cel: {
          at: 'spec.nodePools[].resources',
          rule: `!has(${request}) || !has(${limit}) || ${celQuantityAtMost(request, limit)}`,
          fieldPath: `.requests.${resource}`,
        },
        check: ({ spec }) =>
          eachPool(spec, ({ resources: { requests, limits } }) =>
            atMost(requests[resource], limits[resource], `resources.requests.${resource}`),
          ),
      };
    }),
    {
      text: `a volume has at least ${MINIMUM_VOLUME}; write the unit, e.g. 10Gi`,
      cel: { at: 'spec.nodePools[].persistence', rule: celQuantityAtLeast('self.size', MINIMUM_VOLUME), fieldPath: '.size' },
      check: ({ spec }) => eachPool(spec, ({ persistence }) => atMost(MINIMUM_VOLUME, persistence.size, 'persistence.size')),
    },
    ...tolerationRules,
    imageRule,
  ];
}

const tolerationRules: readonly CommonRule[] = [
  tolerationRule({
    text: 'a toleration with operator Exists has no value',
    rule: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    fieldPath: '.value',
    fine: ({ operator, value }) => operator !== 'Exists' || !value,
  }),
  tolerationRule({
    text: 'a toleration without a key matches every key: it needs operator Exists',
    rule: "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
    fieldPath: '.operator',
    fine: ({ key, operator }) => Boolean(key) || operator === 'Exists',
  }),
  tolerationRule({
    text: 'tolerationSeconds needs effect NoExecute',
    rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    fieldPath: '.effect',
    fine: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
  }),
];

/** Kubernetes would refuse such a pod only later, when the StatefulSet makes it. */
function tolerationRule(options: {
  readonly text: string;
  readonly rule: string;
  readonly fieldPath: string;
  readonly fine: (toleration: CommonPool['tolerations'][number]) => boolean;
}): CommonRule {
  const { text, rule, fieldPath, fine } = options;
  return {
    text,
    cel: { at: 'spec.nodePools[].tolerations[]', rule, fieldPath },
    check: ({ spec }) =>
      eachPool(spec, ({ tolerations }) =>
        tolerations.flatMap((toleration, index) => (fine(toleration) ? [] : [`tolerations[${index}]${fieldPath}`])),
      ),
  };
}

const imageRule: CommonRule = {
  text: 'write the image without a tag or digest: the tag is always spec.version',
  cel: { at: 'spec.image.repository', rule: "!self.matches('(:[^/]*|@.*)$')" },
  check: ({ spec }) => (/(:[^/]*|@.*)$/.test(spec.image.repository ?? '') ? [{ path: 'spec.image.repository' }] : []),
};

/** Changes of a pool that this release does not act on, or that no release can. */
export const poolChangeRules: readonly CommonRule[] = [
  persistenceRule('enabled', 'whether a pool has volumes is fixed once the pool exists; add another node pool instead', {
    rule: 'self.enabled == oldSelf.enabled',
    same: (now, before) => now.enabled === before.enabled,
  }),
  persistenceRule(
    'size',
    'a volume can grow and never shrink: add another node pool with smaller volumes and remove this one instead',
    {
      rule: celQuantityAtMost('oldSelf.size', 'self.size'),
      same: (now, before) => quantityValue(now.size) >= quantityValue(before.size),
    },
  ),
  persistenceRule('storageClass', 'the storage class is fixed once the pool exists; add another node pool instead', {
    rule: 'has(self.storageClass) == has(oldSelf.storageClass) && (!has(self.storageClass) || self.storageClass == oldSelf.storageClass)',
    same: (now, before) => now.storageClass === before.storageClass,
  }),
];

/** What an engine whose nodes cannot leave yet refuses. */
export const noLeavingRules: readonly CommonRule[] = [
  {
    text: 'a node pool cannot be made smaller in this release: its nodes would have to give their data away first',
    cel: {
      at: 'spec.nodePools[].replicas',
      rule: 'self >= oldSelf',
      reason: 'FieldValueForbidden',
    },
    check: ({ spec, previous }) =>
      eachChangedPool(spec, previous, (now, before) => (now.replicas >= before.replicas ? [] : [{ path: 'replicas' }])),
  },
  {
    text: 'a node pool cannot be removed in this release: its nodes would have to give their data away first; put it back',
    cel: {
      at: 'spec.nodePools',
      rule: 'oldSelf.all(o, self.exists(p, p.name == o.name))',
      reason: 'FieldValueForbidden',
    },
    check: ({ spec, previous }) => {
      const names = new Set(spec.nodePools.map((pool) => pool.name));
      return previous?.nodePools.every((pool) => names.has(pool.name)) === false ? [{ path: 'spec.nodePools' }] : [];
    },
  },
];

function persistenceRule(
  field: keyof CommonPool['persistence'],
  text: string,
  is: { readonly rule: string; readonly same: (now: CommonPool['persistence'], before: CommonPool['persistence']) => boolean },
): CommonRule {
  return {
    text,
    cel: { at: 'spec.nodePools[].persistence', rule: is.rule, fieldPath: `.${field}` },
    check: ({ spec, previous }) =>
      eachChangedPool(spec, previous, (now, before) =>
        is.same(now.persistence, before.persistence) ? [] : [{ path: `persistence.${field}` }],
      ),
  };
}

/** Findings of each pool; `find` returns paths within the pool. */
export function eachPool<Pool>(
  spec: { readonly nodePools: readonly Pool[] },
  find: (pool: Pool, index: number) => readonly string[],
): readonly Finding[] {
  return spec.nodePools.flatMap((pool, index) => find(pool, index).map((path) => ({ path: `spec.nodePools[${index}].${path}` })));
}

/** Findings of each pool that was there before; `find` returns paths within the pool. */
export function eachChangedPool<Pool extends { readonly name: string }>(
  spec: { readonly nodePools: readonly Pool[] },
  previous: { readonly nodePools: readonly Pool[] } | undefined,
  find: (now: Pool, before: Pool) => readonly Finding[],
): readonly Finding[] {
  const before = new Map((previous?.nodePools ?? []).map((pool) => [pool.name, pool]));
  return spec.nodePools.flatMap((pool, index) => {
    const old = before.get(pool.name);
    const found = old === undefined ? [] : find(pool, old);
    return found.map((finding) => ({ ...finding, path: `spec.nodePools[${index}].${finding.path}` }));
  });
}

function atMost(smaller: string | undefined, larger: string | undefined, path: string): readonly string[] {
  if (smaller === undefined || larger === undefined) return [];
  return quantityValue(smaller) <= quantityValue(larger) ? [] : [path];
}
