import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aFleet, aPhone, aTrip, aVehicle } from '../../world/factories.ts';
import { expectInvalid } from './refused.ts';

const aName = (name: string) => ({ name, phone: aPhone(), role: 'DRIVER' });

test.each(['\u200b', '\u200e\u202e\u2066', '\u2800', '\u3164 \u00a0', '\u00ad', '\u0301', '\ufeff'])(
  'a name of nothing visible is missing (%j)',
  async (name) => {
    const { manager } = await aFleet();

    const answer = await post('/users', aName(name), manager);

    expectInvalid(answer, 'name');
    expect(answer.body.error.details[0].issue).toBe('required');
  },
);

test.each([
  ['Jose\u0301', 'Jos\u00e9'],
  ['\u202eAsha\u200b \u200fRao', 'Asha Rao'],
  ['\u0915\u093c', '\u0915\u093c'],
])('a name is stored in one form (%j)', async (typed, stored) => {
  const { manager } = await aFleet();

  expect((await post('/users', aName(typed), manager)).body.data.name).toBe(stored);
});

const aPlate = () => `DL${String(Date.now()).slice(-8)}${Math.floor(Math.random() * 90 + 10)}`;
const aNewVehicle = (fleetId: string, more: object) => ({
  ...{ fleetId, vehicleNumber: aPlate(), vehicleName: 'Tata', fuelType: 'EV' },
  ...more,
});

test.each(['DL01AB१२३४', 'DL01ÀB1234', 'DL０１AB1234'])(
  'the plate %s is refused, not shortened',
  async (vehicleNumber) => {
    const { id, manager } = await aFleet();

    expectInvalid(await post('/vehicles', aNewVehicle(id, { vehicleNumber }), manager), 'vehicleNumber');

    expect(await db.vehicle.count({ where: { fleetId: id } })).toBe(0);
  },
);

test.each(['2027-03-31', '2027-03-30T18:30:00.000Z', '2027-03-31T00:00:00.000Z', '2027-03-31T00:00:00+05:30'])(
  'the date %s is the day that it is in India',
  async (permitExpiry) => {
    const { id, manager } = await aFleet();

    const { body } = await post('/vehicles', aNewVehicle(id, { permitExpiry }), manager);

    expect(body.data.permitExpiry).toBe('2027-03-31T00:00:00.000Z');
  },
);

test('a GST number is masked where the PAN in it is, and lies sealed', async () => {
  const { superAdmin } = await aFleet();
  const gstNumber = '07ABCDE1234F1Z5';
  const fleet = {
    name: 'Himalaya Cabs',
    mobile: aPhone(),
    city: 'Delhi',
    fleetType: 'COMPANY',
    panNumber: 'ABCDE1234F',
  };

  const { body } = await post('/fleets', { ...fleet, gstNumber }, superAdmin);

  expect(body.data).toMatchObject({ panNumber: '******234F', gstNumber: '***********F1Z5' });
  const { id, sealedGstNumber } = await db.fleet.findUniqueOrThrow({ where: { id: body.data.id } });
  expect(seals.open('identity-number', sealedGstNumber!, id)).toBe(gstNumber);
  expect((await get(`/fleets/${id}`, superAdmin)).body.data.gstNumber).toBe(gstNumber);
});

test.each(['%', '_', '\\', '.', '-', '१'])('a search for "%s" finds no vehicle', async (q) => {
  const { id, hubId, manager } = await aFleet();
  await aVehicle(id, hubId);

  const search = (text: string) => get(`/vehicles/fleet/${id}?${new URLSearchParams({ q: text }).toString()}`, manager);

  expect((await search(q)).body.data).toEqual([]);
  expect((await search('dl-')).body.data).toHaveLength(1);
});

test('a trip is found by a piece of its id among thousands of trips of other fleets', async () => {
  const [own, other] = [await aFleet(), await aFleet()];
  const piece = randomUUID().slice(0, 8);
  const idWithPiece = () => piece + randomUUID().slice(8);
  const { shortId: _, providerMeta: __, fareBreakdown, ...sample } = await aTrip(own);
  const row = { ...sample, fareBreakdown: fareBreakdown as object };
  const wanted = idWithPiece();
  await db.trip.create({ data: { ...row, id: wanted } });
  const others = Array.from({ length: 1_001 }, () => ({
    ...row,
    id: idWithPiece(),
    fleetId: other.id,
    createdAt: new Date(),
    // So that nobody has to begin them.
    ...{ status: 'COMPLETED' as const, begunAt: new Date() },
  }));
  await db.trip.createMany({ data: others });

  const { body } = await get(`/admin/trips?keyword=${piece}`, own.manager);

  expect(body.data.trips.map(({ id }: { id: string }) => id)).toEqual([wanted]);
});
