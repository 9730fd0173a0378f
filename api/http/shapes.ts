import { z } from 'zod';
import type { Role } from '../../prisma/generated/enums.ts';
import { paise, paiseFrom } from '../../workflows/domain/money.ts';
import { istDay } from '../../workflows/domain/time.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { fieldOf } from './scope.ts';
import type { Caller, Subject } from './scope.ts';

declare const subjectBrand: unique symbol;

/** The UUID of a record that the kernel found in the caller's scope. */
export type Id<S extends Subject> = string & { readonly [subjectBrand]: S };

/** The fields that a body lacks, given those that were sent and who sent them. */
export type Missing = (sent: Readonly<Record<string, unknown>>, caller: Caller | null) => string[];

export interface FieldNotes {
  /** The id names a record of this subject; the kernel loads it in scope. */
  subject?: Subject;
  /** An unknown record is a fault of the field (400) instead of a missing resource (404). */
  unknownIsInvalid?: boolean;
  /** The word `none` is a value too: records without one. */
  orNone?: boolean;
  /** The word `me` is an id too: of the caller's own record, which this finds. */
  me?: (caller: Caller) => string | null;
  /** Whether what was sent does not count, given the other fields and the records loaded before; then it is dropped. */
  ignored?: (sent: Readonly<Record<string, unknown>>, records: { user?: { role: Role } }) => boolean;
  /** The handler's own query does the scoping; the kernel only checks the form. */
  unloaded?: boolean;
  /** Other names under which clients send the field, dotted for nested ones, in order of precedence; its own comes first unless it is listed. */
  aliases?: string[];
  /** Under which of them clients should send it, when that is not its own name; issues call it so. */
  called?: string;
  /** Only a whole body has it. */
  missing?: Missing;
}

/** What the kernel knows of a field beyond its shape. */
export const notes = z.registry<FieldNotes>();

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const shortId = '[A-Z]{3}[0-9]{11,}';
const idPattern = new RegExp(`^(?:${uuid}|${shortId})$`);
const idOrNonePattern = new RegExp(`^(?:${uuid}|${shortId}|none)$`);
const idOrMePattern = new RegExp(`^(?:${uuid}|${shortId}|me)$`);

/** An id of something that the kernel does not load. */
export const AnyId = z.string().regex(idPattern, 'must be an id');

const uuidPattern = new RegExp(`^${uuid}$`);

export const isUuid = (id: string): boolean => uuidPattern.test(id);

export const isShortId = (id: string): boolean => /^[A-Z]/.test(id);

const patternOf = ({ orNone, me }: Pick<FieldNotes, 'orNone' | 'me'>): RegExp =>
  orNone ? idOrNonePattern : me ? idOrMePattern : idPattern;

/** An id of a subject, UUID or short id: whoever declares it gets the record, loaded in the caller's scope. */
export const idOf = <S extends Subject>(
  subject: S,
  how: Pick<FieldNotes, 'unknownIsInvalid' | 'ignored' | 'unloaded' | 'orNone' | 'me' | 'aliases'> = {},
): z.ZodType<Id<S>, string> => {
  const shape = z
    .string()
    .regex(patternOf(how), `must be the id of a ${fieldOf(subject)}`)
    .meta({ description: `Id or short id of a ${fieldOf(subject)}${how.me ? '; `me` for the own one' : ''}` });
  notes.add(shape, { subject, ...how });
  return shape as unknown as z.ZodType<Id<S>, string>;
};

const isWrapped = (shape: z.ZodType): shape is z.ZodOptional | z.ZodNullable | z.ZodDefault =>
  shape instanceof z.ZodOptional || shape instanceof z.ZodNullable || shape instanceof z.ZodDefault;

/** The description of a shape, also through `optional`, `nullable` and `default`. */
const descriptionOf = (shape: z.ZodType): string | undefined =>
  shape.meta()?.description ?? (isWrapped(shape) ? descriptionOf(shape.unwrap() as z.ZodType) : undefined);

/** Accepts a field under other names too; the first one that was sent counts. */
export const also = <T extends z.ZodType>(shape: T, ...aliases: string[]): T => {
  const described = [descriptionOf(shape), `Also: ${aliases.join(', ')}`].filter(Boolean);
  const copy = shape.meta({ ...shape.meta(), description: described.join('. ') });
  notes.add(copy, { ...noteOf(shape), aliases });
  return copy;
};

/** Says under which of its other names a field should be sent. */
export const called = <T extends z.ZodType>(name: string, shape: T): T => {
  notes.add(shape, { ...noteOf(shape), called: name });
  return shape;
};

/**
 * A body some of whose fields are required only with, or without, others, or of some callers: `rule` says so in the documentation,
 * and `missing` names them together with all else that is wrong.
 */
export const requiring = <T extends z.ZodObject>(shape: T, rule: string, missing: Missing): T => {
  const copy = shape.meta({ description: rule });
  notes.add(copy, { missing });
  return copy;
};

/** The note of a shape, also through `optional`, `nullable` and `default`. */
export const noteOf = (shape: z.ZodType): FieldNotes | undefined => {
  return notes.get(shape) ?? (isWrapped(shape) ? noteOf(shape.unwrap() as z.ZodType) : undefined);
};

/** The same fields, each of which null clears. Source: conventions section 9. */
export const clearable = <F extends Record<string, z.ZodType>>(fields: F) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.nullable()])) as {
    [K in keyof F]: z.ZodNullable<F[K]>;
  };

export const Text = (lengthMax: number) => z.string().min(1).max(lengthMax);

/** Ten digits, first 6 to 9, however it was typed. Source: conventions section 10. */
export const Phone = z
  .string()
  .max(30)
  .transform((typed) => typed.replace(/[\s\-.()]/g, '').replace(/^(?:\+91|91(?=\d{10}$)|0)/, ''))
  .pipe(z.string().regex(/^[6-9]\d{9}$/, 'must be an Indian mobile number of 10 digits'))
  .meta({
    description:
      'Indian mobile number: 10 digits, the first 6 to 9; +91, 91, 0, spaces, dashes, dots and brackets are dropped',
  });

export const upperMatching = (pattern: RegExp, message: string) =>
  z
    .string()
    .regex(/^[ -~]*$/, message)
    .transform((typed) => typed.toUpperCase())
    .pipe(z.string().regex(pattern, message))
    .meta({ description: `${message.charAt(0).toUpperCase()}${message.slice(1)}; case does not matter` });

export const Pan = upperMatching(/^[A-Z]{5}[0-9]{4}[A-Z]$/, 'must be 5 letters, 4 digits and a letter');

/** Clients send numbers as text here and there; an empty text is none. */
const Numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/, 'must be a number')
    .transform(Number),
]);

/** A number within limits, which the document shows too. */
const Between = (minimum: number, maximum: number, description: string) =>
  Numeric.pipe(z.number().min(minimum).max(maximum)).meta({ minimum, maximum, description });

export const Latitude = Between(-90, 90, 'Degrees, WGS84');
export const Longitude = Between(-180, 180, 'Degrees, WGS84');
export const Kilometres = Numeric.pipe(z.number().max(3000)).meta({ maximum: 3000, description: 'Kilometres' });
export const NumericText = Numeric;

const hasTwoDecimals = (value: number) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;

/** A share, with at most two decimals. */
export const Percent = Numeric.pipe(
  z.number().min(0).max(100).refine(hasTwoDecimals, 'must have at most two decimals'),
).meta({ minimum: 0, maximum: 100, description: 'Per cent, with at most two decimals' });

/** Rupees on the wire, whole paise inside; at most two decimals. */
export const RupeesIn = (rupeesMax: number) =>
  Numeric.pipe(
    z
      .number()
      .min(0)
      .max(rupeesMax)
      .refine(hasTwoDecimals, 'must have at most two decimals')
      .transform((amount): Paise => paise(Math.round(amount * 100))),
  ).meta({ minimum: 0, maximum: rupeesMax, description: 'Rupees, with at most two decimals' });

/** Rupees as a client writes them, whole paise inside; a number counts by its shortest text and is never multiplied. */
export const Amount = z
  .union([z.number(), z.string()])
  .transform((written) => paiseFrom(written))
  .refine((amount): amount is Paise => amount !== null, 'must be an amount in rupees with at most two decimals')
  .meta({ description: 'Rupees, with at most two decimals' });

/** An amount that the handler judges, so that what is missing is refused as what is no amount. */
export const AmountGiven = z
  .unknown()
  .optional()
  .meta({ type: ['number', 'string'], description: 'Rupees above zero, at most two decimals, as number or text' });

/** Paise inside, rupees on the wire. */
export const Rupees = z.codec(z.number(), z.number(), {
  decode: (amount) => Math.round(amount * 100),
  encode: (amount) => amount / 100,
});

/** An instant in an answer: UTC with milliseconds. */
export const Instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i;
const isoInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/i;

/** A year that a calendar of this business can hold, and that every layer can store. */
const isPlausible = (date: Date): boolean => date.getUTCFullYear() >= 1900 && date.getUTCFullYear() <= 2200;

/** A day of the calendar; without this the 30th of February would be the 2nd of March. */
const isDay = (text: string): boolean => z.iso.date().safeParse(text.slice(0, 10)).success;

/** ISO-8601; a time without an offset is meant in India. */
export const InstantIn = z
  .string()
  .regex(isoInstant, { error: 'must be an ISO-8601 date and time', abort: true })
  .refine(isDay, 'must be an existing date and time')
  .transform((text) => new Date(hasZone.test(text) ? text : `${text}+05:30`))
  .refine((date) => isPlausible(date), 'must be an existing date and time')
  .meta({ description: 'ISO-8601 date and time; without an offset it is meant in India (+05:30)' });

/** A calendar date, stored at UTC midnight; an instant means its day in India, as a browser there sends it. */
export const DateIn = z
  .union([z.iso.date({ abort: true }), InstantIn.transform((instant): string => istDay(instant.getTime()))])
  .transform((day) => new Date(`${day}T00:00:00.000Z`))
  .refine(isPlausible, 'must be an existing date')
  .meta({ description: 'Date YYYY-MM-DD; the time of a longer text is cut' });

/** A business day in a filter. */
export const DayIn = z.iso
  .date({ abort: true })
  .refine((day) => isPlausible(new Date(day)), 'must be an existing date')
  .meta({ description: 'Business day YYYY-MM-DD, midnight to midnight in India' });

/** Text to search for; what the database would read as a wildcard is meant as it stands. */
export const Search = z
  .string()
  .max(120)
  .transform((text) => text.replace(/[\\%_]/g, '\\$&'));

export const HttpsUrl = z
  .url({ protocol: /^https$/, abort: true })
  .regex(/^https:\/\/[^/]/i, 'must be a link that begins with https://')
  .max(2048)
  .meta({ description: 'Link that begins with https://' });

/** One of some upper-case words, however it was typed. */
export const Word = <const T extends readonly [string, ...string[]]>(words: T) =>
  z
    .string()
    .transform((typed) => typed.toUpperCase())
    .pipe(z.enum(words))
    .meta({ enum: [...words] });

/** A comma list of words in a query. */
export const Words = <const T extends readonly [string, ...string[]]>(words: T) =>
  z
    .string()
    .transform((typed) =>
      typed
        .split(',')
        .map((word) => word.trim().toUpperCase())
        .filter(Boolean),
    )
    .pipe(z.array(z.enum(words)).max(20))
    .meta({ description: `Comma list of ${words.join(', ')}` });

export interface Page {
  page: number;
  limit: number;
}

const pageMax = 1_000_000;

/** A number from 1 on that is moved into its range; what is no number was not sent. */
export const counted = (text: string | undefined, fallback: number, max: number) => {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? fallback : Math.min(Math.max(Math.trunc(value), 1), max);
};

/** `page` and `limit` are clamped, never refused. Without either a list is one page of up to 1000. Conventions section 8. */
export const pageOf = (query: { page?: string | undefined; limit?: string | undefined }, unpaged = 1000): Page =>
  query.page === undefined && query.limit === undefined
    ? { page: 1, limit: unpaged }
    : { page: counted(query.page, 1, pageMax), limit: counted(query.limit, Math.min(unpaged, 200), 200) };

export const skipTake = ({ page, limit }: Page) => ({ skip: (page - 1) * limit, take: limit });

const counter = (description: string, maximum?: number) =>
  z
    .string()
    .optional()
    .meta({ type: 'integer', minimum: 1, ...(maximum ? { maximum } : {}), description });

export const Paging = {
  page: counter('Page, from 1; a value out of range is moved into it'),
  limit: counter('Rows of a page; a value out of range is moved into it', 200),
};

/** A path id. */
export const ById = <S extends Subject>(subject: S) => z.object({ id: idOf(subject) });
