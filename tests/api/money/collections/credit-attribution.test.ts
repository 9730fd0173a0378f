import { beforeAll, expect, test } from '@jest/globals';
import { daysAfter, istDay } from '../../../../workflows/domain/time.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { casesOf } from '../../../world/money/cases.ts';
import { beginShift, creditRow, dayOf, daysOf, pay, untilCredit } from '../../../world/money/collections.ts';
import {
  aDriverOnFoot,
  aLink,
  aPastShift,
  aVehicleWithQr,
  deliverCredit,
  inAccount,
  istTime,
  journalsOf,
  signedCredit,
  timesTold,
} from '../../../world/money/credits.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = await Promise.all([aFleet(), aFleet()]);
});

const twoDrivers = () => Promise.all([aDriverOnFoot(fleet), aDriverOnFoot(fleet), aVehicleWithQr(fleet)]);

const yesterday = () => daysAfter(istDay(Date.now()), -1);
const dateOf = (day: string) => new Date(`${day}T00:00:00.000Z`);

/** A credit that was paid at a moment, once it is in the books. */
const paid = async (account: string, amount: number, at: Date) => {
  const { id } = await pay(account, amount, { at: at.toISOString() });
  return untilCredit(id, 'COLLECTED', 'UNATTRIBUTED', 'REVIEW');
};

test('a credit is of the driver on shift when it was paid, and not of the one who has the vehicle when it is told', async () => {
  const [first, second, vehicle] = await twoDrivers();
  const of = { vehicleId: vehicle.id };
  await aPastShift(fleet, { ...of, driverId: first.id, from: istTime('06:00:00'), to: istTime('14:00:00') });
  await aPastShift(fleet, { ...of, driverId: second.id, from: istTime('14:00:00'), to: istTime('22:00:00') });
  await aLink(fleet, { ...of, driverId: second.id, from: istTime('13:00:00'), to: null });

  const rows = await Promise.all([
    paid(vehicle.account, 100, istTime('06:00:00')),
    paid(vehicle.account, 20, istTime('13:59:59')),
    paid(vehicle.account, 3, istTime('14:00:00')),
  ]);

  expect(rows.map(({ driverId }) => driverId)).toEqual([first.id, first.id, second.id]);
  const [day, later] = [await dayOf(first.id), await dayOf(second.id)];
  expect([day, later]).toMatchObject([
    { date: dateOf(yesterday()), qrPaise: 12_000n, totalPaise: 12_000n, status: 'CLOSED', vehicleId: vehicle.id },
    { date: dateOf(yesterday()), qrPaise: 300n, totalPaise: 300n },
  ]);
  expect(await balancesOf(day.id, later.id)).toEqual({ [`2030[${day.id}]`]: 12_000, [`2030[${later.id}]`]: 300 });
  expect(await faultsInBooks(first.id, second.id, day.id, later.id)).toEqual([]);
});

test('without a shift it is of the driver on the roster at that time, and of nobody between two of them', async () => {
  const [first, second, vehicle] = await twoDrivers();
  const of = { vehicleId: vehicle.id };
  await aLink(fleet, { ...of, driverId: first.id, from: istTime('06:00:00'), to: istTime('12:00:00') });
  await aLink(fleet, { ...of, driverId: second.id, from: istTime('13:00:00'), to: null });

  const rows = await Promise.all(
    ['06:00:00', '12:00:00', '12:59:59', '13:00:00'].map((clock, n) => paid(vehicle.account, n + 1, istTime(clock))),
  );

  expect(rows.map(({ driverId, state, reason }) => [driverId, state, reason])).toEqual([
    [first.id, 'COLLECTED', null],
    [null, 'UNATTRIBUTED', 'NO_SHIFT'],
    [null, 'UNATTRIBUTED', 'NO_SHIFT'],
    [second.id, 'COLLECTED', null],
  ]);
  const ids = rows.map(({ creditId }) => creditId);
  expect([await inAccount(2040, ...ids), await inAccount(1030, ...ids)]).toEqual([500, 1_000]);
  const [day, later] = [await dayOf(first.id), await dayOf(second.id)];
  expect([day.totalPaise, later.totalPaise]).toEqual([100n, 400n]);
  expect(await faultsInBooks(first.id, second.id, day.id, later.id)).toEqual([]);
});

test('the link of a driver counts less than the shift of another one', async () => {
  const [driver, guest, vehicle] = await twoDrivers();
  const of = { vehicleId: vehicle.id };
  await aLink(fleet, { ...of, driverId: driver.id, from: istTime('00:00:00', 3), to: null });
  await aPastShift(fleet, { ...of, driverId: guest.id, from: istTime('08:00:00'), to: istTime('09:00:00') });

  const rows = await Promise.all([
    paid(vehicle.account, 50, istTime('08:30:00')),
    paid(vehicle.account, 60, istTime('09:00:00')),
  ]);

  expect(rows.map(({ driverId }) => driverId)).toEqual([guest.id, driver.id]);
  expect(await faultsInBooks(driver.id, guest.id)).toEqual([]);
});

test('a vehicle that a shift was given later is not of that shift before', async () => {
  const [keeper, late, vehicle] = await twoDrivers();
  const lateToday = istTime('00:00:01', 0);
  await aLink(fleet, {
    vehicleId: vehicle.id,
    driverId: keeper.id,
    from: istTime('00:00:00', 2),
    to: istTime('12:00:00'),
  });
  const link = await aLink(fleet, {
    vehicleId: vehicle.id,
    driverId: late.id,
    from: istTime('12:00:00'),
    to: lateToday,
  });
  // Checked in without a vehicle at eight, got one at noon.
  const { id: attendanceId } = await aPastShift(fleet, {
    vehicleId: vehicle.id,
    driverId: late.id,
    from: istTime('08:00:00'),
    to: istTime('18:00:00'),
  });
  const given = { commandId: `vehicleGiven:${link.id}`, type: 'vehicleGiven', actorType: 'SYSTEM' as const };
  await db.attendanceEvent.create({ data: { attendanceId, ...given, at: link.startTime } });

  const row = await paid(vehicle.account, 70, istTime('10:00:00'));

  expect(row.driverId).toBe(keeper.id);
});

test('a driver who checks in through the app gets what is paid from then on', async () => {
  const [driver, , vehicle] = await twoDrivers();
  await aLink(fleet, { vehicleId: vehicle.id, driverId: driver.id, from: istTime('00:00:00'), to: null });
  await beginShift(fleet, { ...driver, vehicleId: vehicle.id });

  const row = await paid(vehicle.account, 312.5, new Date());

  const day = await dayOf(driver.id);
  expect(row).toMatchObject({ driverId: driver.id, collectionId: day.id, fleetId: fleet.id });
  expect(day).toMatchObject({ status: 'OPEN', date: dateOf(istDay(Date.now())), qrPaise: 31_250n });
  expect(await db.collectionEntry.findMany({ where: { collectionId: day.id } })).toMatchObject([
    { kind: 'QR', amountPaise: 31_250n, attendanceId: expect.any(String), transactionId: row.transactionId },
  ]);
  expect(await db.transaction.findUniqueOrThrow({ where: { id: row.transactionId! } })).toMatchObject({
    ...{ type: 'DAILY_COLLECTION', direction: 'CREDIT', status: 'SUCCESS', paymentMethod: 'VIRTUAL_QR' },
    ...{ amountPaise: 31_250n, driverId: driver.id, easebuzzTxnId: row.creditId, easebuzzPaymentId: row.utr },
  });
  expect(await faultsInBooks(driver.id, day.id)).toEqual([]);
});

test('a business day ends at midnight in India, but for a shift that goes on', async () => {
  const [linked, onShift, vehicle] = await twoDrivers();
  const another = await aVehicleWithQr(fleet);
  await aLink(fleet, { vehicleId: vehicle.id, driverId: linked.id, from: istTime('00:00:00', 3), to: null });
  await aPastShift(fleet, {
    vehicleId: another.id,
    driverId: onShift.id,
    from: istTime('20:00:00', 2),
    to: istTime('02:00:00', 1),
  });
  const times = [istTime('23:59:59', 2), istTime('00:00:00', 1)];

  await Promise.all([vehicle.account, another.account].flatMap((account) => times.map((at) => paid(account, 10, at))));

  const [before, day] = [dateOf(daysAfter(yesterday(), -1)), dateOf(yesterday())];
  const dates = async (driverId: string) => (await daysOf(driverId)).map(({ date, totalPaise }) => [date, totalPaise]);
  expect(await dates(linked.id)).toEqual([
    [before, 1_000n],
    [day, 1_000n],
  ]);
  expect(await dates(onShift.id)).toEqual([[before, 2_000n]]);
  expect(await faultsInBooks(linked.id, onShift.id)).toEqual([]);
});

test('the books have the business day of a shift that goes on over midnight', async () => {
  const [driver, , vehicle] = await twoDrivers();
  const [from, to] = [istTime('20:00:00', 2), istTime('02:00:00', 1)];
  await aPastShift(fleet, { vehicleId: vehicle.id, driverId: driver.id, from, to });

  const { creditId } = await paid(vehicle.account, 10, istTime('00:30:00', 1));

  const { date } = await dayOf(driver.id);
  const journal = await db.ledgerJournal.findFirstOrThrow({ where: { eventKey: creditId } });
  // On the first days of a month other tests may have closed the one before: then it counts into the first open day.
  const [row] = await db.$queryRaw<{ day: Date }[]>`SELECT ledger_open_day(${date}::date) AS "day"`;
  expect([date, row!.day]).toContainEqual(journal.businessDate);
});

test.each(casesOf('business_date'))('$id: the business day of a credit', async ({ given, expected }) => {
  const [driver, , vehicle] = await twoDrivers();
  const checkIn = given['open_shift_checkin']!;
  const at = new Date(given['credit_at']!);
  const until = new Date(at.getTime() + 3_600_000);
  const of = { vehicleId: vehicle.id, driverId: driver.id };
  if (checkIn === 'null') await aLink(fleet, { ...of, from: new Date(at.getTime() - 1), to: null });
  else await aPastShift(fleet, { ...of, from: new Date(checkIn), to: until });

  await paid(vehicle.account, 10, at);

  expect((await dayOf(driver.id)).date).toEqual(dateOf(expected['business_date']!));
});

test('what nobody can have been paid for waits with its reason, and finance is told', async () => {
  const [unused, switchedOff, driver] = await Promise.all([
    aVehicleWithQr(fleet),
    aVehicleWithQr(fleet),
    aDriverOnFoot(fleet),
  ]);
  await aLink(fleet, { vehicleId: switchedOff.id, driverId: driver.id, from: istTime('00:00:00'), to: null });
  await db.virtualAccount.update({
    where: { vehicleId: switchedOff.id },
    data: { isWanted: false, status: 'INACTIVE' },
  });
  const unknown = signedCredit({ account: 'VANOTOURS', amount: '7.0', id: `T${unused.id}` });

  expect((await deliverCredit(unknown)).status).toBe(200);
  const rows = await Promise.all([
    paid(unused.account, 5, new Date()),
    paid(switchedOff.account, 6, new Date()),
    untilCredit(`T${unused.id}`, 'UNATTRIBUTED'),
  ]);

  expect(rows.map(({ reason, fleetId, driverId }) => [reason, fleetId, driverId])).toEqual([
    ['NO_ASSIGNMENT', fleet.id, null],
    ['INACTIVE_QR', fleet.id, null],
    ['UNKNOWN_ACCOUNT', null, null],
  ]);
  for (const { creditId, amountPaise, id, reason } of rows) {
    expect(await journalsOf(creditId)).toEqual(['qr_unattributed']);
    expect(await inAccount(2040, creditId)).toBe(Number(amountPaise));
    expect(await timesTold(fleet.superAdmin.id, 'credit:unattributed', { id, reason })).toBe(1);
    expect(await timesTold(fleet.manager.id, 'credit:unattributed', { id })).toBe(reason === 'UNKNOWN_ACCOUNT' ? 0 : 1);
    expect(await timesTold(other.manager.id, 'credit:unattributed', { id })).toBe(0);
  }
  expect(await daysOf(driver.id)).toEqual([]);
  expect(await creditRow(rows[0].creditId)).toMatchObject({ resolvedAt: null, transactionId: null });
});

test('a credit of the future is nobody’s until the gateway has confirmed it: its time is not signed', async () => {
  const [driver, , vehicle] = await twoDrivers();
  await aLink(fleet, { vehicleId: vehicle.id, driverId: driver.id, from: istTime('00:00:00'), to: null });
  const id = `T${vehicle.id}`;
  const more = { transaction_date: '2099-01-01 10:00:00' };

  await deliverCredit(signedCredit({ account: vehicle.account, amount: '40.0', id, more }));
  const { state } = await untilCredit(id, 'COLLECTED', 'CONFIRMING', 'REVIEW', 'UNATTRIBUTED');

  expect([state, await daysOf(driver.id)]).toEqual(['CONFIRMING', []]);
});
