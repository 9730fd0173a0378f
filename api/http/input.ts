import { z } from 'zod';
import type { FieldIssue } from '../../workflows/domain/refusals.ts';
import { demand } from './demands.ts';
import type { Caller } from './scope.ts';
import { noteOf } from './shapes.ts';

const depthMax = 12;

type Part = Record<string, unknown>;

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((inner, key) => (isPart(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value);

/** Text that PostgreSQL or a client could not take back: a null byte, half a surrogate pair; and nesting without end. */
const unusable = (value: unknown, path: string[]): FieldIssue[] => {
  const field = path.join('.');
  if (path.length > depthMax) return [{ field, issue: 'too_deep', message: `${field} is nested too deeply` }];
  if (typeof value === 'string') {
    if (!value.includes('\0') && value.isWellFormed()) return [];
    return [{ field, issue: 'invalid_text', message: `${field} contains characters that cannot be stored` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => unusable(inner, [...path, key]));
};

/** Marks of no width and of direction, which nobody sees and searches stumble over. */
const unseen = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
/** What shows nothing by itself: other format marks, spaces, fillers, and marks that stand on no letter. */
const blank = /^[\p{Cf}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]*$/u;

/** One form for one text: NFC, trimmed, without unseen marks; a text of nothing visible was not sent. Conventions section 9. */
const tidy = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const text = value.normalize('NFC').replace(unseen, '').trim();
  return blank.test(text) ? undefined : text;
};

/** Null clears a field that can be cleared; anywhere else it is a field that was not sent. */
const takesNull = (shape: z.ZodType): boolean =>
  shape instanceof z.ZodNullable ||
  ((shape instanceof z.ZodOptional || shape instanceof z.ZodDefault) && takesNull(shape.unwrap() as z.ZodType));

interface Taken {
  /** The fields of a shape under their own names. */
  part: Part;
  /** Under which name the client sent each of them, or should send it; issues name it so. */
  sentAs: Record<string, string>;
}

/** Takes the fields of a shape from whatever alias the client used. */
const named = (shape: z.ZodObject, raw: Part): Taken => {
  const part: Part = {};
  const sentAs: Record<string, string> = {};
  for (const [name, field] of Object.entries(shape.shape)) {
    const { aliases = [], called = name } = noteOf(field as z.ZodType) ?? {};
    const names = aliases.includes(name) ? aliases : [name, ...aliases];
    sentAs[name] = called;
    for (const candidate of names) {
      const value = tidy(at(raw, candidate));
      if (value === undefined || (value === null && !takesNull(field as z.ZodType))) continue;
      part[name] = value;
      sentAs[name] = candidate;
      break;
    }
  }
  return { part, sentAs };
};

const renamed = (part: unknown, names: Record<string, string>): unknown =>
  isPart(part) ? Object.fromEntries(Object.entries(part).map(([name, value]) => [names[name] ?? name, value])) : part;

const required = (field: string): FieldIssue => ({ field, issue: 'required', message: `${field} is required` });

const issuesOf = (error: z.ZodError, sentAs: Record<string, string>): FieldIssue[] =>
  error.issues.map(({ input, path: [name, ...inner], code, message }) => {
    const field = name === undefined ? 'body' : [sentAs[String(name)] ?? name, ...inner].join('.');
    return input === undefined ? required(field) : { field, issue: code, message: `${field} ${message}` };
  });

export type Parsed<T> = { value: T; issues: [] } | { value: null; issues: FieldIssue[] };

/** Reads one part of a request through its shape: aliases, trimming, then every issue at once. Unknown fields fall away. */
export const read = <T>(shape: z.ZodType<T> | undefined, raw: unknown, caller: Caller | null = null): Parsed<T> => {
  if (!shape) return { value: undefined as T, issues: [] };
  if (raw !== undefined && !isPart(raw)) {
    return { value: null, issues: [{ field: 'body', issue: 'invalid_type', message: 'body must be an object' }] };
  }
  const taken = shape instanceof z.ZodObject ? named(shape, raw ?? {}) : { part: raw, sentAs: {} as Taken['sentAs'] };
  const { part, sentAs } = taken;
  const unread = unusable(renamed(part, sentAs), []);
  if (unread.length > 0) return { value: null, issues: unread };
  const parsed = shape.safeParse(part, { reportInput: true, error: demand });
  const missing = isPart(part) ? (noteOf(shape)?.missing?.(part, caller) ?? []) : [];
  const issues = [
    ...(parsed.success ? [] : issuesOf(parsed.error, sentAs)),
    ...missing.map((name) => required(sentAs[name] ?? name)),
  ];
  return parsed.success && issues.length === 0 ? { value: parsed.data, issues: [] } : { value: null, issues };
};
