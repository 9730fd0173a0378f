import { z } from 'zod';
import { noteOf } from './shapes.ts';

export type JsonSchema = Record<string, unknown>;

interface Conversion {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** Drops what tells a client nothing: the bounds of every integer, and a pattern that repeats a format or what an id is. */
const withoutNoise = ({ zodSchema, jsonSchema }: Conversion): void => {
  if (jsonSchema.format ?? noteOf(zodSchema as z.ZodType)?.subject) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

/** A shape as it is on the wire, with the shapes in it that have a name. */
const converted = (shape: z.ZodType): JsonSchema => {
  const json = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any', override: withoutNoise });
  const refs = JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(refs) as JsonSchema;
};

/** The JSON schema of a shape. What has a name in it (`z.globalRegistry.add(shape, { id })`) is only referred to. */
export const schemaOf = (shape: z.ZodType): JsonSchema => {
  const { $schema: _, $defs: _named, ...json } = converted(shape);
  return json;
};

/** Every shape with a name in these shapes, by its name. */
export const namedSchemas = (shapes: z.ZodType[]): JsonSchema =>
  Object.assign({}, ...shapes.map((shape) => converted(shape)['$defs'])) as JsonSchema;
