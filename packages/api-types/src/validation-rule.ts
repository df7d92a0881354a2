import { celTemplate, fillTemplate } from './cel.ts';
import { NavigatorError } from './errors.ts';
import type { CelRule, StructuralSchema } from './structural-schema.ts';

/** What a rule looks at. */
export interface RuleInput<Spec> {
  /** metadata.name of the cluster. */
  readonly name: string;
  readonly spec: Spec;
  /** Lowest version that a node of the cluster runs, once one has reported it. */
  readonly runningVersion?: string | undefined;
  /** The spec before the edit, where it is known. Without it the rules about changes say nothing. */
  readonly previous?: Spec | undefined;
}

/** Where a rule is broken, and the words for the placeholders of its text. */
export interface Finding {
  readonly path: string;
  readonly words?: Readonly<Record<string, string>>;
}

/** A broken rule as people read it: the field's path and a sentence that helps. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * A rule of a cluster's spec, written twice side by side: as CEL for the API server, and as a function for the
 * controller, because an object may be older than the rule. Both say the same sentence about the same field.
 */
export interface Rule<Spec> {
  /** The sentence; `{word}` stands for a word that differs. */
  readonly text: string;
  /** The rule at admission; absent when the schema itself says it (list-map keys, patterns). */
  readonly cel?: {
    /** The field that the rule stands on, e.g. `spec.nodePools[].roles`; empty for the whole object. */
    readonly at: string;
    readonly rule: string;
    /** The field to name, relative to `at`. */
    readonly fieldPath?: string;
    readonly reason?: CelRule['reason'];
    /** CEL expressions for the placeholders. */
    readonly words?: Readonly<Record<string, string>>;
  };
  check(input: RuleInput<Spec>): readonly Finding[];
}

/** Every problem of a spec, in the order of the rules. */
export function runRules<Spec>(rules: readonly Rule<Spec>[], input: RuleInput<Spec>): readonly Problem[] {
  return rules.flatMap((rule) =>
    rule.check(input).map(({ path, words }) => ({ path, message: fillTemplate(rule.text, words ?? {}) })),
  );
}

/** Returns the schema with the CEL of each rule at its place. */
export function withRules<Spec>(schema: StructuralSchema, rules: readonly Rule<Spec>[]): StructuralSchema {
  const result = structuredClone(schema);
  for (const rule of rules) {
    if (rule.cel === undefined) continue;
    const place = schemaAt(result, rule.cel.at);
    place['x-kubernetes-validations'] = [...(place['x-kubernetes-validations'] ?? []), celRule(rule.text, rule.cel)];
  }
  return result;
}

function celRule(text: string, cel: NonNullable<Rule<unknown>['cel']>): CelRule {
  const message = cel.words === undefined ? { message: text } : { messageExpression: celTemplate(text, cel.words) };
  const { rule, fieldPath, reason } = cel;
  return { rule, ...message, ...(fieldPath !== undefined && { fieldPath }), ...(reason !== undefined && { reason }) };
}

/** The schema of a field, e.g. `spec.nodePools[].roles`. */
export function schemaAt(schema: StructuralSchema, path: string): StructuralSchema {
  let place: StructuralSchema | undefined = schema;
  for (const step of path.split(/\.|(?=\[\])/).filter((part) => part !== '')) {
    place = step === '[]' ? place.items : place.properties?.[step];
    if (place === undefined) throw new NavigatorError('UnknownField', `the schema has no field "${path}" (at "${step}")`);
  }
  return place;
}
