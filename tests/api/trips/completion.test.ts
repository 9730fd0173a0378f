import { expect, test } from '@jest/globals';
import { db } from '../../world/database.ts';
import { aPhone, hubPoint } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { act, anArrivedTrip, aStartedTrip, eventOf, tripOf } from './rides.ts';
import { aDay } from '../shifts/shifts.ts';

const code = '0042';

test('what the driver paid on the way is added, what only we compute is not taken from them', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { passengerPhone: aPhone() });
  const ignored = { night: 900, airportEntry: 900, waiting: 900.123, extraKms: 3.333 };
  const extraCharges = { toll: 85, parking: 40.5, stateTax: 100, ...ignored };

  const answer = await act(driver, trip, 'complete', { ...hubPoint, distance: 21.5, fare: 1_500_000, extraCharges });

  const { fareBreakdown, price, actualDistanceKm } = answer.body.data;
  expect(fareBreakdown.extras).toMatchObject({ toll: 85, parking: 40.5, stateTax: 100, airportEntry: 0, waiting: 0 });
  expect(fareBreakdown.extraTotal).toBe(225.5 + fareBreakdown.extras.night);
  expect([price, actualDistanceKm]).toEqual([600 + fareBreakdown.extraTotal, 21.5]);
  expect(await tripOf(trip.id)).toMatchObject({
    status: 'COMPLETED',
    pricePaise: price * 100,
    quotedFarePaise: 60_000,
  });
  expect(Number(await smsWith(trip.passengerPhone!, /Total Rs ([\d.]+)\.$/))).toBe(price);
  expect(fareBreakdown).toMatchObject({ appliedFare: 600, fareReview: true });
  expect(await eventOf(trip, 'complete')).toMatchObject({ flags: ['boardingSkipped'], extraKms: 3.333 });
});

test.each(['toll', 'parking', 'stateTax', 'waiting'])('a driver cannot charge any sum as %s', async (charge) => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver);

  for (const amount of [-1, 20_001]) {
    const answer = await act(driver, trip, 'complete', { ...hubPoint, extraCharges: { [charge]: amount } });
    expectRefused(answer, 400, 'VALIDATION_ERROR');
  }

  expect(await tripOf(trip.id)).toMatchObject({ status: 'STARTED' });
});

test('a completed trip frees its driver and closes their assignment', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver);

  await act(driver, trip, 'complete', {});

  expect(await db.tripAssignment.findMany({ where: { tripId: trip.id } })).toMatchObject([{ status: 'COMPLETED' }]);
  expect(await db.driver.findUnique({ where: { id: driver.id } })).toMatchObject({ isAvailable: true });
});

test('a trip with a boarding code ends only with its passenger on board', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });

  const answer = await act(driver, trip, 'complete');

  expectRefused(answer, 400, 'TRIP_STATE_INVALID');
  expect(answer.body.error.details).toMatchObject({ phase: 'ARRIVED' });
});

test.each([[[{ toll: 100 }]], ['toll'], [100]])(
  'extra charges that are no object (%j) do not get lost',
  async (sent) => {
    const { fleet, driver } = await aDay();
    const trip = await aStartedTrip(fleet, driver);

    const answer = await act(driver, trip, 'complete', { ...hubPoint, extraCharges: sent });

    expectInvalid(answer, 'extraCharges');
    expect(answer.body.message).toBe('extraCharges must be an object');

    expect(await tripOf(trip.id)).toMatchObject({ status: 'STARTED' });
  },
);
