import semver from 'semver';
import { celVersionPart } from './cel.ts';
import type { ElasticsearchClusterSpec, ElasticsearchNodePool } from './elasticsearch-cluster.ts';
import { eachPool, nameRules, poolChangeRules, poolRules } from './validation-common.ts';
import { configRules } from './validation-elasticsearch-config.ts';
import { securityRules } from './validation-elasticsearch-security.ts';
import type { Rule } from './validation-rule.ts';
import {
  CEL_FROM,
  CEL_NO_UPGRADE,
  compareVersions,
  noDowngradeRule,
  versionRangeRule,
  versionWords,
} from './validation-version.ts';

type ElasticsearchRule = Rule<ElasticsearchClusterSpec>;

const roleRules: readonly ElasticsearchRule[] = [
  {
    text: 'each role may be named once only',
    cel: { at: 'spec.nodePools[].roles', rule: 'self.all(r, self.exists_one(s, s == r))' },
    check: ({ spec }) => eachPool(spec, ({ roles }) => (new Set(roles).size === roles.length ? [] : ['roles'])),
  },
  {
    text: 'voting_only is no role by itself: it makes a master-eligible node one that only votes, so it needs the role master beside it',
    cel: { at: 'spec.nodePools[].roles', rule: "!('voting_only' in self) || 'master' in self" },
    check: ({ spec }) =>
      eachPool(spec, ({ roles }) => (!roles.includes('voting_only') || roles.includes('master') ? [] : ['roles'])),
  },
  {
    text: 'at least one node pool must have the role master without voting_only: a cluster without such a node elects no master and never forms',
    cel: { at: 'spec.nodePools', rule: "self.exists(p, 'master' in p.roles && !('voting_only' in p.roles) && p.replicas > 0)" },
    check: ({ spec }) =>
      spec.nodePools.some(({ roles, replicas }) => roles.includes('master') && !roles.includes('voting_only') && replicas > 0)
        ? []
        : [{ path: 'spec.nodePools' }],
  },
  {
    // https://www.elastic.co/docs/deploy-manage/distributed-architecture/clusters-nodes-shards/node-roles
    text: 'some node must hold data: give a node pool the role data, or both data_content and data_hot to some',
    cel: {
      at: 'spec.nodePools',
      rule: "self.exists(p, 'data' in p.roles) || (self.exists(p, 'data_content' in p.roles) && self.exists(p, 'data_hot' in p.roles))",
    },
    check: ({ spec }) => (canHoldData(spec.nodePools) ? [] : [{ path: 'spec.nodePools' }]),
  },
];

/** The way between majors: https://www.elastic.co/docs/deploy-manage/upgrade (last minor of a major first, none skipped). */
const upgradePathRule: ElasticsearchRule = {
  text: 'Elasticsearch cannot go from {from} to {to} in one step: 8.x is reached from 7.17, 9.x from 8.18 or 8.19, and every node must run the version between before the next step',
  cel: {
    at: '',
    rule: `${CEL_NO_UPGRADE} || ${upgradePathCel(CEL_FROM, 'self.spec.version')}`,
    fieldPath: '.spec.version',
    words: versionWords,
  },
  check: (input) => compareVersions(input, isUpgradePath),
};

function upgradePathCel(from: string, to: string): string {
  const [fromMajor, toMajor] = [celVersionPart(from, 0), celVersionPart(to, 0)];
  const lastMinor = `(${fromMajor} != 8 || ${celVersionPart(from, 1)} >= 18)`;
  return `${toMajor} <= ${fromMajor} || (${toMajor} == ${fromMajor} + 1 && ${lastMinor})`;
}

function isUpgradePath(from: string, to: string): boolean {
  const [fromMajor, toMajor] = [semver.major(from), semver.major(to)];
  if (toMajor <= fromMajor) return true;
  return toMajor === fromMajor + 1 && (fromMajor !== 8 || semver.minor(from) >= 18);
}

function canHoldData(pools: readonly ElasticsearchNodePool[]): boolean {
  const roles = new Set(pools.flatMap((pool) => pool.roles));
  return roles.has('data') || (roles.has('data_content') && roles.has('data_hot'));
}

/** Every rule of an ElasticsearchCluster. */
export const elasticsearchRules: readonly ElasticsearchRule[] = [
  ...nameRules('es'),
  versionRangeRule(
    '7[.]17|[89][.][0-9]{1,4}',
    'Navigator runs Elasticsearch 7.17.x, 8.x and 9.x; write all three parts, e.g. 8.19.9',
  ),
  noDowngradeRule('Elasticsearch'),
  upgradePathRule,
  ...poolRules('768Mi'),
  ...roleRules,
  ...securityRules,
  ...configRules,
  ...poolChangeRules,
];
