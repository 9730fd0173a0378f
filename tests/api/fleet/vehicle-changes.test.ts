import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { patch, post } from '../../world/api.ts';
import type { Answer, Sent } from '../../world/api.ts';
import type { Tx } from '../../../prisma/client.ts';
import { lockVehicles } from '../../../prisma/locks.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aVehicle } from '../../world/factories.ts';
import { untilWaiting } from '../../world/locks.ts';
import { anAccountRow } from '../../world/money/collection-rows.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const change = ({ id }: { id: string }, body: object, by: Sent) => patch(`/vehicles/${id}`, body, by);
const rowOf = ({ id }: { id: string }) => db.vehicle.findUniqueOrThrow({ where: { id } });
const auditedOf = ({ id }: { id: string }) =>
  db.auditEntry.findMany({ where: { subjectId: id, action: 'vehicle.updated' } });

test('a vehicle is changed, papers with it, and not what others change', async () => {
  const fleet = await aFleet();
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const number = `DL${aPhone()}`;
  const form = {
    ...{ vehicleNumber: number.toLowerCase(), vehicleName: 'Mahindra', vehicleColor: 'suv', ownership: 'leased' },
    ...{ fuelType: 'EV', insuranceStart: '2026-04-01', insuranceExpiry: '2027-03-31', vinNumber: 'abc1' },
  };

  const answer = await change(vehicle, { ...form, hubId: null, status: 'INACTIVE' }, fleet.operations);

  const changed = { vehicleNumber: number, vehicleName: 'Mahindra', bodyType: 'SUV', ownership: 'LEASED' };
  expect(answer).toMatchObject({ status: 200, body: { data: { ...changed, vinNumber: 'ABC1' } } });
  expect(await rowOf(vehicle)).toMatchObject({
    ...{ ...changed, status: 'ACTIVE', hubId: fleet.hubId, fuelType: 'ELECTRIC' },
    insuranceExpiry: new Date('2027-03-31'),
  });
  const [audited] = await auditedOf(vehicle);
  expect(audited).toMatchObject({ actorId: fleet.operations.id, after: { vehicleNumber: number } });
  expect((audited!.after as { fields: string[] }).fields).not.toContain('fuelType');
});

test('null clears what a vehicle may lack, and what is the same changes nothing', async () => {
  const fleet = await aFleet();
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const lacking = { vehicleColor: 'White', permitExpiry: '2027-03-31', ownerName: 'Asha', bodyType: 'SEDAN' };
  await change(vehicle, lacking, fleet.manager);
  const before = await rowOf(vehicle);

  expect((await change(vehicle, { ...lacking, fleetId: fleet.id }, fleet.manager)).status).toBe(200);
  expect(await rowOf(vehicle)).toEqual(before);
  expect(await auditedOf(vehicle)).toHaveLength(1);
  const none = { vehicleColor: null, permitExpiry: null, ownerName: null, bodyType: null };
  expect((await change(vehicle, { ...none, vehicleName: null }, fleet.manager)).status).toBe(200);
  expect(await rowOf(vehicle)).toMatchObject({ ...none, vehicleName: before.vehicleName });
});

test('a number of another vehicle, and dates that contradict each other, are refused', async () => {
  const fleet = await aFleet();
  const [vehicle, other] = [await aVehicle(fleet.id, fleet.hubId), await aVehicle(fleet.id, fleet.hubId)];
  await change(vehicle, { insuranceExpiry: '2026-12-31' }, fleet.manager);
  const before = await rowOf(vehicle);

  const taken = await change(vehicle, { vehicleNumber: other.vehicleNumber, vehicleName: 'X' }, fleet.manager);
  expectRefused(taken, 409, 'VEHICLE_NUMBER_TAKEN');
  expectInvalid(await change(vehicle, { insuranceStart: '2027-01-01' }, fleet.manager), 'insuranceStart');
  expectInvalid(
    await change(vehicle, { vehicleNumber: 'DL 1', fuelType: 'COAL' }, fleet.manager),
    'vehicleNumber',
    'fuelType',
  );

  expect(await rowOf(vehicle)).toEqual(before);
});

test('a vehicle moves to another fleet without driver and QR, by a SUPER_ADMIN', async () => {
  const [fleet, to] = [await aFleet(), await aFleet()];
  const { vehicleId } = await aDriver(fleet);
  const [linked, free, paying] = [
    { id: vehicleId! },
    await aVehicle(fleet.id, fleet.hubId),
    await aVehicle(fleet.id, fleet.hubId),
  ];
  await anAccountRow(paying.id, fleet.id);
  const driven = await aVehicle(fleet.id, fleet.hubId);
  const begun = { driverId: (await aDriver(fleet)).id, fleetId: fleet.id, hubId: fleet.hubId, vehicleId: driven.id };
  const shift = {
    ...begun,
    status: 'APPROVED' as const,
    source: 'DRIVER' as const,
    approvalStatus: 'APPROVED' as const,
  };
  await db.attendance.create({
    data: { id: randomUUID(), ...shift, checkInTime: new Date(), begunAt: new Date() },
  });
  const there = { fleetId: to.id };

  expectRefused(await change(linked, there, fleet.superAdmin), 409, 'VEHICLE_ALREADY_ASSIGNED');
  expectRefused(await change(driven, there, fleet.superAdmin), 409, 'INVALID_STATE_TRANSITION');
  expectRefused(await change(paying, there, fleet.superAdmin), 409, 'INVALID_STATE_TRANSITION');
  expectRefused(await change(free, there, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expect((await change(free, there, fleet.superAdmin)).body.data).toMatchObject({ fleetId: to.id, hubId: null });
  expect(await rowOf(paying)).toMatchObject({ fleetId: fleet.id, hubId: fleet.hubId });
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });
  expectRefused(await change(free, { fleetId: fleet.id }, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

/** Does something that finds a vehicle and then waits for its lock, while something else is done under it. */
const whileLocked = async (
  id: string,
  act: () => Promise<Answer>,
  work: (tx: Tx) => Promise<unknown>,
): Promise<Answer> => {
  let acting: Promise<Answer> | undefined;
  await db.$transaction(async (tx) => {
    await lockVehicles(tx, [id]);
    acting = act();
    await untilWaiting(1);
    await work(tx);
  });
  return acting!;
};

const acts: [string, (id: string, manager: Sent) => Promise<Answer>][] = [
  ['a QR', (id, manager) => post(`/payments/admin/vehicle/${id}/qr`, {}, manager)],
  ['a change', (id, manager) => patch(`/vehicles/${id}`, { vehicleColor: 'Red' }, manager)],
  ['a paper', (id, manager) => patch(`/vehicles/${id}/docs`, { permitExpiry: '2027-01-01' }, manager)],
  ['a status', (id, manager) => patch(`/vehicles/${id}/status`, { status: 'INACTIVE' }, manager)],
];

test.each(acts)('%s that meets a move finds the vehicle gone', async (what, act) => {
  const [fleet, to] = [await aFleet(), await aFleet()];
  const { id } = await aVehicle(fleet.id, fleet.hubId);
  const there = { fleetId: to.id, hubId: null };

  const answer = await whileLocked(
    id,
    () => act(id, fleet.manager),
    (tx) => tx.vehicle.update({ where: { id }, data: there }),
  );

  if (what === 'a QR') expectRefused(answer, 404, 'NOT_FOUND');
  else expectRefused(answer, 403, 'SCOPE_FORBIDDEN');
  expect(await db.virtualAccount.count({ where: { vehicleId: id } })).toBe(0);
  expect(await rowOf({ id })).toMatchObject({ ...there, vehicleColor: null, permitExpiry: null, status: 'ACTIVE' });
});

test('a vehicle that is linked while it would move stays', async () => {
  const [fleet, to] = [await aFleet(), await aFleet()];
  const { id } = await aVehicle(fleet.id, fleet.hubId);
  const { id: driverId } = await aDriver(fleet, { vehicle: false });
  const link = { id: randomUUID(), fleetId: fleet.id, driverId, vehicleId: id, startTime: new Date() };

  const answer = await whileLocked(
    id,
    () => change({ id }, { fleetId: to.id }, fleet.superAdmin),
    (tx) => tx.assignment.create({ data: link }),
  );

  expectRefused(answer, 409, 'VEHICLE_ALREADY_ASSIGNED');
  expect(await rowOf({ id })).toMatchObject({ fleetId: fleet.id });
});
