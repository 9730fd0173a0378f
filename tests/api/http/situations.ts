import { expect } from '@jest/globals';
import { depositPaid } from '../../../workflows/domain/money/deposit-journals.ts';
import { monthOf, previousMonth } from '../../../workflows/domain/money/ledger.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { get, post } from '../../world/api.ts';
import { posted } from '../../world/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, aUser, aVehicle, hubPoint } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { logIn } from '../people/logins.ts';
import { anApprovedShift, aPendingShift, aShiftOnBreak } from '../shifts/shifts.ts';

/** What the lines of the documentation call their ids, tokens and moments. */
type Variables = Record<string, string>;

interface Scene {
  fleet: Awaited<ReturnType<typeof aFleet>>;
  driver: Awaited<ReturnType<typeof aDriver>>;
}

const aHealthyApi = async (): Promise<Variables> => {
  await until(async () => (await get('/health')).status === 200, 'a healthy API');
  return {};
};

const aCode = async ({ driver }: Scene): Promise<Variables> => {
  await post('/auth/send-otp', { phone: driver.phone });
  return { OTP: await smsWith(driver.phone, /^(\d{6}) is your/) };
};

const aRefreshToken = async ({ driver }: Scene): Promise<Variables> => ({
  REFRESH_TOKEN: (await logIn(driver.phone)).body.data.refreshToken,
});

const aFreePair = async ({ fleet }: Scene): Promise<Variables> => ({
  DRIVER_ID: (await aDriver(fleet, { vehicle: false })).id,
  VEHICLE_ID: (await aVehicle(fleet.id, fleet.hubId)).id,
});

const aShift = async ({ driver }: Scene): Promise<Variables> => ({ SHIFT_ID: await aPendingShift(driver) });

const aRunningShift = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  SHIFT_ID: await anApprovedShift(fleet, driver),
});

const aBreak = async ({ fleet, driver }: Scene): Promise<Variables> => {
  const [SHIFT_ID] = await aShiftOnBreak(fleet, driver);
  return { SHIFT_ID };
};

const aBookedTrip = async ({ fleet }: Scene): Promise<Variables> => ({ TRIP_ID: (await aTrip(fleet)).id });

const boardingCode = '4711';

/** A trip that the driver has, and with which he has done this much. */
const aTripAfter =
  (...steps: ('start' | 'arrived' | 'onboard' | 'location')[]) =>
  async ({ fleet, driver, pickupInMinutes = 10 }: Scene & { pickupInMinutes?: number }): Promise<Variables> => {
    const { id } = await aTrip(fleet, { code: boardingCode, pickupInMinutes });
    const assigned = await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);
    expect(assigned.status).toBe(201);
    for (const step of steps)
      expect((await post(`/trips/${id}/${step}`, { ...hubPoint, otp: boardingCode }, driver)).status).toBe(200);
    return { TRIP_ID: id, BOARDING_CODE: boardingCode };
  };

const aTripAndAnotherDriver = async (scene: Scene): Promise<Variables> => ({
  ...(await aTripAfter()(scene)),
  DRIVER_ID: (await aDriver(scene.fleet)).id,
});

const aPaidDeposit = async ({ fleet, driver }: Scene): Promise<Variables> => {
  const of = { driverId: driver.id, fleetId: fleet.id, occurredAt: new Date().toISOString() };
  const { journalId } = await posted(depositPaid({ ...of, txnid: `TXN-${driver.id}`, amount: rupees(500) }));
  return { ID: journalId };
};

const aDepositAccount = async (scene: Scene): Promise<Variables> => {
  await aPaidDeposit(scene);
  const account = await db.ledgerAccount.findFirstOrThrow({ where: { code: 2010, ownerId: scene.driver.id } });
  return { ID: String(account.id) };
};

const aJournalBySomebodyElse = async (): Promise<Variables> => {
  const entries = [
    { code: 5020, side: 'D', amount: 12.5 },
    { code: 1010, side: 'C', amount: 12.5 },
  ];
  const author = await aUser('SUPER_ADMIN', null);
  const written = await post('/payments/admin/ledger/journals', { reason: 'Bank charge', entries }, author);
  return { ID: written.body.data.id };
};

const aMonthThatIsOver = () => Promise.resolve({ MONTH: previousMonth(monthOf(istDay(Date.now()))) });

/** What must have happened before the line of an endpoint succeeds, beyond a fleet with a driver on a vehicle. */
const before: Record<string, (scene: Scene) => Promise<Variables>> = {
  'GET /health': aHealthyApi,
  'GET /health/ready': aHealthyApi,
  'POST /auth/verify-otp': aCode,
  'POST /auth/refresh': aRefreshToken,
  'POST /auth/logout': aRefreshToken,
  'POST /assignments': aFreePair,
  'GET /assignments/trip/:tripId': aTripAfter(),
  'POST /attendance/check-out': aRunningShift,
  'POST /attendance/start-break': aRunningShift,
  'POST /attendance/end-break': aBreak,
  'GET /attendance/history': aRunningShift,
  'GET /attendance/:id': aBreak,
  'POST /attendance/:id/approve': aShift,
  'POST /attendance/:id/reject': aShift,
  'POST /attendance/:id/nudge': aShift,
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
  'POST /admin/trips/reassign': aTripAndAnotherDriver,
  'POST /admin/trips/unassign': aTripAfter(),
  'POST /admin/trips/cancel': aBookedTrip,
  'GET /payments/admin/ledger/accounts': aPaidDeposit,
  'GET /payments/admin/ledger/accounts/:id/entries': aDepositAccount,
  'GET /payments/admin/ledger/journals/:id': aPaidDeposit,
  'GET /payments/admin/ledger/trial-balance': aPaidDeposit,
  'POST /payments/admin/ledger/journals/:id/approve': aJournalBySomebodyElse,
  'POST /payments/admin/ledger/months/:month/close': aMonthThatIsOver,
};

/** A fleet in which the line of this endpoint succeeds, as the variables of the line; without an endpoint, before anything happened. */
export const situationFor = async (name = ''): Promise<Variables> => {
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
    PICKUP_TIME: new Date(Date.now() + 1_200_000).toISOString(),
    ...(await before[name]?.({ fleet, driver })),
  };
};
