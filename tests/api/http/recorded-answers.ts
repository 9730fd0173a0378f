import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { endpointsByArea } from '../../../api/endpoints.ts';
import { health } from '../../../api/health.ts';
import { nameOf } from '../../../api/http/endpoint.ts';
import type { Endpoint } from '../../../api/http/endpoint.ts';
import type { Example, Examples } from '../../../api/http/curl.ts';

/** Each area keeps the examples of its routes; those of no area stand above the areas. */
const folders: Record<string, readonly Endpoint[]> = { '.': health, ...endpointsByArea };
const fileOf = (folder: string) => fileURLToPath(new URL(`../../../api/${folder}/examples.json`, import.meta.url));

/** The examples as the repository has them, which a running API may have read before they were recorded. */
export const examples: Examples = Object.assign(
  {},
  ...Object.keys(folders).map((folder) => JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Examples),
);

const secrets = ['accessToken', 'refreshToken', 'otp'];

const withoutSecrets = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (key, value: unknown) =>
      secrets.includes(key) && typeof value === 'string' ? `<${key}>` : value,
    ),
  );

const gistOf = (key: string, value: unknown): unknown => {
  if (key === 'uptimeSeconds') return '#';
  return typeof value === 'string' ? value.replace(/[0-9a-f-]*\d[0-9a-f-]*/gi, '#') : value;
};

/** What an answer says apart from the ids, times and phones of its run. */
const gist = (answer: unknown): string => JSON.stringify(answer ?? null, gistOf);

/** An answer that says what it said before stays as it is, so that recording again changes no line without a reason. */
const recorded = (example: Example = {}, answer: unknown): Example => {
  const fresh = withoutSecrets(answer);
  return gist(fresh) === gist(example.answer) ? example : { ...example, answer: fresh };
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The paths at which two answers do not have the same fields, or fields of another kind. What is null in one of them may be anything
 * in the other; of a list the first entry stands for all.
 */
export const fieldsThatDiffer = (one: unknown, other: unknown, path = 'answer'): string[] => {
  if (one === null || other === null) return [];
  if (Array.isArray(one) && Array.isArray(other))
    return one.length > 0 && other.length > 0 ? fieldsThatDiffer(one[0], other[0], `${path}.0`) : [];
  if (!isObject(one) || !isObject(other)) return typeof one === typeof other ? [] : [path];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.flatMap((name) => {
    const at = `${path}.${name}`;
    return name in one && name in other ? fieldsThatDiffer(one[name], other[name], at) : [at];
  });
};

/** Writes what endpoints answered beside what they were asked; what was not asked stays, and endpoints that are no more fall away. */
export const record = async (answers: ReadonlyMap<string, unknown>): Promise<void> => {
  for (const [folder, endpoints] of Object.entries(folders)) {
    const names = endpoints.map(nameOf).filter((name) => answers.has(name) || name in examples);
    const entries = names.map((name) => [
      name,
      answers.has(name) ? recorded(examples[name], answers.get(name)) : examples[name],
    ]);
    const file = fileOf(folder);
    const text = JSON.stringify(Object.fromEntries(entries));
    writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  }
};
