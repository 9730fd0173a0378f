import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aVehicle } from '../../world/factories.ts';
import { logIn } from '../people/logins.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const create = (body: object, by: Sent) =>
  post(
    '/fleets',
    {
      ...{ name: 'Himalaya Cabs', mobile: aPhone(), city: 'Delhi', fleetType: 'company', panNumber: 'abcde1234f' },
      ...body,
    },
    by,
  );

test('a fleet is created with its first administrator, who can log in', async () => {
  const { superAdmin } = await aFleet();
  const mobile = aPhone();

  const answer = await create({ mobile, fleetAdminName: 'Asha', dob: '1990-04-01', panCardFile: {} }, superAdmin);

  const { id } = answer.body.data as { id: string };
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ name: 'Himalaya Cabs', mobile, fleetType: 'COMPANY', panNumber: '******234F', modeId: 'CAB' },
        ...{ status: 'ACTIVE', dob: '1990-04-01T00:00:00.000Z', panCardUrl: null },
        ...{ fleetAdminName: 'Asha', fleetAdminMobile: mobile, shortId: expect.stringMatching(/^FLT\d{11,}$/) },
      },
    },
  });
  const { sealedPanNumber } = await db.fleet.findUniqueOrThrow({ where: { id } });
  expect(seals.open('identity-number', sealedPanNumber, id)).toBe('ABCDE1234F');
  const { user } = (await logIn(mobile)).body.data;
  expect(user).toMatchObject({ role: 'FLEET_ADMIN', fleetId: id });
  const audits = await db.auditEntry.findMany({
    where: { subjectId: { in: [id, user.id] }, NOT: { action: 'login' } },
  });
  expect(audits.map(({ action, actorId }) => [action, actorId]).sort()).toEqual([
    ['fleet.created', superAdmin.id],
    ['user.created', superAdmin.id],
  ]);
});

test('only the platform makes fleets', async () => {
  const fleet = await aFleet();
  const mobile = aPhone();

  for (const by of [fleet.fleetAdmin, fleet.manager, fleet.operations])
    expectRefused(await create({ mobile }, by), 403, 'FORBIDDEN');

  expect(await db.fleet.count({ where: { mobile } })).toBe(0);
});

test('a fleet whose administrator cannot be is not created either', async () => {
  const { superAdmin, manager } = await aFleet();
  const first = await create({}, superAdmin);

  expectRefused(await create({ mobile: manager.phone, fleetAdminName: 'Asha' }, superAdmin), 409, 'PHONE_TAKEN');
  expectRefused(await create({ mobile: first.body.data.mobile }, superAdmin), 409, 'FLEET_MOBILE_TAKEN');

  expect(await db.fleet.count({ where: { mobile: manager.phone } })).toBe(0);
});

test.each([
  [{ panNumber: 'ABCDE12345' }, ['panNumber']],
  [{ mobile: '12345', fleetType: 'PARTNERSHIP' }, ['mobile', 'fleetType']],
  [{ gstNumber: '07ABC', email: 'asha' }, ['gstNumber', 'email']],
  [{ name: '', city: ' ' }, ['name', 'city']],
])('a fleet with %j is refused by field', async (body, fields) => {
  const { superAdmin } = await aFleet();

  expectInvalid(await create(body, superAdmin), ...fields);
});

test('staff find their own fleet, the platform finds all, by name', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  await db.fleet.update({ where: { id: other.id }, data: { name: `Aravalli ${other.id}`, city: 'Pune' } });
  const names = (answer: Awaited<ReturnType<typeof get>>) => (answer.body.data as { id: string }[]).map(({ id }) => id);

  for (const by of [fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect(names(await get('/fleets', by))).toEqual([fleet.id]);
  expect(names(await get(`/fleets?q=aravalli ${other.id}`, fleet.superAdmin))).toEqual([other.id]);
  expect(names(await get(`/fleets?city=pune&q=${other.id}`, fleet.superAdmin))).toEqual([other.id]);
  expect(names(await get(`/fleets?status=INACTIVE&q=${other.id}`, fleet.superAdmin))).toEqual([]);
  expect(names(await get(`/fleets?fleetType=INDIVIDUAL&q=${other.id}`, fleet.superAdmin))).toEqual([]);
  expectRefused(await get(`/fleets/${other.id}`, fleet.manager), 403, 'SCOPE_FORBIDDEN');
});

test('a fleet knows what it has and who looks after it', async () => {
  const fleet = await aFleet();
  await aDriver(fleet);
  await aVehicle(fleet.id, null);

  const { body } = await get(`/fleets/${fleet.id}`, fleet.operations);

  expect(body.data).toMatchObject({
    ...{ id: fleet.id, fleetAdminMobile: fleet.fleetAdmin.phone },
    counts: { hubs: 1, vehicles: 2, drivers: 1, managers: 1 },
  });
});

test('the PAN of a fleet lies sealed, and whole it reads only to who leads it', async () => {
  const fleet = await aFleet();
  const panFor = async (by: Sent) => (await get(`/fleets/${fleet.id}`, by)).body.data.panNumber as string;

  const whole = await Promise.all([fleet.superAdmin, fleet.fleetAdmin, fleet.manager].map(panFor));
  const masked = await panFor(fleet.operations);
  const listed = await get('/fleets', fleet.manager);
  const closed = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);

  expect(whole).toEqual(['ABCDE1234F', 'ABCDE1234F', 'ABCDE1234F']);
  expect(masked).toBe('******234F');
  expect(listed.body.data).toMatchObject([{ id: fleet.id, panNumber: '******234F' }]);
  expect(closed.body.data.panNumber).toBe('******234F');
  expect(JSON.stringify([listed.body, closed.body])).not.toContain('sealed');
  expect(JSON.stringify(await db.fleet.findUnique({ where: { id: fleet.id } }))).not.toContain('ABCDE1234F');
});

test('a fleet is closed once', async () => {
  const fleet = await aFleet();

  const first = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);
  const again = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);

  expect(again.body.data).toEqual(first.body.data);
  expect(await db.auditEntry.count({ where: { subjectId: fleet.id, action: 'fleet.deactivated' } })).toBe(1);
  expect(await db.user.findUnique({ where: { id: fleet.manager.id } })).toMatchObject({ tokenVersion: 1 });
  const link = { id: randomUUID(), name: 'Late', phone: aPhone(), role: 'DRIVER' };
  expectRefused(await post('/users', { ...link, fleetId: fleet.id }, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

const createHub = (fleetId: string, body: object, by: Sent) =>
  post(`/fleets/${fleetId}/hubs`, { address: 'Saket, New Delhi', lat: 28.52, lng: 77.2, ...body }, by);

test('a hub is created in the fleet of the path, with its radius, and operations who make one work for it', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const sent = { fleetId: other.id, location: { latitude: 28.5, longitude: '77.1' }, radius: 300, hubType: 'airport' };

  const answer = await createHub(fleet.id, { ...sent, lat: undefined, lng: undefined }, fleet.operations);

  const { id } = answer.body.data as { id: string };
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ fleetId: fleet.id, location: { lat: 28.5, lng: 77.1 }, geofenceRadius: 300, hubType: 'AIRPORT' },
        ...{ status: 'ACTIVE', hubManagerId: null, shortId: expect.stringMatching(/^HUB\d{11,}$/) },
      },
    },
  });
  expect((await get(`/fleets/hubs/${id}`, fleet.operations)).body.data).toMatchObject({ id });
  expect(await db.auditEntry.findMany({ where: { subjectId: id } })).toMatchObject([
    { action: 'hub.created', actorId: fleet.operations.id },
  ]);
});

test('a hub has five hundred metres and is an office unless it is said otherwise', async () => {
  const fleet = await aFleet();

  const { body } = await createHub(fleet.id, { address: '', name: 'Yard 7' }, fleet.manager);

  expect(body.data).toMatchObject({ geofenceRadius: 500, hubType: 'OFFICE', address: 'Yard 7', name: 'Yard 7' });
});

test.each([
  [{ lat: 91 }, ['lat']],
  [{ lat: undefined, lng: undefined, location: 'Saket' }, ['location.lat', 'location.lng']],
  [{ location: { latitude: 'north', lng: 77 } }, ['location.latitude']],
  [{ geofenceRadius: 49 }, ['geofenceRadius']],
  [{ geofenceRadius: 2001 }, ['geofenceRadius']],
  [{ geofenceRadius: 100.5 }, ['geofenceRadius']],
  [{ address: '' }, ['address']],
])('a hub with %j is refused by field', async (body, fields) => {
  const fleet = await aFleet();

  expectInvalid(await createHub(fleet.id, body, fleet.manager), ...fields);

  expect(await db.hub.count({ where: { fleetId: fleet.id } })).toBe(1);
});

test('nobody makes a hub in another fleet or in a closed one', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  await db.fleet.update({ where: { id: other.id }, data: { status: 'INACTIVE' } });

  expectRefused(await createHub(other.id, {}, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await createHub(other.id, {}, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

test('operations see the hubs for which they work, everybody else those of the fleet', async () => {
  const fleet = await aFleet();
  const { id: otherHub } = await aHub(fleet.id);
  const driver = await aDriver(fleet);
  const ids = async (by: Sent) =>
    ((await get(`/fleets/${fleet.id}/hubs`, by)).body.data as { id: string }[]).map(({ id }) => id);

  expect(await ids(fleet.operations)).toEqual([fleet.hubId]);
  expect(await ids(fleet.manager)).toEqual([otherHub, fleet.hubId]);
  expectRefused(await get(`/fleets/hubs/${otherHub}`, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  const { body } = await get(`/fleets/hubs/${fleet.hubId}`, fleet.operations);
  expect(body.data).toMatchObject({ counts: { vehicles: 1, drivers: 1 } });
  expect(driver.vehicleId).not.toBeNull();
});

test('whoever is shown a PAN whole leaves their name', async () => {
  const fleet = await aFleet();
  for (const by of [fleet.operations, fleet.manager]) await get(`/fleets/${fleet.id}`, by);

  const revealed = await db.auditEntry.findMany({ where: { subjectId: fleet.id, action: 'fleet.revealed' } });

  expect(revealed.map(({ actorId }) => actorId)).toEqual([fleet.manager.id]);
});

test('a city is the same in any case and with any spaces, and is no pattern', async () => {
  const { superAdmin } = await aFleet();
  const city = `New  ${randomUUID().slice(0, 8)} Town`;
  const body = { name: 'Fleet', mobile: aPhone(), city, fleetType: 'COMPANY', panNumber: 'ABCDE1234F' };
  const { id } = (await post('/fleets', body, superAdmin)).body.data as { id: string };
  const found = async (typed: string) => {
    const { body: list } = await get(`/fleets?city=${encodeURIComponent(typed)}`, superAdmin);
    return (list.data as { id: string }[]).map((fleet) => fleet.id);
  };

  expect(await found(city.toUpperCase())).toEqual([id]);
  expect(await found(city.replace('  ', '    '))).toEqual([id]);
  expect(await found('New %Town')).toEqual([]);
  expect(await found(city.replace('Town', 'T_wn'))).toEqual([]);
});
