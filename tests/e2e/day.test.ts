import { expect, test } from '@jest/globals';
import { aFleet } from '../world/factories.ts';
import { balancesOf, faultsInBooks } from '../world/money/books.ts';
import {
  aDriverWithQr,
  beginShift,
  countCash,
  dayOf,
  endShift,
  inPaise,
  pay,
  reconcile,
  untilCredit,
  untilShiftEnds,
} from '../world/money/collections.ts';

test('a day ends with counted cash and a reconciled collection, and the shift with it', async () => {
  const fleet = await aFleet();
  const driver = await aDriverWithQr(fleet);
  const attendanceId = await beginShift(fleet, driver);

  const credit = await pay(driver.qr.gatewayId, 312.5, { serviceCharge: 1.77, gst: 0.32 });
  await untilCredit(credit.id, 'COLLECTED');
  await endShift(driver, 200);
  const day = await dayOf(driver.id);
  expect(day).toMatchObject({ status: 'CLOSED', qrPaise: 31_250n, cashPaise: 20_000n, totalPaise: 51_250n });

  const counted = await countCash(day.id, attendanceId, 200, fleet.operations);
  expect(counted.status).toBe(200);
  const { status, body } = await reconcile(day.id, fleet.manager, { expectedRevenue: 512.5 });
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ status: 'RECONCILED', variance: 0, revShareAmount: 358.75, netPayout: 358.75 });

  await untilShiftEnds(attendanceId);
  expect(await balancesOf(driver.id, day.id, fleet.hubId)).toEqual({
    [`1060[${fleet.hubId}]`]: Number(inPaise(200)),
    [`2020[${driver.id}]`]: 35_875,
  });
  expect(await faultsInBooks(driver.id, day.id, fleet.hubId)).toEqual([]);
});
