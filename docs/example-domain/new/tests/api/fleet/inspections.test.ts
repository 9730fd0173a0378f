import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet, aVehicle } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { expectRefused } from '../http/refused.ts';

const order = async (dueInSeconds: number) => {
  const fleet = await aFleet();
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const dueAt = new Date(Date.now() + dueInSeconds * 1_000).toISOString();
  return {
    fleet,
    vehicle,
    answer: await post('/vehicles/inspections', { vehicleId: vehicle.id, dueAt }, fleet.manager),
  };
};

test('a vehicle passes the inspection that was ordered, once', async () => {
  const { fleet, vehicle, answer } = await order(3_600);
  expect(answer).toMatchObject({ status: 201, body: { data: { vehicleId: vehicle.id, status: 'ORDERED' } } });
  const path = `/vehicles/inspections/${answer.body.data.id}`;

  expect(await post(`${path}/pass`, {}, fleet.manager)).toMatchObject({
    status: 200,
    body: { data: { status: 'PASSED' } },
  });

  expectRefused(await post(`${path}/pass`, {}, fleet.manager), 409, 'INSPECTION_OVER');
  expect((await get(path, fleet.manager)).body.data.status).toBe('PASSED');
});

test('an inspection that nobody made is missed when it is due', async () => {
  const { answer } = await order(1);
  const { id } = answer.body.data as { id: string };

  await until(async () => (await db.inspection.findUniqueOrThrow({ where: { id } })).status === 'MISSED', 'MISSED');
});
