import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { aFleet, aPhone } from '../../world/factories.ts';

test("a driver's user without a fleet is of the fleet of his profile from then on, and its managers see him", async () => {
  const fleet = await aFleet();
  const phone = aPhone();
  const created = await post('/users', { name: 'Dinesh', phone, role: 'DRIVER' }, fleet.superAdmin);
  const { id: userId, fleetId } = created.body.data;
  const seen = async () =>
    (await get(`/users?q=${phone}`, fleet.manager)).body.data as { id: string; fleetId: string }[];
  expect([fleetId, await seen()]).toEqual([null, []]);

  const profile = { userId, fleetId: fleet.id, hubId: fleet.hubId, firstName: 'Dinesh', mobile: phone };
  expect((await post('/drivers', profile, fleet.superAdmin)).status).toBe(201);

  expect(await seen()).toMatchObject([{ id: userId, fleetId: fleet.id }]);
  expect((await get(`/users?hubId=${fleet.hubId}&q=${phone}`, fleet.operations)).body.data).toMatchObject([
    { id: userId },
  ]);
});
