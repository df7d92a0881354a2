import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { builtHelm, CHART, render } from '../tools/helm.ts';

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
/** An object of a manifest. */
export type Manifest = z.infer<typeof manifestSchema>;

const root = join(import.meta.dirname, '..');

/** Parses a YAML text of several documents; each must be a Kubernetes object. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJSON() as unknown;
    })
    .filter((value) => value !== null)
    .map((value) => manifestSchema.parse(value));
}

/** Helm is built with the local cluster. Tests of the chart are skipped without it, unless NAVIGATOR_REQUIRE_HELM is set. */
export function helmIsMissing(): boolean {
  const missing = builtHelm() === undefined;
  if (missing && process.env['NAVIGATOR_REQUIRE_HELM'])
    throw new Error('helm is not built: run "npm run cluster -- up" or "npm run check"');
  return missing;
}

/** The chart with these values, e.g. `namespaces={a,b}`. */
export async function renderChart(...values: readonly string[]): Promise<readonly Manifest[]> {
  const args = values.flatMap((value) => ['--set', value]);
  return parseManifests(await render(builtHelm() ?? 'helm', join(root, CHART), args));
}
