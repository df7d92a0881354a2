import type { CassandraClusterSpec } from './cassandra-cluster.ts';
import type { ElasticsearchClusterSpec } from './elasticsearch-cluster.ts';
import { cassandraRules } from './validation-cassandra.ts';
import { elasticsearchRules } from './validation-elasticsearch.ts';
import { runRules, type Problem, type RuleInput } from './validation-rule.ts';

/** What is known besides the spec. */
export type ValidationContext<Spec> = Omit<RuleInput<Spec>, 'spec'>;

/**
 * Problems of a parsed ElasticsearchCluster: the same rules as at admission, for objects that are older than a rule or
 * came by a CRD without it. Empty when all is well.
 */
export function validateElasticsearchCluster(
  spec: ElasticsearchClusterSpec,
  context: ValidationContext<ElasticsearchClusterSpec>,
): readonly Problem[] {
  return runRules(elasticsearchRules, { ...context, spec });
}

/** Problems of a parsed CassandraCluster; see {@link validateElasticsearchCluster}. */
export function validateCassandraCluster(
  spec: CassandraClusterSpec,
  context: ValidationContext<CassandraClusterSpec>,
): readonly Problem[] {
  return runRules(cassandraRules, { ...context, spec });
}
