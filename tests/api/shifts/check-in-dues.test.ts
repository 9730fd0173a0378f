import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chargebackWon, driverChargeback } from '../../../workflows/domain/money/journals/refunds.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { patch, post } from '../../world/api.ts';
import { posted } from '../../world/money/books.ts';
import { expectRefused } from '../http/refused.ts';
import { aDay, checkIn, shiftsOf } from './shifts.ts';

/** A driver who owes 300.00 and 450.00 in a fleet with a limit; the first of both can be taken back. */
const anIndebtedDay = async (duesBlockLimit: string | null) => {
  const day = await aDay();
  const of = { driverId: day.driver.id, fleetId: day.fleet.id, clearing: 1020 as const };
  const [first, second] = [300, 450].map((amount) =>
    driverChargeback({ ...of, caseId: randomUUID(), amount: rupees(amount), occurredAt: new Date().toISOString() }),
  );
  await posted(first!, second!);
  await patch(`/fleets/${day.fleet.id}/settings`, { duesBlockLimit }, day.fleet.fleetAdmin);
  return { ...day, first: first! };
};

test('who owes more than the fleet allows does not check in, also not through staff', async () => {
  const { fleet, driver, first } = await anIndebtedDay('749.99');

  const refused = await checkIn(driver);

  expectRefused(refused, 422, 'DUES_OUTSTANDING');
  expect(refused.body.error.details).toEqual({ dues: '750.00', limit: '749.99' });
  expectRefused(await post('/attendance/check-in', { driverId: driver.id }, fleet.manager), 422, 'DUES_OUTSTANDING');
  expect(await shiftsOf(driver)).toEqual([]);
  await posted(chargebackWon(first, { occurredAt: new Date().toISOString() }));
  expect((await checkIn(driver)).status).toBe(201);
});

test.each([[null], ['750.00']])('who owes 750.00 checks in where the limit is %s', async (limit) => {
  const { driver } = await anIndebtedDay(limit);

  expect((await checkIn(driver)).status).toBe(201);
});

test('with a limit of nothing any due blocks, and no due blocks nothing', async () => {
  const { driver } = await anIndebtedDay('0');
  const free = await aDay();
  await patch(`/fleets/${free.fleet.id}/settings`, { duesBlockLimit: 0 }, free.fleet.fleetAdmin);

  expectRefused(await checkIn(driver), 422, 'DUES_OUTSTANDING');
  expect((await checkIn(free.driver)).status).toBe(201);
});
