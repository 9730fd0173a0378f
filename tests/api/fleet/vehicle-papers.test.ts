import { expect, test } from '@jest/globals';
import { patch } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet, aVehicle } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const change = ({ id }: { id: string }, body: object, by: Sent) => patch(`/vehicles/${id}/docs`, body, by);
const rowOf = ({ id }: { id: string }) => db.vehicle.findUniqueOrThrow({ where: { id } });

test('papers are changed, under old names too, and nothing else', async () => {
  const fleet = await aFleet();
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const links = { rcUrl: 'https://files.example/rc.jpg', insuranceUrl: 'https://files.example/policy.pdf' };
  const dates = { permitExpiry: '2027-03-31', insuranceStart: '2026-04-01', insuranceExpiry: '2027-03-31' };

  const answer = await change(vehicle, { ...links, ...dates, vehicleName: 'X', status: 'INACTIVE' }, fleet.operations);

  expect(answer).toMatchObject({ status: 200, body: { data: { rcFrontImage: links.rcUrl, vehicleName: 'Tata' } } });
  expect(await rowOf(vehicle)).toMatchObject({
    ...{ insuranceImage: links.insuranceUrl, permitExpiry: new Date('2027-03-31'), status: 'ACTIVE' },
    insuranceStart: new Date('2026-04-01'),
  });
  const audited = { subjectId: vehicle.id, action: 'vehicle.papersChanged' };
  expect(await db.auditEntry.findMany({ where: audited })).toMatchObject([
    { actorId: fleet.operations.id, after: { fields: expect.arrayContaining(['permitExpiry', 'rcFrontImage']) } },
  ]);
});

test('nothing sent, dates that contradict what is known, and foreign vehicles are refused', async () => {
  const [fleet, foreign] = [await aFleet(), await aFleet()];
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  await change(vehicle, { insuranceExpiry: '2026-12-31' }, fleet.manager);
  const before = await rowOf(vehicle);

  expectInvalid(await change(vehicle, {}, fleet.manager), 'body');
  expectInvalid(await change(vehicle, { insuranceStart: '2027-01-01' }, fleet.manager), 'insuranceStart');
  expectRefused(await change(vehicle, { permitExpiry: '2027-01-01' }, foreign.manager), 403, 'SCOPE_FORBIDDEN');

  expect(await rowOf(vehicle)).toEqual(before);
});
