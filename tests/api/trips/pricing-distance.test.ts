import { afterEach, expect, jest, test } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { post } from '../../world/api.ts';
import { breakMaps, mapsCallsWith } from '../../world/maps.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { withSettings } from '../http/settings.ts';

const preview = (body: object) => post('/pricing/preview', { tripType: 'INTER_CITY', ...body });

/** A place near Connaught Place that no other test uses, so that neither the cache nor a fault is shared. */
const ownPlace = () => ({ pickupLat: 28.6 + randomInt(1e6) / 1e8, pickupLng: 77.2 + randomInt(1e6) / 1e8 });
const saket = { dropLat: 28.5245, dropLng: 77.2066 };
const somewhere = () => ({ ...ownPlace(), ...saket });

const roadKm = { min: 10, max: 18 };

const expectMeasured = ({ distanceSource, distanceKm, durationMins }: Record<string, unknown>) => {
  expect({ distanceSource, durationMins }).toEqual({ distanceSource: 'GOOGLE_MAPS', durationMins: expect.any(Number) });
  expect(distanceKm).toBeGreaterThan(roadKm.min);
  expect(distanceKm).toBeLessThan(roadKm.max);
};

test('the way between two points is measured, whatever the client says of it', async () => {
  const { body } = await preview({ ...somewhere(), distanceKm: 400 });

  expectMeasured(body.data);
  expect(body.data.billableKm).toBe(Math.ceil(body.data.distanceKm as number));
});

test.each([
  [{ pickup: 'Connaught Place, New Delhi', drop: 'Saket, New Delhi' }],
  [{ pickupLocation: { address: 'Connaught Place, New Delhi' }, dropLocation: { description: 'Saket, New Delhi' } }],
  [{ pickup: { latitude: 28.6315, longitude: 77.2167 }, drop: { lat: 28.5245, lng: 77.2066 } }],
  [{ pickupLat: '28.6315', pickupLng: '77.2167', dropLat: '28.5245', dropLng: '77.2066' }],
])('a way may be sent as %j', async (way) => {
  expectMeasured((await preview(way)).body.data);
});

test('the way between two addresses is measured, whatever the client says of it', async () => {
  const word = randomUUID().slice(0, 8);

  const { body } = await preview({ pickup: `Saket ${word}`, drop: 'Connaught Place', distance: '400' });

  expectMeasured(body.data);
  expect(await mapsCallsWith(word)).toHaveLength(1);
});

test('where an address is not found, the distance of the client counts', async () => {
  const way = { pickup: `Atlantis ${randomUUID()}`, drop: 'Karol Bagh' };

  const { body } = await preview({ ...way, distance: '12.4' });

  expect(body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 12.4, billableKm: 13 });
  expectRefused(await preview(way), 400, 'DISTANCE_UNAVAILABLE');
});

test('a way that was measured once is not measured again', async () => {
  const way = somewhere();

  const answers = [await preview(way), await preview(way)];

  expect(answers[0]!.body.data).toEqual(answers[1]!.body.data);
  expect(await mapsCallsWith(String(way.pickupLat))).toHaveLength(1);
});

test('where no road leads, the distance of the client counts', async () => {
  const across = { pickupLat: 28.6, pickupLng: 77.2, dropLat: 51.5, dropLng: -0.1 };

  expect((await preview({ ...across, distanceKm: 30 })).body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED' });
  expectRefused(await preview(across), 400, 'DISTANCE_UNAVAILABLE');
});

test('zero is a coordinate like any other', async () => {
  const way = { pickupLat: 0, pickupLng: 0, dropLat: 0, dropLng: 0, distanceKm: 30 };

  expect((await preview(way)).body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 30 });
});

test.each(['error', 'refuse', 'garbage', 'down'])('with the map away (%s) the client is believed', async (mode) => {
  const way = somewhere();
  await breakMaps(String(way.pickupLat), mode);

  await withSettings({}, async () => {
    const degraded = await preview({ ...way, distanceKm: 17 });
    const unknown = await preview(way);
    await breakMaps(String(way.pickupLat), 'none');
    const back = await preview({ ...way, distanceKm: 17 });

    expect(degraded.body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 17, durationMins: null });
    expectRefused(unknown, 503, 'MAPS_UNAVAILABLE');
    expectMeasured(back.body.data);
  });

  expect(await mapsCallsWith(String(way.pickupLat))).toHaveLength(4 + 4 + 1);
});

const { now } = Date;
/** Puts the clock of this process forward, and so that of an API of `withSettings`. */
const putForward = (ms: number) => jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
afterEach(() => void jest.restoreAllMocks());

test('a map that failed five times within half a minute is left alone for a minute, however often it answered', async () => {
  const failing = somewhere();
  await breakMaps(String(failing.pickupLat), 'error');
  const fail = (times: number) =>
    Promise.all(Array.from({ length: times }, () => preview({ ...failing, distanceKm: 17 })));
  const sourceOfAnother = async () =>
    (await preview({ ...somewhere(), distanceKm: 13 })).body.data.distanceSource as string;

  await withSettings({}, async () => {
    await Promise.all(Array.from({ length: 20 }, sourceOfAnother));
    await fail(4);
    expect(await sourceOfAnother()).toBe('GOOGLE_MAPS');
    putForward(31_000);
    await fail(4);
    expect(await sourceOfAnother()).toBe('GOOGLE_MAPS');
    await fail(1);
    expect(await sourceOfAnother()).toBe('CLIENT_PROVIDED');
    await fail(1);
    putForward(31_000 + 61_000);
    expect(await sourceOfAnother()).toBe('GOOGLE_MAPS');
  });

  expect(await mapsCallsWith(String(failing.pickupLat))).toHaveLength((4 + 4 + 1) * 4);
  await breakMaps(String(failing.pickupLat), 'none');
});

test('nobody waits for a slow map longer than four seconds', async () => {
  const way = somewhere();
  await breakMaps(String(way.pickupLat), 'slow');
  const askedAt = Date.now();

  await withSettings({}, async () => {
    const [known, unknown] = await Promise.all([preview({ ...way, distanceKm: 17 }), preview(way)]);

    expect(known.body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 17 });
    expectRefused(unknown, 503, 'MAPS_UNAVAILABLE');
    expect(Date.now() - askedAt).toBeLessThan(9_500);
  });
  await breakMaps(String(way.pickupLat), 'none');
});

test('a map that is slow for everybody is left alone after five of them', async () => {
  const ways = Array.from({ length: 5 }, somewhere);
  await Promise.all(ways.map((way) => breakMaps(String(way.pickupLat), 'slow')));

  await withSettings({}, async () => {
    await Promise.all(ways.map((way) => preview({ ...way, distanceKm: 17 })));

    expectRefused(await preview(somewhere()), 503, 'MAPS_UNAVAILABLE');
  });
  await Promise.all(ways.map((way) => breakMaps(String(way.pickupLat), 'none')));
});

test('between two names of one place there is no distance', async () => {
  const way = { pickup: 'Saket, New Delhi', drop: 'Saket' };

  expectRefused(await preview(way), 400, 'DISTANCE_UNAVAILABLE');
  expect((await preview({ ...way, distanceKm: 30 })).body.data).toMatchObject({ distanceKm: 30 });
});

test('the point of one end is enough beside two addresses', async () => {
  const ends = {
    pickup: { address: 'Connaught Place, New Delhi', ...{ lat: 28.63, lng: 77.21 } },
    drop: 'Saket, New Delhi',
  };

  expect((await preview(ends)).body.data).toMatchObject({ distanceSource: 'GOOGLE_MAPS' });
  expectInvalid(await preview({ pickup: { lat: 28.63, lng: 77.21 }, drop: 'Saket' }), 'dropLat', 'dropLng');
  expectInvalid(await preview({ ...ends, drop: { address: 'Saket', lat: 28.5 } }), 'dropLng');
});
