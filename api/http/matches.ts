type Fields = Record<string, unknown>;

const parts = (condition: unknown) => (Array.isArray(condition) ? condition : [condition]) as Fields[];

const fits = (wanted: unknown, value: unknown): boolean => {
  if (value === undefined) throw new Error('The row was read without a field of the condition.');
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  const { in: listed, some, none, ...rest } = wanted as Fields;
  if (listed) return (listed as unknown[]).includes(value);
  if (some) return (value as Fields[]).some((row) => matches(some, row));
  if (none) return !(value as Fields[]).some((row) => matches(none, row));
  if (typeof value !== 'object')
    throw new Error(`A condition with ${Object.keys(rest).join()} cannot be asked of a row.`);
  return value !== null && matches(rest, value);
};

/**
 * Asks the condition of a query of a row that is here already, so that a scope is defined once for lists and for hand-written reads.
 * Knows the words of the subjects that are read so, and throws on any other.
 */
export const matches = (where: object, row: object): boolean =>
  Object.entries(where).every(([name, wanted]) => {
    if (name === 'AND') return parts(wanted).every((part) => matches(part, row));
    if (name === 'OR') return parts(wanted).some((part) => matches(part, row));
    if (name === 'NOT') return !parts(wanted).some((part) => matches(part, row));
    return fits(wanted, (row as Fields)[name]);
  });
