import { refusal } from '../refusals.ts';
import { instant, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export type InspectionStatus = 'ORDERED' | 'PASSED' | 'MISSED';

/** What the process knows of an inspection. */
export interface InspectionFacts {
  inspectionId: string;
  shortId: string;
  status: InspectionStatus;
  dueAt: Instant;
}

export const inspectionFacts = (row: {
  id: string;
  shortId: string;
  status: InspectionStatus;
  dueAt: Date;
}): InspectionFacts => ({
  inspectionId: row.id,
  shortId: row.shortId,
  status: row.status,
  dueAt: instant(row.dueAt.getTime()),
});

/** A vehicle passes once, and until the inspection is due. Throws INSPECTION_OVER. */
export const requirePassable = ({ status, dueAt }: Pick<InspectionFacts, 'status' | 'dueAt'>, nowMs: number): void => {
  if (status !== 'ORDERED' || nowMs >= ms(dueAt)) throw refusal('INSPECTION_OVER', { status, dueAt });
};
