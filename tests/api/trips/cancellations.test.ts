import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { until } from '../../world/until.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { assignmentsOf, aStartedTrip, inboxOf, isAvailable, tripOf } from './rides.ts';

const cancel = (tripId: string, by: Sent) =>
  post('/admin/trips/cancel', { tripId, reason: 'Flight was cancelled' }, by);

test('a cancelled trip frees its driver, tells its passenger, and costs nothing', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const passengerPhone = aPhone();
  const { id } = await aStartedTrip(fleet, driver, { passengerPhone });

  const answer = await cancel(id, fleet.operations);

  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: {
        trip: {
          ...{ status: 'CANCELLED', phase: null, cancelReason: 'Flight was cancelled', cancelledBy: 'ADMIN' },
          fareBreakdown: { quotedFare: 600, total: 0 },
        },
      },
    },
  });
  expect(await tripOf(id)).toMatchObject({ status: 'CANCELLED', cancelledAt: expect.any(Date) });
  expect(await assignmentsOf(id)).toMatchObject([{ status: 'CANCELLED', unassignedAt: expect.any(Date) }]);
  expect(await isAvailable(driver)).toBe(true);
  expect(await inboxOf(driver)).toEqual(['trip:assigned', 'trip:cancelled']);
  await smsWith(passengerPhone, /^(Trip) .* was cancelled/);
});

test('a cancellation needs its reason', async () => {
  const fleet = await aFleet();
  const { id } = await aTrip(fleet);

  expectInvalid(await post('/admin/trips/cancel', { tripId: id }, fleet.manager), 'reason');

  expect(await tripOf(id)).toMatchObject({ status: 'CREATED' });
});

test('a lost answer to a cancellation is given again, though the trip is over', async () => {
  const fleet = await aFleet();
  const { id } = await aTrip(fleet);
  const sent = { ...fleet.manager, key: randomUUID() };

  const answers = [await cancel(id, sent), await cancel(id, sent)];
  await until(async () => (await tripOf(id)).status === 'CANCELLED');

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expectRefused(await cancel(id, fleet.manager), 400, 'TRIP_STATE_INVALID');
  expect(await db.tripEvent.count({ where: { tripId: id, type: 'cancel' } })).toBe(1);
});
