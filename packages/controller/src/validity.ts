import type { ControllerEngine, FieldError } from './engines/engine.ts';
import type { ClusterRecord, ClusterSpecBase } from './snapshot.ts';

/** What in the spec cannot be acted on. A spec is parsed once, and asked about in every pass. */
export function invalidFields(cluster: ClusterRecord, engine: ControllerEngine): readonly FieldError[] {
  const of = `${cluster.name} ${cluster.status.version}`;
  const known = judged.get(cluster.spec);
  if (known?.of === of) return known.errors;
  const errors = engine.validate(cluster);
  judged.set(cluster.spec, { of, errors });
  return errors;
}

/** With what else the rules look at. */
const judged = new WeakMap<ClusterSpecBase, { readonly of: string; readonly errors: readonly FieldError[] }>();
