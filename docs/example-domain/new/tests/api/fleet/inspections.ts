import { randomUUID } from 'node:crypto';
import { db } from '../../world/database.ts';

/** An open inspection of a vehicle. */
export const anInspection = (vehicleId: string | null, dueInSeconds = 3_600) =>
  db.inspection.create({
    data: { id: randomUUID(), vehicleId: vehicleId!, dueAt: new Date(Date.now() + dueInSeconds * 1_000) },
  });
