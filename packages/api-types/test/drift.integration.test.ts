// The CEL of the CRDs and the controller's own checks say the same about any spec: random specs and random edits of them,
// judged by a real kube-apiserver and by the functions.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { cassandraClusterSpecSchema } from '../src/cassandra-cluster.ts';
import { ELASTICSEARCH_ROLES, elasticsearchClusterSpecSchema } from '../src/elasticsearch-cluster.ts';
import { API_VERSION } from '../src/group.ts';
import { cassandraRules } from '../src/validation-cassandra.ts';
import { elasticsearchRules } from '../src/validation-elasticsearch.ts';
import { type Problem, type Rule, runRules } from '../src/validation-rule.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './install-crds.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApiServer();
  await installCrds(api);
});
afterAll(async () => await api?.[Symbol.asyncDispose]());

const some = <T extends string | number | boolean>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Absent as often as not. */
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const poolFields = {
  replicas: some(1, 2, 3),
  persistence: fc.record({
    enabled: some(true, true, false),
    size: some<string | number>('1Gi', '1024Mi', '2Gi', 10),
    storageClass: maybe(some('a', 'b')),
  }),
  resources: fc.record({
    requests: fc.record({
      cpu: some<string | number>('500m', 1, '2'),
      memory: maybe(some<string | number>('1Gi', 1073741824, '3Gi')),
    }),
    limits: fc.record({ cpu: maybe(some<string | number>(1, '1500m')), memory: some('100Mi', '1Gi', '2.5Gi') }),
  }),
  tolerations: fc.array(
    fc.record({
      key: maybe(some('', 'k')),
      operator: maybe(some('Exists', 'Equal')),
      value: maybe(some('', 'v')),
      effect: maybe(some('NoSchedule', 'NoExecute')),
      tolerationSeconds: maybe(fc.constant(5)),
    }),
    { maxLength: 2 },
  ),
};

function clusters(pool: fc.Arbitrary<object>, versions: readonly string[]) {
  // Every pool has its own name here: that rule is the list-map's at admission.
  const pools = fc
    .uniqueArray(some('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .chain((names) => fc.tuple(...names.map((name) => pool.map((fields) => ({ name, ...fields })))));
  return fc.record({
    version: some(...versions),
    image: fc.record({ repository: maybe(some('a/b', 'a:5000/b', 'a/b:latest', 'a@sha256:0')) }),
    nodePools: pools,
  });
}

const KINDS = [
  {
    kind: 'ElasticsearchCluster',
    schema: elasticsearchClusterSpecSchema as z.ZodType,
    rules: elasticsearchRules as readonly Rule<unknown>[],
    specs: clusters(
      fc.record({ ...poolFields, roles: fc.array(some(...ELASTICSEARCH_ROLES, 'master', 'data'), { maxLength: 5 }) }),
      ['6.8.0', '7.16.0', '7.17.29', '8.15.0', '8.19.9', '8.19.10', '9.0.0', '10.0.0'],
    ),
    running: ['7.17.0', '8.15.0', '8.18.0', '9.0.0', '9.0.0-SNAPSHOT', 'none'],
  },
  {
    kind: 'CassandraCluster',
    schema: cassandraClusterSpecSchema as z.ZodType,
    rules: cassandraRules as readonly Rule<unknown>[],
    specs: clusters(fc.record({ ...poolFields, rack: maybe(some('a', 'r1')) }), ['3.11.0', '4.0.1', '4.1.10', '5.0.6', '5.1.0']),
    running: ['4.0.1', '4.1.10', '5.0.6', 'none'],
  },
] as const;

function path(kind: string, name = ''): string {
  return `/apis/${API_VERSION}/namespaces/default/${kind.toLowerCase()}s/${name}`;
}

/** What an answer of the API server objects to, in the controller's terms. */
function objections(answer: {
  status: number;
  body: { message?: string; details?: { causes?: { field: string; message: string }[] } };
}): Problem[] {
  if (answer.status < 300) return [];
  expect(answer).toMatchObject({ status: 422 });
  return (answer.body.details?.causes ?? []).map(({ field, message }) => ({
    path: field,
    message: message.replace(/^(Invalid value: ("[^"]*"|\d+): |Invalid value: |Forbidden: )/, ''),
  }));
}

const sorted = (problems: readonly Problem[]) => problems.map(({ path, message }) => `${path}: ${message}`).toSorted();

test.each(KINDS)('creations of $kind', async ({ kind, schema, rules, specs }) => {
  await fc.assert(
    fc.asyncProperty(specs, some('demo', 'de.mo', 'd'.repeat(47)), async (spec, name) => {
      const body = { apiVersion: API_VERSION, kind, metadata: { name }, spec };
      const answer = await api.call({ method: 'POST', path: `${path(kind)}?dryRun=All`, body });
      expect(sorted(objections(answer))).toEqual(sorted(runRules(rules, { name, spec: schema.parse(spec) })));
    }),
    { numRuns: 150 },
  );
});

test.each(KINDS)('edits of $kind', async ({ kind, schema, rules, specs, running }) => {
  const fine = specs.filter((spec) => runRules(rules, { name: 'demo', spec: schema.parse(spec) }).length === 0);
  await fc.assert(
    fc.asyncProperty(fine, specs, maybe(some(...running)), async (before, edit, runningVersion) => {
      const created = await api.ok({
        method: 'POST',
        path: path(kind),
        body: { apiVersion: API_VERSION, kind, metadata: { name: 'demo' }, spec: before },
      });
      try {
        const status = { ...created.status, ...(runningVersion !== undefined && { version: runningVersion }) };
        const current = await api.ok({ method: 'PUT', path: path(kind, 'demo/status'), body: { ...created, status } });
        const body = { ...current, spec: edit };
        const answer = await api.call({ method: 'PUT', path: `${path(kind, 'demo')}?dryRun=All`, body });
        const unchanged = edit.version === before.version;
        const input = {
          name: 'demo',
          spec: schema.parse(edit),
          previous: schema.parse(before),
          // Admission lets an unchanged version be, so that status updates pass; the controller looks at it all the same.
          runningVersion: unchanged ? undefined : known(runningVersion),
        };
        expect(sorted(objections(answer))).toEqual(sorted(runRules(rules, input)));
      } finally {
        await api.ok({ method: 'DELETE', path: path(kind, 'demo') });
      }
    }),
    { numRuns: 80 },
  );
});

/** What is no version counts at admission as not reported at all. */
function known(version: string | undefined): string | undefined {
  return version !== undefined && /^\d+\.\d+\.\d+$/.test(version) ? version : undefined;
}
