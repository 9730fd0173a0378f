import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';

interface Row {
  id: string;
  topic: string;
  inputs: string;
  expected: string;
}

type Values = Record<string, string>;

const values = (text: string): Values =>
  Object.fromEntries(
    text.split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );

const file = new URL('../../contract/payments-cases.csv', import.meta.url);

/** The worked numbers of the contract on one topic. */
export const casesOf = (topic: string): { id: string; given: Values; expected: Values }[] =>
  parse<Row>(readFileSync(file), { columns: true, relax_column_count: true })
    .filter((row) => row.topic === topic)
    .map(({ id, inputs, expected }) => ({ id, given: values(inputs), expected: values(expected) }));
