import type { z } from 'zod';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { FieldIssue } from '../../workflows/domain/refusals.ts';
import type { Services } from '../services.ts';
import { subjects } from '../subjects.ts';
import { fieldOf, resourceOf } from './scope.ts';
import type { Caller, Subject, Visible } from './scope.ts';
import { isShortId, noteOf } from './shapes.ts';
import type { FieldNotes } from './shapes.ts';

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
export const loadVisible = async (services: Services, visible: Visible, subject: Subject, id: string) => {
  const record = await subjects[subject].load(services, { ...whereId(id), AND: visible[subject] });
  if (record) return record;
  return refuseMissing(services, subject, id);
};

/** Says why a record could not be read: it is not there, or not the caller's. */
const refuseMissing = async (services: Services, subject: Subject, id: string): Promise<never> => {
  const resource = resourceOf(subject);
  const exists = await subjects[subject].load(services, whereId(id));
  if (!exists) throw refusal('NOT_FOUND', { resource });
  const { outside = 'SCOPE_FORBIDDEN' } = subjects[subject];
  throw refusal(outside as 'SCOPE_FORBIDDEN', { resource });
};

/** Whoever has no such record finds none. */
const ownId = (caller: Caller | null, { me, subject }: IdField['note']): string => {
  const id = caller && me?.(caller);
  if (!id) throw refusal('NOT_FOUND', { resource: resourceOf(subject) });
  return id;
};

/** Loads every record that the inputs name, puts its UUID where a short id stood, and returns them by the name of their subject. */
export const loadRecords = async (
  services: Services,
  { caller, visible }: { caller: Caller | null; visible: Visible },
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
      const id = note.me && part[name] === 'me' ? ownId(caller, note) : String(part[name]);
      const record = await loadVisible(services, visible, note.subject, id);
      records[fieldOf(note.subject)] = record;
      part[name] = record.id;
    } catch (error) {
      if (!note.unknownIsInvalid || (error as { type?: string }).type !== 'NOT_FOUND') throw error;
      invalid.push({ field: name, issue: 'unknown', message: `${name} is unknown` });
    }
  }
  if (invalid.length > 0) throw refusal('VALIDATION_ERROR', invalid);
  return records;
};
