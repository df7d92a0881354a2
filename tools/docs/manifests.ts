import {
  cassandraClusterSpecSchema,
  elasticsearchClusterSpecSchema,
  validateCassandraCluster,
  validateElasticsearchCluster,
} from '@navigator/api-types';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** Kinds of others that stand beside ours in examples. */
const BESIDE: ReadonlySet<string> = new Set(['Certificate', 'Pod', 'Secret']);

const manifestSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.unknown().optional(),
});

/** What is wrong with a YAML text of manifests: syntax, unknown fields, and the rules of admission for our kinds. */
export function faultsOf(text: string): readonly string[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) return [document.errors[0].message];
    const manifest = manifestSchema.safeParse(document.toJSON());
    return manifest.success ? clusterFaults(manifest.data) : [z.prettifyError(manifest.error)];
  });
}

function clusterFaults({ kind, metadata, spec }: z.infer<typeof manifestSchema>): readonly string[] {
  const context = { name: metadata.name, runningVersion: undefined };
  switch (kind) {
    case 'ElasticsearchCluster':
      return faults(elasticsearchClusterSpecSchema, spec, (parsed) => validateElasticsearchCluster(parsed, context));
    case 'CassandraCluster':
      return faults(cassandraClusterSpecSchema, spec, (parsed) => validateCassandraCluster(parsed, context));
    default:
      return BESIDE.has(kind) ? [] : [`kind ${kind} is not ours`];
  }
}

function faults<Spec>(
  schema: z.ZodType<Spec>,
  spec: unknown,
  validate: (spec: Spec) => readonly { readonly path: string; readonly message: string }[],
): readonly string[] {
  const parsed = schema.safeParse(spec);
  if (!parsed.success) return [z.prettifyError(parsed.error)];
  return [...unknownFields(spec, parsed.data, 'spec'), ...validate(parsed.data).map(({ path, message }) => `${path}: ${message}`)];
}

/** zod drops what it does not know; the API server would refuse it. */
function unknownFields(given: unknown, parsed: unknown, path: string): readonly string[] {
  if (typeof given !== 'object' || given === null) return [];
  if (typeof parsed !== 'object' || parsed === null) return [`${path} is not known`];
  const known = new Map<string, unknown>(Object.entries(parsed));
  return Object.entries(given).flatMap(([key, value]: [string, unknown]) =>
    known.has(key) ? unknownFields(value, known.get(key), `${path}.${key}`) : [`${path}.${key} is not known`],
  );
}
