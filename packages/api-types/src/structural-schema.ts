import { z } from 'zod';

/**
 * Structural OpenAPI v3, the only kind of schema that a CustomResourceDefinition may hold
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * A keyword that is not listed here makes the conversion fail instead of being dropped.
 */
const celRuleSchema = z.strictObject({
  rule: z.string(),
  message: z.string().optional(),
  messageExpression: z.string().optional(),
  fieldPath: z.string().optional(),
  reason: z.enum(['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate']).optional(),
});
export type CelRule = z.infer<typeof celRuleSchema>;

const baseFields = {
  type: z.enum(['object', 'array', 'string', 'integer', 'number', 'boolean']).optional(),
  description: z.string().optional(),
  default: z.json().optional(),
  enum: z.array(z.json()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  minProperties: z.number().optional(),
  maxProperties: z.number().optional(),
  required: z.array(z.string()).optional(),
  anyOf: z.array(z.strictObject({ type: z.enum(['integer', 'string']) })).optional(),
  'x-kubernetes-int-or-string': z.literal(true).optional(),
  'x-kubernetes-preserve-unknown-fields': z.literal(true).optional(),
  'x-kubernetes-list-type': z.enum(['atomic', 'set', 'map']).optional(),
  'x-kubernetes-list-map-keys': z.array(z.string()).optional(),
  'x-kubernetes-map-type': z.enum(['atomic', 'granular']).optional(),
  'x-kubernetes-validations': z.array(celRuleSchema).optional(),
};

const baseSchema = z.strictObject(baseFields);
export interface StructuralSchema extends z.infer<typeof baseSchema> {
  properties?: Record<string, StructuralSchema> | undefined;
  items?: StructuralSchema | undefined;
  additionalProperties?: StructuralSchema | undefined;
}

const structuralSchema: z.ZodType<StructuralSchema> = z
  .strictObject({
    ...baseFields,
    get properties() {
      return z.record(z.string(), structuralSchema).optional();
    },
    get items() {
      return structuralSchema.optional();
    },
    get additionalProperties() {
      return structuralSchema.optional();
    },
  })
  .refine((schema) => schema.anyOf === undefined || schema['x-kubernetes-int-or-string'], 'alternatives are not structural');

type Json = z.infer<ReturnType<typeof z.json>>;

/**
 * Converts a zod schema to a structural schema, as the API server reads it: what may be *sent*, with every default complete.
 * @throws ZodError naming the path when the zod schema uses what a structural schema cannot express (unions, transforms …).
 */
export function toStructuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema }) => strip(jsonSchema),
  });
  return completeDefaults(structuralSchema.parse(json));
}

/** Removes what zod adds and a structural schema refuses; rewrites quantities. Works in place, as zod's override asks. */
function strip(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.$schema;
  delete schema.propertyNames;
  if (schema.additionalProperties === false || schema['x-kubernetes-preserve-unknown-fields'] === true)
    delete schema.additionalProperties;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.type === 'integer') schema.format = 'int64';
  // Zod's pattern for times is 400 characters long; the API server checks the format itself.
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema['x-navigator-quantity'] === true) intOrString(schema);
}

/** People write `cpu: 1` as well as `cpu: 500m`, so a quantity must be allowed to be an integer. */
function intOrString(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema['x-navigator-quantity'];
  delete schema.type;
  schema.anyOf = [{ type: 'integer' }, { type: 'string' }];
  schema['x-kubernetes-int-or-string'] = true;
}

/**
 * Writes nested defaults into the defaults around them. The API server would fill them in as well, but it evaluates CEL
 * rules on the default value as it stands, and people read whole defaults in `kubectl explain` and the reference.
 */
function completeDefaults(schema: StructuralSchema): StructuralSchema {
  const { properties, items, additionalProperties, ...rest } = schema;
  const complete: StructuralSchema = {
    ...rest,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, completeDefaults(v)])) }),
    ...(items && { items: completeDefaults(items) }),
    ...(additionalProperties && { additionalProperties: completeDefaults(additionalProperties) }),
  };
  return complete.default === undefined ? complete : { ...complete, default: withDefaults(complete, complete.default) };
}

/** Fills defaults into a value as the API server does. Returns a new value. */
export function withDefaults(schema: StructuralSchema, value: Json): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => withDefaults(items, item)) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, Json> = { ...value };
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const given = result[key] ?? property.default;
    if (given !== undefined) result[key] = withDefaults(property, given);
  }
  return result;
}
