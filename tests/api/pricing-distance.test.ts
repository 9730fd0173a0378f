import { expect, test } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { post } from '../world/api.ts';
import { breakMaps, mapsCallsWith } from '../world/maps.ts';
import { expectRefused } from './refused.ts';
import { withSettings } from './settings.ts';

const preview = (body: object) => post('/pricing/preview', { tripType: 'INTER_CITY', ...body });

/** A place near Connaught Place that no other test uses, so that neither the cache nor a fault is shared. */
const ownPlace = () => ({ pickupLat: 28.6 + randomInt(1e6) / 1e8, pickupLng: 77.2 + randomInt(1e6) / 1e8 });
const saket = { dropLat: 28.5245, dropLng: 77.2066 };
const somewhere = () => ({ ...ownPlace(), ...saket });

/** Enough that goes well keeps the circuit closed for everybody else. */
const keepCircuitClosed = () => Promise.all(Array.from({ length: 8 }, () => preview(somewhere())));

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

test('a distance of the client saves the look at the addresses', async () => {
  const word = randomUUID().slice(0, 8);

  const { body } = await preview({ pickup: `Saket ${word}`, drop: 'Karol Bagh', distance: '12.4' });

  expect(body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 12.4, billableKm: 13 });
  expect(await mapsCallsWith(word)).toEqual([]);
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
  await keepCircuitClosed();
  const way = somewhere();
  await breakMaps(String(way.pickupLat), mode);

  const degraded = await preview({ ...way, distanceKm: 17 });
  const unknown = await preview(way);
  await breakMaps(String(way.pickupLat), 'none');
  const back = await preview({ ...way, distanceKm: 17 });

  expect(degraded.body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 17, durationMins: null });
  expectRefused(unknown, 400, 'DISTANCE_UNAVAILABLE');
  expectMeasured(back.body.data);
  expect(await mapsCallsWith(String(way.pickupLat))).toHaveLength(3 + 3 + 1);
});

test('a map that keeps failing is left alone', async () => {
  const [failing, healthy] = [somewhere(), somewhere()];
  await breakMaps(String(failing.pickupLat), 'error');

  await withSettings({}, async () => {
    for (let n = 0; n < 3; n += 1) await preview({ ...failing, distanceKm: 17 });
    const { body } = await preview({ ...healthy, distanceKm: 17 });
    expect(body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 17 });
  });

  expect(await mapsCallsWith(String(failing.pickupLat))).toHaveLength(5);
  expect(await mapsCallsWith(String(healthy.pickupLat))).toEqual([]);
  await breakMaps(String(failing.pickupLat), 'none');
});

test('nobody waits for a slow map longer than ten seconds', async () => {
  await keepCircuitClosed();
  const way = somewhere();
  await breakMaps(String(way.pickupLat), 'slow');
  const askedAt = Date.now();

  const { body } = await preview({ ...way, distanceKm: 17 });

  expect(body.data).toMatchObject({ distanceSource: 'CLIENT_PROVIDED', distanceKm: 17 });
  expect(Date.now() - askedAt).toBeLessThan(11_000);
  await breakMaps(String(way.pickupLat), 'none');
}, 20_000);
