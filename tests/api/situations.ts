import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip, aVehicle, hubPoint } from '../world/factories.ts';
import { smsWith } from '../world/sms.ts';
import { world } from '../world/world.ts';
import { logIn } from './logins.ts';
import { anApprovedShift, aPendingShift, aShiftOnBreak } from './shifts.ts';

/** What the lines of the documentation call their ids, tokens and moments. */
type Variables = Record<string, string>;

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

const boardingCode = '4711';

const aBookedTrip = async ({ fleet }: Scene): Promise<Variables> => ({ TRIP_ID: (await aTrip(fleet)).id });

/** A trip that the driver has, and with which he has done this much. */
const aTripAfter =
  (...steps: ('start' | 'arrived' | 'onboard' | 'location')[]) =>
  async ({ fleet, driver, pickupInMinutes = 10 }: Scene & { pickupInMinutes?: number }): Promise<Variables> => {
    const { id } = await aTrip(fleet, { code: boardingCode, pickupInMinutes });
    await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);
    for (const step of steps) await post(`/trips/${id}/${step}`, { ...hubPoint, otp: boardingCode }, driver);
    return { TRIP_ID: id, BOARDING_CODE: boardingCode };
  };

interface Scene {
  fleet: Fleet;
  driver: Driver;
}

const aRefreshToken = async ({ driver }: Scene): Promise<Variables> => ({
  REFRESH_TOKEN: (await logIn(driver.phone)).body.data.refreshToken,
});

/** What must have happened before the line of an endpoint succeeds, beyond a fleet with a driver on a vehicle. */
const before: Record<string, (scene: Scene) => Promise<Variables>> = {
  'POST /auth/verify-otp': async ({ driver }) => {
    await post('/auth/send-otp', { phone: driver.phone });
    return { OTP: await smsWith(driver.phone, /^(\d{6}) is your/) };
  },
  'POST /auth/refresh': aRefreshToken,
  'POST /auth/logout': aRefreshToken,

  'POST /assignments': async ({ fleet }) => ({
    DRIVER_ID: (await aDriver(fleet, { vehicle: false })).id,
    VEHICLE_ID: (await aVehicle(fleet.id, fleet.hubId)).id,
  }),
  'GET /assignments/trip/:tripId': aTripAfter(),

  'POST /attendance/check-out': async ({ fleet, driver }) => ({ SHIFT_ID: await anApprovedShift(fleet, driver) }),
  'POST /attendance/start-break': async ({ fleet, driver }) => ({ SHIFT_ID: await anApprovedShift(fleet, driver) }),
  'POST /attendance/end-break': async ({ fleet, driver }) => ({ SHIFT_ID: (await aShiftOnBreak(fleet, driver))[0] }),
  'GET /attendance/history': async ({ fleet, driver }) => ({ SHIFT_ID: await anApprovedShift(fleet, driver) }),
  'GET /attendance/:id': async ({ fleet, driver }) => ({ SHIFT_ID: (await aShiftOnBreak(fleet, driver))[0] }),
  'POST /attendance/:id/approve': async ({ driver }) => ({ SHIFT_ID: await aPendingShift(driver) }),
  'POST /attendance/:id/reject': async ({ driver }) => ({ SHIFT_ID: await aPendingShift(driver) }),
  'POST /attendance/:id/nudge': async ({ driver }) => ({ SHIFT_ID: await aPendingShift(driver) }),

  'GET /trips': aTripAfter(),
  'GET /trips/:id': aTripAfter('start'),
  'POST /trips/:id/assign': aBookedTrip,
  'POST /trips/:id/start': aTripAfter(),
  'POST /trips/:id/arrived': aTripAfter('start'),
  'POST /trips/:id/onboard': aTripAfter('start', 'arrived'),
  'POST /trips/:id/noshow': (scene) => aTripAfter('start')({ ...scene, pickupInMinutes: -31 }),
  'POST /trips/:id/complete': aTripAfter('start', 'arrived', 'onboard'),
  'POST /trips/:id/location': aTripAfter('start'),
  'GET /trips/:id/tracking': aTripAfter('start', 'location'),
  'POST /trips/:id/nudge': aBookedTrip,

  'GET /admin/trips': aBookedTrip,
  'POST /admin/trips/assign': aBookedTrip,
  'POST /admin/trips/reassign': async (scene) => ({
    ...(await aTripAfter()(scene)),
    DRIVER_ID: (await aDriver(scene.fleet)).id,
  }),
  'POST /admin/trips/unassign': aTripAfter(),
  'POST /admin/trips/cancel': aBookedTrip,
};

/** A fleet in which the line of this endpoint succeeds, as the variables of the line. */
export const situationFor = async (name: string): Promise<Variables> => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const assignment = await db.assignment.findFirstOrThrow({ where: { driverId: driver.id } });
  return {
    API: world.api,
    TOKEN: fleet.fleetAdmin.token,
    DRIVER_TOKEN: driver.token,
    ADMIN_TOKEN: fleet.superAdmin.token,
    PHONE: driver.phone,
    FLEET_ID: fleet.id,
    HUB_ID: fleet.hubId,
    USER_ID: fleet.operations.id,
    VEHICLE_ID: assignment.vehicleId,
    DRIVER_ID: driver.id,
    ASSIGNMENT_ID: assignment.id,
    IN_AN_HOUR: new Date(Date.now() + 3_600_000).toISOString(),
    ...(await before[name]?.({ fleet, driver })),
  };
};
