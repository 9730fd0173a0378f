import { expect, test } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet, aHub, aPhone, aUser } from '../../world/factories.ts';
import { breakMaps, mapsCallsWith } from '../../world/maps.ts';
import { until } from '../../world/until.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { withSettings } from '../http/settings.ts';

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

const way = { pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' };
const coordinates = { pickupLat: 28.6315, pickupLng: 77.2167, dropLat: 28.495, dropLng: 77.0895 };

const book = (body: object, by: Sent) =>
  post('/trips', { ...way, tripType: 'INTER_CITY', pickupTime: inHours(3), ...body }, by);

const tripOf = (id: string) => db.trip.findUniqueOrThrow({ where: { id }, include: { events: true } });

test('a trip is booked with everything that its price and its way depend on', async () => {
  const fleet = await aFleet();
  const passengerPhone = aPhone();

  const answer = await book({ passengerName: 'Priya', customerPhone: `+91${passengerPhone}` }, fleet.operations);

  const { data } = answer.body;
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{
          status: 'CREATED',
          displayStatus: 'PENDING',
          phase: null,
          version: 0,
          provider: 'INTERNAL',
          source: 'ADMIN',
        },
        ...{ tripType: 'INTER_CITY', bookingType: 'PREBOOK', originCity: 'DELHI', destinationCity: 'GURGAON' },
        ...{ distanceSource: 'GOOGLE_MAPS', billableKm: Math.ceil(data.distanceKm), ratePerKm: 25 },
        ...{ pickupLat: coordinates.pickupLat, dropLng: coordinates.dropLng, vehicleSku: 'TATA_TIGOR_EV' },
        ...{ fleetId: fleet.id, hubId: fleet.hubId, createdByUserId: fleet.operations.id, paymentMethod: 'CASH' },
        ...{ passengerName: 'Priya', passengerPhone, customerName: 'Priya', customerPhone: passengerPhone },
        ...{ price: data.billableKm * 30, fare: data.price, quotedFare: data.price, finalFare: null },
        ...{ otpRequired: false, providerMeta: null, tripAssignments: [], driver: null, vehicle: null },
        pickup: { address: way.pickupLocation, latitude: coordinates.pickupLat, longitude: coordinates.pickupLng },
        fareBreakdown: { distanceFare: data.billableKm * 25, tripTypeMultiplier: 1.2, total: null, configVersion: 1 },
        shortId: expect.stringMatching(/^TRP\d{11,}$/),
      },
    },
  });
  expect(data.tripDate).toBe(data.pickupTime);
  expect((await tripOf(data.id)).events).toMatchObject([{ type: 'create', actorId: fleet.operations.id }]);
  await until(async () => (await tripOf(data.id)).begunAt, 'the process of the trip');
});

test('a trip belongs to the fleet of who books it, and to their hub when they have one', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { id: second } = await aHub(fleet.id);
  const ofTwo = await aUser('OPERATIONS', fleet.id, [fleet.hubId, second]);
  const owner = async (by: Sent, body: object = {}) => {
    const { data } = (await book(body, by)).body;
    return [data.fleetId, data.hubId] as unknown[];
  };

  expect(await owner(fleet.manager)).toEqual([fleet.id, null]);
  expect(await owner(ofTwo)).toEqual([fleet.id, null]);
  expect(await owner(fleet.superAdmin)).toEqual([null, null]);
  expect(await owner(fleet.superAdmin, { fleetId: other.id })).toEqual([other.id, null]);
  expectRefused(await book({ fleetId: other.id }, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  await db.fleet.update({ where: { id: other.id }, data: { status: 'INACTIVE' } });
  expectRefused(await book({ fleetId: other.id }, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

test.each([
  [{ distanceKm: 3, ...coordinates }, 'GOOGLE_MAPS'],
  [{ distanceKm: 200, ...coordinates }, 'GOOGLE_MAPS'],
  [{ distanceKm: 26, ...coordinates }, 'CLIENT_PROVIDED'],
  [{ distanceKm: 0, ...coordinates }, 'GOOGLE_MAPS'],
])('a client that says %j is believed when it is near the way: %s', async (body, distanceSource) => {
  const { manager } = await aFleet();

  const { data } = (await book(body, manager)).body;

  expect(data.distanceSource).toBe(distanceSource);
  expect(data.distanceKm).toBeGreaterThan(20);
  expect(data.distanceKm).toBeLessThan(32);
});

test('the form of the older panel has no addresses, and such a trip has no coordinates', async () => {
  const { manager } = await aFleet();
  const legacy = { distanceKm: 40, originCity: 'Gurugram', tripDate: inHours(48), tripType: 'AIRPORT' };

  const { body, status } = await post('/trips', { ...legacy, bookingDate: inHours(-1) }, manager);

  expect(status).toBe(201);
  expect(body.data).toMatchObject({
    ...{ originCity: 'GURGAON', destinationCity: 'Unknown', pickupLocation: null, pickupLat: null, dropLng: null },
    ...{ distanceKm: 40, distanceSource: 'CLIENT_PROVIDED', price: 950 },
  });
});

test.each([
  [
    { bookingType: 'instant', tripType: undefined },
    { tripType: 'INTER_CITY', bookingType: 'INSTANT' },
  ],
  [
    { tripType: undefined, pickupTime: inHours(48) },
    { tripType: 'AIRPORT', bookingType: 'PREBOOK' },
  ],
  [{ vehicleType: 'NON_EV' }, { vehicleType: 'NON_EV', requestedVehicleType: null }],
  [{ vehicleType: 'SUV' }, { vehicleType: 'EV', requestedVehicleType: 'SUV' }],
  [
    { status: 'COMPLETED', price: 1, provider: 'MMT', source: 'MMT', version: 9 },
    { status: 'CREATED', version: 0 },
  ],
])('a booking with %j is %j', async (body, wanted) => {
  const { manager } = await aFleet();

  expect((await book(body, manager)).body.data).toMatchObject(wanted);
});

test.each([
  [
    { pickupLocation: { latitude: 28.6, longitude: 77.2 }, dropLocation: null, passengerName: 'P', pickupTime: 'soon' },
    ['pickupLocation', 'dropLocation', 'passengerPhone', 'pickupTime'],
  ],
  [{ pickupLocation: undefined }, ['pickupLocation']],
  [{ dropLocation: undefined, distanceKm: 20 }, ['dropLocation']],
  [{ pickupTime: undefined }, ['pickupTime']],
  [{ distanceKm: 3001 }, ['distanceKm']],
  [{ passengerName: 'Priya' }, ['passengerPhone']],
  [{ passengerPhone: '9876543210' }, ['passengerName']],
  [{ passengerName: 'Priya', passengerPhone: '123' }, ['passengerPhone']],
  [{ tripType: 'LOCAL', bookingType: 'LATER' }, ['tripType', 'bookingType']],
])('a booking with %j is refused by field', async (body, fields) => {
  const fleet = await aFleet();

  expectInvalid(await book(body, fleet.manager), ...fields);

  expect(await db.trip.count({ where: { fleetId: fleet.id } })).toBe(0);
});

test.each([
  [{ originCity: 'Mumbai' }, 'ORIGIN_NOT_ALLOWED'],
  [{ vehicleSku: 'MARUTI_DZIRE' }, 'VEHICLE_NOT_ALLOWED'],
  [{ tripType: 'RENTAL', bookingType: 'INSTANT', pickupTime: inHours(48) }, 'PREBOOK_REQUIRED'],
  [{ tripType: 'AIRPORT', pickupTime: inHours(1) }, 'PREBOOK_WINDOW'],
  [{ pickupTime: inHours(-3) }, 'PICKUP_IN_PAST'],
  [{ pickupTime: inHours(24 * 91) }, 'PICKUP_TOO_FAR_AHEAD'],
  [{ dropLocation: 'Bengaluru' }, 'EV_RANGE_EXCEEDED'],
])('a booking with %j breaks the rule %s', async (body, rule) => {
  const fleet = await aFleet();

  const answer = await book(body, fleet.manager);

  expectRefused(answer, 400, 'TRIP_CONSTRAINT_VIOLATION');
  expect(answer.body.error.details).toMatchObject({ rule });
  expect(Object.keys(answer.body.error.details)).toHaveLength(2);
  expect(await db.trip.count({ where: { fleetId: fleet.id } })).toBe(0);
});

test('a way that cannot be found is not booked, and which end it was is said', async () => {
  const { manager } = await aFleet();
  const nowhere = `Atlantis ${randomUUID()}`;

  const pickup = await book({ pickupLocation: nowhere }, manager);
  const drop = await book({ dropLocation: nowhere }, manager);
  const known = await book({ pickupLocation: nowhere, originCity: 'Delhi', distanceKm: 27 }, manager);
  const city = await book({ pickupLocation: nowhere, ...coordinates }, manager);
  const atSea = { ...coordinates, dropLat: 0, dropLng: 0 };
  const sea = await book({ ...atSea, dropLocation: nowhere }, manager);
  const onLand = await book(atSea, manager);

  for (const answer of [pickup, drop, known]) expectRefused(answer, 400, 'GEOCODE_FAILED');
  expect(pickup.body.error.details).toEqual({ field: 'pickupLocation' });
  expect(drop.body.error.details).toEqual({ field: 'dropLocation' });
  expectRefused(city, 400, 'ORIGIN_CITY_UNKNOWN');
  expectRefused(sea, 400, 'DISTANCE_UNAVAILABLE');
  expect(onLand.body.data).toMatchObject({ distanceSource: 'GOOGLE_MAPS' });
});

test('a city that the client leaves out is that of the address, also where there are coordinates', async () => {
  const { manager } = await aFleet();
  const word = `Zz${randomUUID().slice(0, 8)}`;
  const dropLocation = `Sector 18, Noida, flat ${word}`;

  const derived = await book({ ...coordinates, dropLocation }, manager);
  const said = await book({ ...coordinates, dropLocation: `${dropLocation} b`, destinationCity: 'Sohna' }, manager);
  const unknown = await book({ ...coordinates, dropLocation: `Atlantis ${randomUUID()}` }, manager);

  expect(derived.body.data).toMatchObject({ originCity: 'DELHI', destinationCity: 'NOIDA' });
  expect(said.body.data).toMatchObject({ originCity: 'DELHI', destinationCity: 'Sohna' });
  expect(unknown).toMatchObject({ status: 201, body: { data: { destinationCity: 'Unknown' } } });
  expect(await mapsCallsWith(word)).toHaveLength(1);
});

test('with the map away a trip is booked by what the client knows, or not at all', async () => {
  const { manager } = await aFleet();
  const word = `Zz${randomUUID().slice(0, 8)}`;
  await breakMaps(word, 'error');
  const [pickupLocation, dropLocation] = [`Saket ${word}`, `Cyber Hub ${word}`];

  await withSettings({}, async () => {
    const away = await book({ pickupLocation }, manager);
    const known = await book({ pickupLocation, dropLocation, originCity: 'New Delhi', distanceKm: 27 }, manager);
    const placed = await book({ ...coordinates, dropLocation }, manager);
    const cityless = await book({ ...coordinates, pickupLocation, destinationCity: 'Sohna' }, manager);

    for (const answer of [away, cityless]) expectRefused(answer, 503, 'MAPS_UNAVAILABLE');
    expect(known).toMatchObject({ status: 201, body: { data: { originCity: 'DELHI', distanceKm: 27 } } });
    expect(placed).toMatchObject({
      status: 201,
      body: { data: { destinationCity: 'Unknown', distanceSource: 'GOOGLE_MAPS' } },
    });
  });
  expect(await mapsCallsWith(word)).toHaveLength((1 + 2 + 1 + 1) * 4);
  await breakMaps(word, 'none');
});

test('a slow map is waited for four seconds, and then it is away', async () => {
  const { manager, id: fleetId } = await aFleet();
  const word = `Zz${randomUUID().slice(0, 8)}`;
  const far = { ...coordinates, pickupLat: 28.6 + randomInt(1e6) / 1e8 };
  await Promise.all([word, String(far.pickupLat)].map((match) => breakMaps(match, 'slow')));
  const askedAt = Date.now();

  await withSettings({}, async () => {
    const [known, unknown, cityless] = await Promise.all([
      book({ ...far, distanceKm: 60 }, manager),
      book(far, manager),
      book({ ...coordinates, dropLocation: `Saket ${word}` }, manager),
    ]);

    expect(known).toMatchObject({ status: 201, body: { data: { distanceKm: 60, distanceSource: 'CLIENT_PROVIDED' } } });
    expectRefused(unknown, 503, 'MAPS_UNAVAILABLE');
    expect(cityless).toMatchObject({
      status: 201,
      body: { data: { destinationCity: 'Unknown', distanceSource: 'GOOGLE_MAPS' } },
    });
    expect(Date.now() - askedAt).toBeLessThan(9_500);
  });
  expect(await db.trip.count({ where: { fleetId } })).toBe(2);
  await Promise.all([word, String(far.pickupLat)].map((match) => breakMaps(match, 'none')));
});

test('nobody waits for a slow map who says the distance, the city and the points', async () => {
  const { manager } = await aFleet();
  const word = `Zz${randomUUID().slice(0, 8)}`;
  await breakMaps(word, 'slow');
  const ends = { pickupLocation: `Saket ${word}`, dropLocation: `Cyber Hub ${word}`, ...coordinates };
  const askedAt = Date.now();

  const answer = await book({ ...ends, originCity: 'Delhi', distanceKm: 27 }, manager);

  expect(Date.now() - askedAt).toBeLessThan(2_000);
  expect(answer).toMatchObject({
    status: 201,
    body: { data: { distanceKm: 27, distanceSource: 'CLIENT_PROVIDED', originCity: 'DELHI', pickupLat: 28.6315 } },
  });
  expect(await mapsCallsWith(word)).toEqual([]);
  await breakMaps(word, 'none');
});

test('who says all of a way has the city of its end from whoever asked for it before', async () => {
  const { manager } = await aFleet();
  const dropLocation = `Sector 18, Noida, flat ${randomUUID().slice(0, 8)}`;
  const said = { ...coordinates, dropLocation, originCity: 'Delhi', distanceKm: 27 };
  const destination = async () => (await book(said, manager)).body.data.destinationCity as string;

  const before = await destination();
  await get(`/maps/geocode?address=${encodeURIComponent(dropLocation)}`);

  expect([before, await destination()]).toEqual(['Unknown', 'NOIDA']);
});

test('between two names of one place nothing is booked, unless the client knows how far it goes', async () => {
  const { manager } = await aFleet();
  const round = { pickupLocation: 'Saket, New Delhi', dropLocation: 'Saket' };

  expectRefused(await book(round, manager), 400, 'DISTANCE_UNAVAILABLE');
  const { data } = (await book({ ...round, distanceKm: 40 }, manager)).body;
  expect(data).toMatchObject({ distanceKm: 40, distanceSource: 'CLIENT_PROVIDED' });
});

test('a boarding code is made when one is asked for, and lies sealed', async () => {
  const { manager } = await aFleet();

  const { data } = (await book({ boardingCode: true }, manager)).body;

  expect(data).toMatchObject({ otpRequired: true, providerMeta: { otp: expect.stringMatching(/^\d{4}$/) } });
  const { sealedCode } = await tripOf(data.id);
  expect(sealedCode).toMatch(/^k1r\./);
  expect(sealedCode).not.toContain(data.providerMeta.otp);
});
