import { beforeAll, expect, test } from '@jest/globals';
import { dayMs, hourMs } from '../../../workflows/domain/time.ts';
import { rentalFault } from '../../../workflows/domain/money/rental-standing.ts';
import { get, patch } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet, aTrip } from '../../world/factories.ts';
import { aPaying } from '../../world/money/penalties.ts';
import { aRenter, letPass } from '../../world/money/rentals.ts';
import { expectRefused } from '../http/refused.ts';
import { checkIn } from '../shifts/shifts.ts';
import { assign } from '../trips/rides.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const settings = (fleet: Fleet, body: object) => patch(`/fleets/${fleet.id}/settings`, body, fleet.fleetAdmin);

let warning: Fleet;
let blocking: Fleet;
beforeAll(async () => {
  [warning, blocking] = [await aFleet(), await aFleet()];
  await settings(blocking, { rentalEnforcement: 'BLOCK', rentalGraceHours: 2 });
});

const nowMs = Date.now();
const at = (hours: number) => new Date(nowMs + hours * hourMs);
const terms = { paymentModel: 'RENTAL', rentalEnforcement: 'BLOCK', rentalGraceHours: 2 } as const;

test.each([
  [{ ...terms, rentedUntil: at(1) }, null],
  [{ ...terms, rentedUntil: at(-1.9) }, null],
  [{ ...terms, rentedUntil: at(-2) }, 'RENTAL_EXPIRED'],
  [{ ...terms, rentedUntil: null }, 'RENTAL_REQUIRED'],
  [{ ...terms, rentalEnforcement: 'NONE' as const, rentedUntil: null }, null],
  [{ ...terms, paymentModel: 'PAYOUT' as const, rentedUntil: null }, null],
  [{ ...terms, paymentModel: null, rentedUntil: null }, null],
])('%j: %s', (of, fault) => {
  expect(rentalFault(of, nowMs)).toBe(fault);
});

test('a fleet that warns lets the driver work, and says so', async () => {
  const unpaid = await aPaying(warning);
  const { driver: paid } = await aRenter(warning);

  expect((await checkIn(unpaid)).body).toMatchObject({ statusCode: 201, data: { warnings: ['RENTAL_REQUIRED'] } });
  const { status, body } = await checkIn(paid);
  expect([status, body.data.warnings]).toEqual([201, undefined]);
});

test('a fleet that insists lets nobody check in or drive whose rent is not paid', async () => {
  const unpaid = await aPaying(blocking);
  const { driver } = await aRenter(blocking);
  expect((await checkIn(driver)).status).toBe(201);
  const trip = await aTrip(blocking);

  expectRefused(await checkIn(unpaid), 422, 'RENTAL_REQUIRED');
  expect(await db.attendance.count({ where: { driverId: unpaid.id } })).toBe(0);
  expectRefused(await assign(trip.id, unpaid, blocking.manager), 409, 'DRIVER_NOT_ELIGIBLE');

  await letPass(driver.id, 14 * dayMs + hourMs);
  expect((await assign(trip.id, driver, blocking.manager)).status).toBe(201);
  await letPass(driver.id, hourMs);
  const next = await aTrip(blocking, { pickupInMinutes: 600 });
  const refused = await assign(next.id, driver, blocking.manager);
  expectRefused(refused, 409, 'DRIVER_NOT_ELIGIBLE');
  expect(refused.body.error.details).toEqual({ reason: 'RENTAL_EXPIRED' });
});

test('who may see a driver sees what they rent; a driver sees only their own', async () => {
  const { driver, rentalId } = await aRenter(warning);
  const stranger = await aPaying(warning);

  for (const by of [driver, warning.operations, warning.manager]) {
    const active = await get(`/drivers/${driver.id}/active-plan`, by);
    expect(active.body.data).toMatchObject({ id: rentalId, daysRemaining: 14, vehicle: { id: driver.vehicleId } });
    expect((await get(`/drivers/${driver.id}/plan-history`, by)).body.data).toMatchObject([{ id: rentalId }]);
  }
  expectRefused(await get(`/drivers/${driver.id}/active-plan`, stranger), 403, 'SCOPE_FORBIDDEN');
  expect((await get(`/drivers/${stranger.id}/active-plan`, stranger)).body.data).toBeNull();
});
