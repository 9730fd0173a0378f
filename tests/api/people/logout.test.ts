import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { aFleet } from '../../world/factories.ts';
import { logIn, sessionOf } from './logins.ts';
import { sendRaw } from '../http/raw.ts';
import { expectRefused } from '../http/refused.ts';

interface Pair {
  accessToken: string;
  refreshToken: string;
}

const threePairs = async (): Promise<[Pair, Pair, Pair]> => {
  const { phone } = (await aFleet()).manager;
  const pair = async (): Promise<Pair> => (await logIn(phone)).body.data;
  return [await pair(), await pair(), await pair()];
};

const statusOf = async ({ accessToken }: Pair) => (await get('/users', { token: accessToken })).status;

const logOut = async (body: unknown, sent: Sent = {}) => {
  const answer = await post('/auth/logout', body, sent);
  expect(answer).toMatchObject({ status: 200, body: { success: true, data: null } });
};

test('logging out in the browser leaves the phone logged in', async () => {
  const [browser, phone] = await threePairs();
  expect(await Promise.all([browser, phone].map(statusOf))).toEqual([200, 200]);

  await logOut({ refreshToken: browser.refreshToken });

  expect(await Promise.all([browser, phone].map(statusOf))).toEqual([401, 200]);
  expectRefused(await post('/auth/refresh', { refreshToken: browser.refreshToken }), 401, 'UNAUTHORIZED');
  expect(await sessionOf(browser.accessToken)).toMatchObject({ revokeReason: 'LOGOUT' });
  expect((await post('/auth/refresh', { refreshToken: phone.refreshToken })).status).toBe(200);
});

test('the access token alone ends its session too', async () => {
  const [browser, phone] = await threePairs();

  await logOut({}, { token: browser.accessToken });

  expect(await Promise.all([browser, phone].map(statusOf))).toEqual([401, 200]);
});

test('logging out everywhere ends every session', async () => {
  const pairs = await threePairs();
  expect(await Promise.all(pairs.map(statusOf))).toEqual([200, 200, 200]);

  await logOut({ refreshToken: pairs[0].refreshToken, allDevices: true });

  expect(await Promise.all(pairs.map(statusOf))).toEqual([401, 401, 401]);
});

test.each([false, 'true', 1, null, {}])('allDevices of %j does not mean everywhere', async (allDevices) => {
  const [browser, phone] = await threePairs();

  await logOut({ refreshToken: browser.refreshToken, allDevices });

  expect(await Promise.all([browser, phone].map(statusOf))).toEqual([401, 200]);
});

test('logging out twice is logging out', async () => {
  const [{ accessToken, refreshToken }] = await threePairs();

  await logOut({ refreshToken }, { token: accessToken });
  await logOut({ refreshToken }, { token: accessToken });
});

const strange = [{}, { refreshToken: 'x' }, { refreshToken: 17 }, { refreshToken: {} }, { refreshToken: null }];

test.each([...strange, { refreshToken: 'x'.repeat(5000) }, { allDevices: 'yes' }])(
  'logging out with %j is no fault',
  async (body) => {
    await logOut(body, { token: 'nonsense' });
  },
);

test.each([
  ['a null byte', '{"refreshToken":"a\\u0000b"}'],
  ['half a character', '{"refreshToken":"\\ud800"}'],
  ['a list', '[]'],
  ['half a body', '{"refreshToken":'],
])('logging out with %s is no fault', async (_, body) => {
  expect(await sendRaw('POST', '/auth/logout', body)).toMatchObject({
    status: 200,
    body: { success: true, data: null },
  });
});
