import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { get } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { breakMaps, mapsCallsWith } from '../../world/maps.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { withSettings } from '../http/settings.ts';

const suggest = (query: string, sent = {}) => get(`/maps/autocomplete?query=${encodeURIComponent(query)}`, sent);
const geocode = (address: string, sent = {}) => get(`/maps/geocode?address=${encodeURIComponent(address)}`, sent);

/** A word that no other test uses, so that neither the cache nor a fault is shared. */
const ownWord = () => randomUUID().slice(0, 8);

/** How often the partner was asked about this. */
const callsAbout = async (word: string): Promise<number> => (await mapsCallsWith(word)).length;

/** For how many minutes from now an answer is kept. */
const keptMinutes = async (key: string): Promise<number> => {
  const { expiresAt } = await db.mapsCache.findUniqueOrThrow({ where: { key } });
  return Math.ceil((expiresAt.getTime() - Date.now()) / 60_000);
};

test('an address that is being typed has suggestions, with both names of their id', async () => {
  const { body, status } = await suggest('Karol Ba');

  expect(status).toBe(200);
  expect(body.data).toEqual([
    {
      ...{ description: 'Karol Bagh, New Delhi, Delhi 110005, India', mainText: 'Karol Bagh' },
      ...{ secondaryText: 'New Delhi, Delhi 110005, India', place_id: body.data[0].placeId },
      placeId: expect.stringMatching(/\S/),
    },
  ]);
});

test.each(['D', 'De', 'De '])('"%s" is too short for a suggestion, and no question to the partner', async (query) => {
  const answer = await suggest(query);

  expect(answer).toMatchObject({ status: 200, body: { data: [] } });
  expect(answer.headers.get('x-maps-degraded')).toBeNull();
});

test('a missing or endless query is refused', async () => {
  expectInvalid(await get('/maps/autocomplete'), 'query');
  expectInvalid(await suggest('x'.repeat(201)), 'query');
  expectInvalid(await get('/maps/geocode'), 'address');
  expectInvalid(await geocode('x'.repeat(501)), 'address');
});

test('a visitor without a token and staff with one may ask', async () => {
  const { manager } = await aFleet();

  expect((await suggest('Saket', manager)).body.data).toHaveLength(1);
  expect((await suggest('Saket')).body.data).toHaveLength(1);
});

test('a visitor asks thirty times a minute', async () => {
  const ip = '10.9.8.7';

  const answers = await Promise.all(Array.from({ length: 31 }, () => suggest('De', { ip })));

  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(1);
  expectRefused(refused[0]!, 429, 'RATE_LIMIT_EXCEEDED');
  expect(refused[0]!.headers.get('x-ratelimit-remaining')).toBe('0');
});

test('what was asked once is not asked again within the hour, nor that nothing was found', async () => {
  const word = ownWord();
  const nothing = [await suggest(`  Qx${word}`), await suggest(`qX${word} `)];

  const found = [await geocode(`Saket, Delhi, flat ${word}`), await geocode(`saket, delhi, flat ${word}`)];

  expect(nothing.map(({ body }) => body.data)).toEqual([[], []]);
  expect(found[0]!.body.data).toEqual(found[1]!.body.data);
  expect(await callsAbout(`qx${word}`)).toBe(1);
  expect(await callsAbout(`flat ${word}`)).toBe(1);
  expect(await keptMinutes(`auto|qx${word}`)).toBe(5);
  expect(await keptMinutes(`geo|saket, delhi, flat ${word}`)).toBe(24 * 60);
});

test('suggestions are kept for an hour', async () => {
  await suggest('Vaishali, Ghaziabad');

  expect(await keptMinutes('auto|vaishali, ghaziabad')).toBe(60);
});

test('an answer that has grown old is asked for anew', async () => {
  const word = ownWord();
  await geocode(`Saket, Delhi, flat ${word}`);
  const key = `geo|saket, delhi, flat ${word}`;
  await db.mapsCache.update({ where: { key }, data: { expiresAt: new Date(Date.now() - 1000) } });

  expect((await geocode(`Saket, Delhi, flat ${word}`)).status).toBe(200);

  expect(await callsAbout(word)).toBe(2);
  expect(await keptMinutes(key)).toBe(24 * 60);
});

test('suggestions are asked for in India', async () => {
  const word = ownWord();

  await suggest(`Saket ${word}`);

  expect(await mapsCallsWith(word)).toMatchObject([{ components: 'country:in', types: 'geocode' }]);
});

test('where visitors are not allowed, only people with a token may ask', async () => {
  const { manager } = await aFleet();

  await withSettings({ MAPS_ALLOW_ANONYMOUS: 'false' }, async () => {
    expectRefused(await suggest('Saket'), 401, 'UNAUTHORIZED');
    expectRefused(await geocode('Saket, New Delhi'), 401, 'UNAUTHORIZED');
    expect((await suggest('Saket', manager)).body.data).toHaveLength(1);
  });
});

test('a person asks a hundred and twenty times a minute, wherever they are', async () => {
  const { manager } = await aFleet();
  const from = (ip: string, count: number) => Array.from({ length: count }, () => suggest('De', { ...manager, ip }));

  const answers = await Promise.all([...from('10.9.8.5', 60), ...from('10.9.8.6', 61)]);

  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(1);
  expectRefused(refused[0]!, 429, 'RATE_LIMIT_EXCEEDED');
  expect(refused[0]!.headers.get('x-ratelimit-remaining')).toBe('0');
});

test('an address has its point and its city', async () => {
  const { body } = await geocode('Cyber Hub, Gurugram');

  expect(body.data).toEqual({
    ...{ lat: 28.495, lng: 77.0895, city: 'GURGAON' },
    formattedAddress: 'Cyber Hub, Gurugram, Haryana 122002, India',
  });
});

test('an address that nobody knows is not found', async () => {
  const answer = await geocode(`Atlantis ${ownWord()}`);

  expectRefused(answer, 404, 'NOT_FOUND');
  expect(answer.body.error.details).toEqual({ resource: 'address' });
});

test.each(['error', 'refuse', 'garbage', 'slow'])(
  'with the map away (%s) there are no suggestions, which is said after two tries',
  async (mode) => {
    const word = `Zz${ownWord()}`;
    await breakMaps(word, mode);

    await withSettings({}, async () => {
      const degraded = await suggest(word);
      await breakMaps(word, 'none');
      const recovered = await suggest(word);

      expect(degraded).toMatchObject({ status: 200, body: { success: true, data: [] } });
      expect(degraded.headers.get('x-maps-degraded')).toBe('1');
      expect(recovered.headers.get('x-maps-degraded')).toBeNull();
    });

    expect(await callsAbout(word)).toBe(2 + 1);
  },
);

test('with the map away an address cannot be found, which is said after four tries', async () => {
  const word = `Zz${ownWord()}`;
  await breakMaps(word, 'refuse');

  await withSettings({}, async () => {
    const away = await geocode(`Saket, Delhi ${word}`);
    await breakMaps(word, 'none');
    const back = await geocode(`Saket, Delhi ${word}`);

    expectRefused(away, 503, 'MAPS_UNAVAILABLE');
    expect(back).toMatchObject({ status: 200, body: { data: { city: 'DELHI' } } });
  });

  expect(await callsAbout(word)).toBe(4 + 1);
});

test('nobody waits for a slow map longer than four seconds', async () => {
  const word = ownWord();
  await breakMaps(word, 'slow');
  const askedAt = Date.now();

  expectRefused(await geocode(`Saket, Delhi ${word}`), 503, 'MAPS_UNAVAILABLE');

  expect(Date.now() - askedAt).toBeLessThan(9_500);
  await breakMaps(word, 'none');
});

let answer = { status: 200, text: '' };
let asked = 0;

/** A map that answers as it is told, where the simulator has no switch for it. */
const map = createServer((_request, response) => {
  asked += 1;
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
});

beforeAll(() => new Promise<void>((resolve) => map.listen(0, '127.0.0.1', resolve)));
afterAll(() => void map.close());

test.each([
  [429, '{}', 4],
  [503, '{}', 4],
  [200, '{"status":"UNKNOWN_ERROR"}', 4],
  [200, '{"status":"OVER_QUERY_LIMIT"}', 4],
  [200, '{"status":"OK","resu', 4],
  [400, '{}', 1],
  [403, '{}', 1],
  [404, '{}', 1],
  [200, '{"status":"REQUEST_DENIED"}', 1],
  [200, '{"status":"INVALID_REQUEST"}', 1],
  [200, '{"status":"OK","results":[{}]}', 1],
  [200, '{}', 1],
  [200, 'null', 1],
])('a map that answers %i %s is asked %i times', async (status, text, times) => {
  answer = { status, text };
  asked = 0;

  await withSettings({ GOOGLE_MAPS_URL: `http://127.0.0.1:${(map.address() as AddressInfo).port}` }, async () => {
    expectRefused(await geocode(`Saket, Delhi ${ownWord()}`), 503, 'MAPS_UNAVAILABLE');
  });

  expect(asked).toBe(times);
});
