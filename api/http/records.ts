import type { z } from 'zod';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { FieldIssue } from '../../workflows/domain/refusals.ts';
import { loaders, outside, resources } from './scope.ts';
import type { Source, Subject, Visible, Wanted } from './scope.ts';
import { isShortId, noteOf } from './shapes.ts';
import type { FieldNotes } from './shapes.ts';

type Load = (source: Source, wanted: Wanted<object>) => Promise<{ id: string } | null>;

interface IdField {
  part: Record<string, unknown>;
  name: string;
  note: FieldNotes & { subject: Subject };
}

/** The id fields of a shape that this request filled. */
const idFields = (shape: z.ZodType | undefined, part: unknown): IdField[] => {
  const fields = (shape as z.ZodObject | undefined)?.shape ?? {};
  const values = (part ?? {}) as Record<string, unknown>;
  return Object.entries(fields).flatMap(([name, field]) => {
    const { subject, ...note } = noteOf(field as z.ZodType) ?? {};
    return subject && values[name] ? [{ part: values, name, note: { subject, ...note } }] : [];
  });
};

export const whereId = (id: string) => (isShortId(id) ? { shortId: id } : { id });

/**
 * The record of an id, if the caller may see it; else NOT_FOUND or SCOPE_FORBIDDEN. One query; the second one only decides which
 * refusal it is.
 */
export const loadVisible = async (source: Source, visible: Visible, subject: Subject, id: string) => {
  const load = loaders[subject] as Load;
  const record = await load(source, { ...whereId(id), AND: visible[subject] });
  if (record) return record;
  return refuseMissing(source, subject, id);
};

/** Says why a record could not be read: it is not there, or not the caller's. */
const refuseMissing = async (source: Source, subject: Subject, id: string): Promise<never> => {
  const resource = resources[subject] ?? subject;
  const exists = await (loaders[subject] as Load)(source, whereId(id));
  if (!exists) throw refusal('NOT_FOUND', { resource });
  const key = outside[subject] ?? 'SCOPE_FORBIDDEN';
  throw refusal(key as 'SCOPE_FORBIDDEN', { resource });
};

/** Loads every record that the inputs name, puts its UUID where a short id stood, and returns them by the name of their subject. */
export const loadRecords = async (
  source: Source,
  visible: Visible,
  parts: { shape: z.ZodType | undefined; value: unknown }[],
): Promise<Record<string, unknown>> => {
  const records: Record<string, unknown> = {};
  const invalid: FieldIssue[] = [];
  for (const { part, name, note } of parts.flatMap(({ shape, value }) => idFields(shape, value))) {
    if (note.ignored?.(part, records)) {
      part[name] = undefined;
      continue;
    }
    if (note.unloaded || (note.orNone && part[name] === 'none')) continue;
    try {
      const record = await loadVisible(source, visible, note.subject, String(part[name]));
      records[note.subject === 'drivenTrip' ? 'trip' : note.subject] = record;
      part[name] = record.id;
    } catch (error) {
      if (!note.unknownIsInvalid || (error as { type?: string }).type !== 'NOT_FOUND') throw error;
      invalid.push({ field: name, issue: 'unknown', message: `${name} is unknown` });
    }
  }
  if (invalid.length > 0) throw refusal('VALIDATION_ERROR', invalid);
  return records;
};
