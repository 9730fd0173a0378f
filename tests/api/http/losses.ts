import { db } from '../../world/database.ts';
import { until } from '../../world/until.ts';
import { tripOf } from '../trips/rides.ts';
import { shiftOf } from '../shifts/shifts.ts';

// What becomes of the work of a driver who may not drive any more.

export const linksOf = ({ id }: { id: string }) => db.assignment.findMany({ where: { driverId: id } });

export const backInDispatch = (tripId: string) =>
  until(async () => (await tripOf(tripId)).status === 'CREATED', 'the trip to go back to dispatch');

/** The shift, once it is flagged. */
export const flagged = (shiftId: string) =>
  until(async () => {
    const shift = await shiftOf(shiftId);
    return shift.flags.includes('DRIVER_DEACTIVATED') && shift;
  }, 'the flag of the shift');

export const liveCodes = ({ phone }: { phone: string }) =>
  db.otpChallenge.count({ where: { phone, consumedAt: null, supersededAt: null } });
