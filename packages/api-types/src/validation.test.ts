import { describe, expect, test } from 'vitest';
import { ruleCases, type RuleCase } from '../test/rule-cases.ts';
import { cassandraClusterSpecSchema } from './cassandra-cluster.ts';
import { elasticsearchClusterSpecSchema } from './elasticsearch-cluster.ts';
import { cassandraRules } from './validation-cassandra.ts';
import { elasticsearchRules } from './validation-elasticsearch.ts';
import { validateCassandraCluster, validateElasticsearchCluster } from './validation.ts';

function problems({ kind, before, running }: RuleCase, spec: unknown, name: string) {
  const runningVersion = running;
  if (kind === 'ElasticsearchCluster') {
    const previous = before && elasticsearchClusterSpecSchema.parse(before);
    return validateElasticsearchCluster(elasticsearchClusterSpecSchema.parse(spec), { name, runningVersion, previous });
  }
  const previous = before && cassandraClusterSpecSchema.parse(before);
  return validateCassandraCluster(cassandraClusterSpecSchema.parse(spec), { name, runningVersion, previous });
}

describe.each(ruleCases)('$kind: $title', (ruleCase) => {
  const [good, bad] = ruleCase.names ?? ['demo', 'demo'];

  test('accepted', () => {
    expect(problems(ruleCase, ruleCase.accepted, good)).toEqual([]);
  });

  test('refused', () => {
    const message: unknown = expect.stringMatching(new RegExp(`^${RegExp.escape(ruleCase.message)}`));
    expect(problems(ruleCase, ruleCase.refused, bad)).toContainEqual({ path: ruleCase.path, message });
  });
});

test('every rule has a case that it refuses', () => {
  const refused = ruleCases.map((ruleCase) => problems(ruleCase, ruleCase.refused, ruleCase.names?.[1] ?? 'demo'));
  const messages = refused.flat().map(({ message }) => message);
  const untested = [...elasticsearchRules, ...cassandraRules].filter(({ text }) => {
    const sentence = new RegExp(
      `^${text
        .split(/\{\w+\}/)
        .map((part) => RegExp.escape(part))
        .join('.*')}$`,
    );
    return !messages.some((message) => sentence.test(message));
  });
  expect(untested.map(({ text }) => text)).toEqual([]);
});

test('without the former spec, only what runs is a measure', () => {
  const spec = elasticsearchClusterSpecSchema.parse({ version: '8.15.0' });
  expect(validateElasticsearchCluster(spec, { name: 'demo' })).toEqual([]);
  expect(validateElasticsearchCluster(spec, { name: 'demo', runningVersion: '8.19.9' })).toMatchObject([
    { path: 'spec.version' },
  ]);
  expect(validateElasticsearchCluster(spec, { name: 'demo', runningVersion: 'unknown' })).toEqual([]);
});
