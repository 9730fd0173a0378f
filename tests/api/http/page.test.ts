import { expect, test } from '@jest/globals';

/** The page is plain JavaScript for browsers, which the compiler does not know. */
const parts = await import(new URL('../../../api/http/page/parts.js', import.meta.url).pathname);

test('a description falls apart into its introduction and its chapters', () => {
  expect(parts.chaptersOf('Intro.\n\n## Log in\nWith a code.\n\n### Twice\n\n## Time zone\nIndia.')).toEqual({
    introduction: 'Intro.\n\n',
    chapters: [
      { title: 'Log in', id: 'log-in', text: 'With a code.\n\n### Twice\n\n' },
      { title: 'Time zone', id: 'time-zone', text: 'India.' },
    ],
  });
});

test.each([
  ['post /trips Book a trip', 'book', true],
  ['post /trips Book a trip', 'TRIP Post', true],
  ['post /trips Book a trip', 'book driver', false],
])('%j is found with %j: %s', (text, phrase, isFound) => {
  expect(parts.matches(text, phrase)).toBe(isFound);
});

test('what is known takes the place of its variable, everything else stays', () => {
  const json = JSON.stringify({ path: '/trips/$TRIP_ID', body: { driverId: '$DRIVER_ID' }, token: '$TOKEN' });

  expect(JSON.parse(parts.filled(json, { TRIP_ID: 'TRP20261129001', DRIVER_ID: 'a "quote"' }))).toEqual({
    path: '/trips/TRP20261129001',
    body: { driverId: 'a "quote"' },
    token: '$TOKEN',
  });
});

test.each([
  [[{ id: 1 }], [{ id: 1 }]],
  [{ total: 1, data: [{ id: 2 }] }, [{ id: 2 }]],
  [null, []],
])('the rows of %j are %j', (data, rows) => {
  expect(parts.rowsOf(data)).toEqual(rows);
});

test('a booking is what the next request is about', () => {
  expect(parts.madeBy('POST', '/trips', { id: 'trip-1' })).toEqual({ TRIP_ID: 'trip-1' });
  expect(parts.madeBy('POST', '/trips/trip-1/start', { id: 'trip-1' })).toEqual({});
});

test('staff without a fleet of their own use the first one', async () => {
  const asked: string[] = [];
  const ask = (path: string) => {
    asked.push(path);
    return Promise.resolve(path.startsWith('/fleets?') ? [{ id: 'fleet-1' }] : []);
  };

  expect(await parts.idsOf({ role: 'SUPER_ADMIN', fleetId: null }, ask)).toMatchObject({ FLEET_ID: 'fleet-1' });
  expect(asked).toContain('/drivers/fleet/fleet-1?status=ACTIVE&limit=1');
});
