import { randomUUID } from 'node:crypto';
import { db } from '../../world/database.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';
import { anApprovedShift, aPendingShift, aShiftOnBreak } from './shifts.ts';

export const shiftsInputs: InputsByRoute = {
  'POST /attendance/check-in': () => ({ lat: 28.6, lng: 77.2 }),
};

const aShift = async ({ driver }: Scene): Promise<Variables> => ({ SHIFT_ID: await aPendingShift(driver) });

const aRunningShift = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  SHIFT_ID: await anApprovedShift(fleet, driver),
});

const aBreak = async ({ fleet, driver }: Scene): Promise<Variables> => {
  const [SHIFT_ID] = await aShiftOnBreak(fleet, driver);
  return { SHIFT_ID };
};

export const shiftsScenes: ScenesByRoute = {
  'POST /attendance/check-out': aRunningShift,
  'POST /attendance/start-break': aRunningShift,
  'POST /attendance/end-break': aBreak,
  'GET /attendance/history': aRunningShift,
  'GET /attendance/:id': aBreak,
  'POST /attendance/:id/approve': aShift,
  'POST /attendance/:id/reject': aShift,
  'POST /attendance/:id/nudge': aShift,
};

export const shiftsRecords = async ({ fleet, driver }: Cast) => {
  // With its vehicle, or the schedule would give it one while a test looks whether anything has changed.
  const at = { driverId: driver.id, vehicleId: driver.vehicleId, fleetId: fleet.id, hubId: fleet.hubId };
  const times = { checkInTime: new Date(), begunAt: new Date() };
  return { shift: await db.attendance.create({ data: { id: randomUUID(), ...at, ...times, source: 'DRIVER' } }) };
};

export const shiftsState = async (ofFleet: OfFleet) => ({
  shifts: await db.attendance.findMany({
    ...ofFleet,
    omit: { updatedAt: true, begunAt: true },
    include: { breaks: true },
  }),
});
