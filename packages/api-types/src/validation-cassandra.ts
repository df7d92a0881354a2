import type { CassandraClusterSpec } from './cassandra-cluster.ts';
import { eachChangedPool, nameRules, noLeavingRules, poolChangeRules, poolRules } from './validation-common.ts';
import type { Rule } from './validation-rule.ts';
import { noDowngradeRule, versionRangeRule } from './validation-version.ts';

type CassandraRule = Rule<CassandraClusterSpec>;

const rackOf = (self: string): string => `(has(${self}.rack) ? ${self}.rack : ${self}.name)`;

/** Cassandra refuses to start on data that was written under another datacenter or rack (check_dc, check_rack). */
const topologyRules: readonly CassandraRule[] = [
  {
    text: 'the datacenter is fixed once the cluster exists: Cassandra refuses to start on data of another one',
    cel: { at: 'spec.datacenter', rule: 'self == oldSelf' },
    check: ({ spec, previous }) =>
      previous === undefined || previous.datacenter === spec.datacenter ? [] : [{ path: 'spec.datacenter' }],
  },
  {
    text: 'the rack of a node pool is fixed ({before}): Cassandra refuses to start on data of another one; add a node pool for another rack instead',
    cel: {
      at: 'spec.nodePools[]',
      rule: `${rackOf('self')} == ${rackOf('oldSelf')}`,
      fieldPath: '.rack',
      words: { before: rackOf('oldSelf') },
    },
    check: ({ spec, previous }) =>
      eachChangedPool(spec, previous, (now, before) => {
        const rackBefore = before.rack ?? before.name;
        return (now.rack ?? now.name) === rackBefore ? [] : [{ path: 'rack', words: { before: rackBefore } }];
      }),
  },
];

/**
 * Every rule of a CassandraCluster. Majors need no rule of their own: 4.0 and 4.1 both go to 5.0 in one step, and no other
 * major is supported.
 */
export const cassandraRules: readonly CassandraRule[] = [
  ...nameRules('cass'),
  versionRangeRule('4[.][01]|5[.]0', 'Navigator runs Cassandra 4.0.x, 4.1.x and 5.0.x; write all three parts, e.g. 5.0.6'),
  noDowngradeRule('Cassandra'),
  ...poolRules('896Mi'),
  ...topologyRules,
  ...poolChangeRules,
  ...noLeavingRules,
];
