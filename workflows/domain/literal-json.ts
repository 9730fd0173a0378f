type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** The types of the language do not know yet that a reviver is given the source text. */
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * Parses JSON with every number as the text that was sent, so that `150.0` keeps its zero and two ids above 2^53 stay two. Throws
 * on what is no JSON.
 */
export const literalJson = (text: string): unknown =>
  parse(text, (_key, value, { source }) => (typeof value === 'number' ? source : value));
