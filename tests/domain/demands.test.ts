import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { read } from '../../api/http/input.ts';
import { DateIn, HttpsUrl, InstantIn, Latitude, RupeesIn, Text, Word } from '../../api/http/shapes.ts';

const said = (field: z.ZodType, value: unknown) => read(z.object({ field }), { field: value }).issues[0]?.message;

test.each<[z.ZodType, unknown, string]>([
  [Text(5), 12, 'field must be text'],
  [Text(5), 'too long', 'field must have at most 5 characters'],
  [z.string().length(15), '07ABC', 'field must have exactly 15 characters'],
  [z.number().int(), 1.5, 'field must be a whole number'],
  [z.boolean(), 'yes', 'field must be true or false'],
  [z.array(z.string()).max(1), ['a', 'b'], 'field must have at most 1 entries'],
  [z.array(z.string()), 'a', 'field must be a list'],
  [z.object({}), 'a', 'field must be an object'],
  [z.email(), 'asha', 'field must be an e-mail address'],
  [HttpsUrl, 'http://photos.example/a.jpg', 'field must be a link that begins with https://'],
  [z.union([z.string(), z.object({})]), 5, 'field must be text or an object'],
  [Latitude, 'north', 'field must be a number'],
  [Latitude, 91, 'field must be at most 90'],
  [RupeesIn(10), -1, 'field must be at least 0'],
  [z.number().gt(0), 0, 'field must be more than 0'],
  [RupeesIn(10), 1.234, 'field must have at most two decimals'],
  [Word(['CASH', 'CARD']), 'gold', 'field must be one of CASH, CARD'],
  [DateIn, '2026-02-30', 'field must be a date YYYY-MM-DD or an ISO-8601 date and time'],
  [InstantIn, 'tomorrow', 'field must be an ISO-8601 date and time'],
  [Text(5), undefined, 'field is required'],
])('%# what is wrong is said in a sentence', (field, value, sentence) => {
  expect(said(field, value)).toBe(sentence);
});
