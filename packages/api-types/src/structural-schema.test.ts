import { expect, test } from 'vitest';
import { z } from 'zod';
import { quantitySchema } from './common.ts';
import { KINDS, kindSchema } from './crd.ts';
import { toStructuralSchema, withDefaults, type StructuralSchema } from './structural-schema.ts';

/** Every field below a schema, with its path. */
function fields(schema: StructuralSchema, path = ''): [string, StructuralSchema][] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, property]): [string, StructuralSchema][] => [
    [`${path}.${name}`, property],
    ...fields(property, `${path}.${name}`),
  ]);
  return [...below, ...(schema.items ? fields(schema.items, `${path}[]`) : [])];
}

test.each(KINDS)('every field of $kind is explained', (kind) => {
  const silent = fields(kindSchema(kind))
    .filter(([path, schema]) => !path.startsWith('.metadata') && (schema.description ?? '').length < 10)
    .map(([path]) => path);
  expect(silent).toEqual([]);
});

test.each(KINDS)('every list of $kind says how it is merged', (kind) => {
  const silent = fields(kindSchema(kind))
    .filter(([, schema]) => schema.type === 'array' && schema['x-kubernetes-list-type'] === undefined)
    .map(([path]) => path);
  expect(silent.filter((path) => path.startsWith('.spec'))).toEqual([]);
});

test('drops what zod adds and a structural schema may not hold', () => {
  const schema = toStructuralSchema(z.strictObject({ at: z.iso.datetime(), n: z.int(), map: z.record(z.string(), z.string()) }));
  expect(schema).toEqual({
    type: 'object',
    required: ['at', 'n', 'map'],
    properties: {
      at: { type: 'string', format: 'date-time' },
      n: { type: 'integer', format: 'int64' },
      map: { type: 'object', additionalProperties: { type: 'string' } },
    },
  });
});

test('a quantity may be an integer', () => {
  const { pattern, ...rest } = toStructuralSchema(quantitySchema);
  const anyOf = [{ type: 'integer' }, { type: 'string' }];
  expect(rest).toEqual({ anyOf, maxLength: 32, 'x-kubernetes-int-or-string': true });
  expect(new RegExp(pattern ?? '').test('1.5Gi')).toBe(true);
});

test.each([
  ['a union', z.object({ a: z.union([z.string(), z.boolean()]) })],
  ['a tuple', z.object({ a: z.tuple([z.string()]) })],
  ['null', z.object({ a: z.string().nullable() })],
  ['an unknown extension', z.object({ a: z.string().meta({ 'x-kubernetes-mystery': true }) })],
])('%s is refused, not dropped', (_, schema) => {
  expect(() => toStructuralSchema(schema)).toThrow(/a/);
});

test('defaults are complete', () => {
  const inner = z.object({ size: z.string().default('10Gi'), name: z.string() });
  const schema = toStructuralSchema(z.object({ pools: z.array(inner).prefault([{ name: 'a' }]) }));
  expect(schema.properties?.['pools']?.default).toEqual([{ name: 'a', size: '10Gi' }]);
  expect(withDefaults(schema, {})).toEqual({ pools: [{ name: 'a', size: '10Gi' }] });
  expect(withDefaults(schema, { pools: [{ name: 'b', size: '1Gi' }] })).toEqual({ pools: [{ name: 'b', size: '1Gi' }] });
});
