import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { inspectionFacts, requirePassable } from '../../workflows/domain/fleet/inspections.ts';
import type { InspectionFacts } from '../../workflows/domain/fleet/inspections.ts';

const facts = async (tx: Tx, id: string): Promise<InspectionFacts> =>
  inspectionFacts(await tx.inspection.findUniqueOrThrow({ where: { id } }));

/** Each changes the row only while it is open, so that it has one effect however often it runs. */
export const inspectionActivities = ({ db }: { db: Db }) => ({
  /** Throws INSPECTION_OVER when the inspection was missed meanwhile. */
  recordPassed: ({ inspectionId: id, by }: { inspectionId: string; by: Actor }): Promise<InspectionFacts> =>
    db.$transaction(async (tx) => {
      const { count } = await tx.inspection.updateMany({
        where: { id, status: 'ORDERED' },
        data: { status: 'PASSED' },
      });
      if (count === 1) await audit(tx, by, { action: 'inspection.passed', subject: 'inspection', subjectId: id });
      const inspection = await facts(tx, id);
      if (inspection.status !== 'PASSED') requirePassable(inspection, Date.now());
      return inspection;
    }),

  async recordMissed(id: string): Promise<InspectionFacts> {
    await db.inspection.updateMany({ where: { id, status: 'ORDERED' }, data: { status: 'MISSED' } });
    return facts(db, id);
  },
});

export type InspectionActivities = ReturnType<typeof inspectionActivities>;
