import { isDeepStrictEqual } from 'node:util';

/** The fields of a body that differ from what is known. Panels send whole forms, in which a field that is as it was asks for nothing. */
export const differing = <T extends object>(sent: T, known: object): Partial<T> => {
  const current = known as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(sent).filter(([field, value]) => value !== undefined && !isDeepStrictEqual(value, current[field])),
  ) as Partial<T>;
};
