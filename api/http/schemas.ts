import { z } from 'zod';
import { fieldTexts } from '../field-texts.ts';

export type JsonSchema = Record<string, unknown>;

/** Drops what tells a client nothing: the bounds of every integer, and a pattern that repeats a format. */
const withoutNoise = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  if (jsonSchema.format) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

/** What a field means: what its name means everywhere, then what its shape says. */
export const fieldText = (name: string, { description }: JsonSchema): { description?: string } => {
  const texts = [fieldTexts[name], description].filter((text) => typeof text === 'string');
  return texts.length > 0 ? { description: texts.join('. ') } : {};
};

/** A schema in which every field says what it means. */
const explained = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(explained);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value as JsonSchema);
  return Object.fromEntries(parts.map(([key, each]) => [key, key === 'properties' ? fields(each) : explained(each)]));
};

const fields = (properties: unknown) =>
  Object.fromEntries(
    Object.entries(properties as JsonSchema).map(([name, schema]) => {
      const field = explained(schema) as JsonSchema;
      return [name, { ...field, ...fieldText(name, field) }];
    }),
  );

/** A shape as it is on the wire, with the shapes in it that have a name. */
const converted = (shape: z.ZodType): JsonSchema => {
  const json = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any', override: withoutNoise });
  const refs = JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/');
  return explained(JSON.parse(refs)) as JsonSchema;
};

/** The JSON schema of a shape. What has a name in it (`z.globalRegistry.add(shape, { id })`) is only referred to. */
export const schemaOf = (shape: z.ZodType): JsonSchema => {
  const { $schema: _, $defs: _named, ...json } = converted(shape);
  return json;
};

/** Every shape with a name in these shapes, by its name. */
export const namedSchemas = (shapes: z.ZodType[]): JsonSchema =>
  Object.assign({}, ...shapes.map((shape) => converted(shape)['$defs'])) as JsonSchema;
