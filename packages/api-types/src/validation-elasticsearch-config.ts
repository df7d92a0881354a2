import { celString } from './cel.ts';
import type { ElasticsearchClusterSpec } from './elasticsearch-cluster.ts';
import {
  CONFIG_BYTES_MAX,
  type ConfigHolder,
  type ConfigProblem,
  isConfigTooLong,
  readConfig,
  realmClashes,
  SEEN_BY_CEL,
  settingsOf,
  whyReserved,
} from './elasticsearch-config.ts';
import { HEAP_OPTION } from './elasticsearch-process.ts';
import { eachPool } from './validation-common.ts';
import type { Finding, Rule } from './validation-rule.ts';

type ElasticsearchRule = Rule<ElasticsearchClusterSpec>;

/** Places of free-form settings, each with its path. */
function holders(spec: ElasticsearchClusterSpec): readonly { readonly path: string; readonly holder: ConfigHolder }[] {
  return [
    { path: 'spec.config', holder: spec },
    ...spec.nodePools.map((holder, index) => ({ path: `spec.nodePools[${index}].config`, holder })),
  ];
}

function find(spec: ElasticsearchClusterSpec, kind: ConfigProblem['kind'], within: RegExp): readonly Finding[] {
  return holders(spec)
    .filter(({ path }) => within.test(path))
    .flatMap(({ path, holder }) =>
      readConfig(holder.config)
        .problems.filter((problem) => problem.kind === kind)
        .map(({ setting }) => ({
          path: `${path}[${JSON.stringify(setting)}]`,
          words: { setting, why: whyReserved(setting) ?? '' },
        })),
    );
}

/** The first of the named fields that is there, as CEL: `value` is what is said of it. */
function firstSeen(value: (seen: (typeof SEEN_BY_CEL)[number]) => string): string {
  return SEEN_BY_CEL.reduceRight((rest, seen) => `(has(self.${seen.field}) ? ${celString(value(seen))} : ${rest})`, "''");
}

function reservedRule(at: string, subject: string): ElasticsearchRule {
  return {
    text: `${subject} must not set {setting}: {why}`,
    cel: {
      at,
      rule: SEEN_BY_CEL.map(({ field }) => `!has(self.${field})`).join(' && '),
      words: { setting: firstSeen(({ setting }) => setting), why: firstSeen(({ why }) => why) },
      reason: 'FieldValueForbidden',
    },
    check: ({ spec }) => find(spec, 'reserved', at === 'spec.config' ? /^spec\.config/ : /^spec\.nodePools/),
  };
}

/** Told where the setting stands: in the pool, or else in the cluster, and then once for all pools. */
function clashes(spec: ElasticsearchClusterSpec): readonly Finding[] {
  const found = spec.nodePools.flatMap((pool, index) =>
    realmClashes(settingsOf(spec, pool)).map(({ setting, order, other }) => {
      const place = setting in readConfig(pool.config).settings ? `spec.nodePools[${index}].config` : 'spec.config';
      return { path: `${place}[${JSON.stringify(setting)}]`, words: { setting, order, other } };
    }),
  );
  return found.filter(({ path }, index) => found.findIndex((other) => other.path === path) === index);
}

/** Rules of `config` and `jvmOptions`. Of `config` CEL sees only fields that the schema names, so most of this is the controller's to say. */
export const configRules: readonly ElasticsearchRule[] = [
  reservedRule('spec.config', 'the settings of a cluster'),
  reservedRule('spec.nodePools[].config', 'the settings of a node pool'),
  {
    text: 'a setting has a name of letters, digits, dashes and dots, and a text, a number, a boolean or a list of these as its value: {setting} does not',
    check: ({ spec }) => find(spec, 'shape', /./),
  },
  {
    text: '{setting} is set twice: flat and nested',
    check: ({ spec }) => find(spec, 'twice', /./),
  },
  {
    text: `the settings of a node may have ${CONFIG_BYTES_MAX / 1024} KiB in all`,
    check: ({ spec }) =>
      spec.nodePools.flatMap((pool, index) =>
        isConfigTooLong(settingsOf(spec, pool)) ? [{ path: `spec.nodePools[${index}].config` }] : [],
      ),
  },
  {
    text: '{setting} is {order}, and {other} has that order too: Elasticsearch does not start with two realms of one order; take another number',
    check: ({ spec }) => (spec.security.enabled ? clashes(spec) : []),
  },
  {
    text: 'the heap is derived from resources.limits.memory: raise that, and leave options of the heap out',
    cel: { at: 'spec.nodePools[].jvmOptions', rule: `!self.exists(o, o.matches(${celString(HEAP_OPTION)}))` },
    check: ({ spec }) =>
      eachPool(spec, ({ jvmOptions }) =>
        jvmOptions.some((option) => new RegExp(HEAP_OPTION).test(option)) ? ['jvmOptions'] : [],
      ),
  },
];
