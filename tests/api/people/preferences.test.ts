import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub } from '../../world/factories.ts';
import { loseAnswer } from '../../world/stored-answers.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

interface Request {
  id: string;
  shortId: string;
  status: string;
  currentPreference: Record<string, boolean>;
  requestedPreference: Record<string, boolean>;
}

const keys = [
  ...['auto_deduct_loans', 'auto_deduct_savings', 'enable_rental_model', 'prefer_day_shift', 'prefer_night_shift'],
  ...['accept_outstation', 'accept_rentals', 'auto_assign_rides', 'prefer_airport_rides', 'prefer_short_trips'],
];

const valuesOf = async (id: string, by: Sent): Promise<Record<string, boolean>> => {
  const { body } = await get(`/drivers/${id}/preference`, by);
  return Object.fromEntries((body.data as { key: string; value: boolean }[]).map(({ key, value }) => [key, value]));
};
const ask = (id: string, wishes: object, by: Sent) => post(`/drivers/${id}/preference/update`, wishes, by);
const asked = async (id: string, wishes: object, by: Sent) => (await ask(id, wishes, by)).body.data as Request;
const decide = (body: object, by: Sent) => post('/drivers/preference/update-status', body, by);
const waiting = async (by: Sent, query = '') =>
  (await get(`/drivers/preference/pending-requests${query}`, by)).body.data as Request[];
const toldOf = (userId: string, event: string) => db.notification.findMany({ where: { userId, event } });

test('a driver sees every preference at its default, by category and key', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  const answer = await get('/drivers/me/preference', driver);

  const shown = answer.body.data as { key: string }[];
  expect(shown.map(({ key }) => key)).toEqual(keys);
  expect(shown[0]).toEqual({
    ...{ key: 'auto_deduct_loans', displayName: 'Loan deduction', category: 'PAYOUT', approvalRequired: true },
    ...{ value: false, description: expect.stringMatching(/\S/) },
  });
  for (const by of [driver, fleet.operations, fleet.manager])
    expect(await valuesOf(driver.id, by)).toEqual(Object.fromEntries(keys.map((key) => [key, false])));
});

test('`me` is the driver who calls, and nobody else', async () => {
  const fleet = await aFleet();

  for (const by of [fleet.manager, fleet.superAdmin]) {
    expectRefused(await get('/drivers/me/preference', by), 404, 'NOT_FOUND');
    expectRefused(await ask('me', { prefer_day_shift: true }, by), 404, 'NOT_FOUND');
  }
});

test('a wish waits, is told to the staff, and holds when it is approved', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  const answer = await ask('me', { prefer_day_shift: true, accept_rentals: false }, driver);

  expect(answer).toMatchObject({ status: 200, body: { data: { status: 'PENDING', driverId: driver.id } } });
  const request = answer.body.data as Request;
  expect(request.requestedPreference).toEqual({ prefer_day_shift: true });
  expect(Object.keys(request.currentPreference).sort()).toEqual([...keys].sort());
  expect(request.shortId).toMatch(/^DPR\d{11,}$/);
  expect(await toldOf(fleet.manager.id, 'preference:requested')).toMatchObject([
    { payload: { requestId: request.id, driverId: driver.id } },
  ]);
  expect(await waiting(fleet.operations)).toMatchObject([
    { id: request.id, driverName: 'Dinesh Kumar', driver: { id: driver.id, mobile: driver.phone } },
  ]);
  expect(await valuesOf('me', driver)).toMatchObject({ prefer_day_shift: false });

  const decided = await decide({ requestId: request.shortId, status: 'APPROVED' }, fleet.operations);

  expect(decided).toMatchObject({
    status: 200,
    body: { data: { id: request.id, status: 'APPROVED', reviewedBy: fleet.operations.id } },
  });
  expect(await valuesOf('me', driver)).toMatchObject({ prefer_day_shift: true, accept_rentals: false });
  expect(await waiting(fleet.manager)).toEqual([]);
  expect(await waiting(fleet.manager, '?status=approved')).toMatchObject([{ id: request.id }]);
  const payload = { requestId: request.id, status: 'APPROVED', rejectionReason: null };
  expect(await toldOf(driver.userId, 'preference:reviewed')).toMatchObject([{ payload }]);
  expect(await db.auditEntry.findMany({ where: { subjectId: request.id } })).toMatchObject([
    { action: 'preference.reviewed', actorId: fleet.operations.id },
  ]);
});

test('what is approved is laid over what holds by then, not over what held when it was asked', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const request = await asked('me', { prefer_day_shift: true }, driver);
  const held = { accept_rentals: true, prefer_short_trips: true };
  await db.driverPreference.create({ data: { id: request.id, driverId: driver.id, preferences: held } });

  await decide({ id: request.id, status: 'APPROVED' }, fleet.manager);

  expect(await valuesOf('me', driver)).toMatchObject({ ...held, prefer_day_shift: true });
});

test('a rejection says why and changes nothing', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await asked('me', { prefer_night_shift: true }, driver);

  expectInvalid(await decide({ id, status: 'REJECTED' }, fleet.manager), 'rejection_reason');
  for (const status of ['rejected', 'DONE', true]) expectInvalid(await decide({ id, status }, fleet.manager), 'status');
  const answer = await decide({ id, status: 'REJECTED', rejection_reason: 'No night cars' }, fleet.manager);

  expect(answer.body.data).toMatchObject({ status: 'REJECTED', rejectionReason: 'No night cars' });
  expect(await valuesOf('me', driver)).toMatchObject({ prefer_night_shift: false });
  expectRefused(await decide({ id, status: 'APPROVED' }, fleet.manager), 404, 'NOT_FOUND');
});

test('one wish waits at a time, also of many at once', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  const answers = await Promise.all(keys.slice(0, 6).map((key) => ask('me', { [key]: true }, driver)));

  const made = answers.filter(({ status }) => status === 200);
  expect(made).toHaveLength(1);
  const requestId = (made[0]!.body.data as Request).id;
  for (const refused of answers.filter((answer) => answer !== made[0])) {
    expectRefused(refused, 400, 'PREFERENCE_REQUEST_PENDING');
    expect(refused.body.error.details).toEqual({ requestId });
  }
});

test('of two decisions at once one is made', async () => {
  const fleet = await aFleet();
  for (let round = 0; round < 5; round += 1) {
    const driver = await aDriver(fleet, { vehicle: false });
    const { id } = await asked('me', { prefer_day_shift: true }, driver);

    const answers = await Promise.all([
      decide({ id, status: 'APPROVED' }, fleet.manager),
      decide({ id, status: 'REJECTED', rejection_reason: 'No' }, fleet.operations),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    const { status } = answers.find((answer) => answer.status === 200)!.body.data as Request;
    expect(await valuesOf('me', driver)).toMatchObject({ prefer_day_shift: status === 'APPROVED' });
  }
});

test('wishes that are none are refused by name', async () => {
  const driver = await aDriver(await aFleet());
  const tooMany = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`wish_${n}`, true]));

  const unknown = await ask('me', { prefer_day_shift: true, prefer_beach: true }, driver);
  expectRefused(unknown, 400, 'UNKNOWN_PREFERENCE');
  expect(unknown.body.error.details).toEqual({ keys: ['prefer_beach'] });
  for (const name of ['constructor', 'toString'])
    expectRefused(await ask('me', { [name]: true }, driver), 400, 'UNKNOWN_PREFERENCE');
  expectInvalid(await ask('me', { prefer_day_shift: 'yes' }, driver), 'prefer_day_shift');
  for (const none of [{}, tooMany, { prefer_day_shift: false }, []])
    expectInvalid(await ask('me', none, driver), 'body');
  expect(await db.preferenceRequest.count({ where: { driverId: driver.id } })).toBe(0);
});

test('the wrapped form of older clients is read too', async () => {
  const driver = await aDriver(await aFleet());

  expect(await asked('me', { requestedPreference: { accept_rentals: true } }, driver)).toMatchObject({
    requestedPreference: { accept_rentals: true },
  });
});

test('what needs no approval holds at once, and what is retired is not known', async () => {
  const driver = await aDriver(await aFleet());
  const [free, retired] = [`free_${driver.phone}`, `retired_${driver.phone}`];
  const of = { displayName: 'Test', description: 'Test', category: 'TRIP' as const };
  await db.preferenceDefinition.createMany({
    data: [
      { ...of, key: free, approvalRequired: false, defaultValue: true },
      { ...of, key: retired, isActive: false },
    ],
  });
  try {
    const request = await asked('me', { [free]: false }, driver);

    expect(request).toMatchObject({ status: 'APPROVED', reviewedBy: null, reviewedAt: expect.any(String) });
    expect((await valuesOf('me', driver))[free]).toBe(false);
    expect(Object.keys(await valuesOf('me', driver))).not.toContain(retired);
    expectRefused(await ask('me', { [retired]: true }, driver), 400, 'UNKNOWN_PREFERENCE');
  } finally {
    await db.preferenceDefinition.deleteMany({ where: { key: { in: [free, retired] } } });
  }
});

test('each sees and decides what is theirs', async () => {
  const [fleet, foreign] = [await aFleet(), await aFleet()];
  const { id: hubId } = await aHub(fleet.id);
  const [driver, elsewhere] = [await aDriver(fleet), await aDriver({ id: fleet.id, hubId })];
  const mine = await asked('me', { prefer_day_shift: true }, driver);
  const theirs = await asked(elsewhere.id, { prefer_day_shift: true }, fleet.manager);
  const ids = async (by: Sent, query?: string) => (await waiting(by, query)).map(({ id }) => id);

  expect(await ids(fleet.manager)).toEqual([mine.id, theirs.id]);
  expect(await ids(fleet.manager, `?driverId=${elsewhere.id}`)).toEqual([theirs.id]);
  expect(await ids(fleet.operations)).toEqual([mine.id]);
  expect(await ids(foreign.manager)).toEqual([]);
  expectRefused(await ask(elsewhere.id, { accept_rentals: true }, driver), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(`/drivers/${elsewhere.id}/preference`, driver), 403, 'SCOPE_FORBIDDEN');
  const approved = { id: theirs.id, status: 'APPROVED' };
  for (const by of [fleet.operations, foreign.manager])
    expectRefused(await decide(approved, by), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await ask(driver.id, { accept_rentals: true }, fleet.operations), 403, 'FORBIDDEN');
});

test.each(['driver', 'user'])('who is deactivated as a %s waits for no decision', async (what) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet, { vehicle: false });
  const { id } = await asked('me', { prefer_day_shift: true }, driver);

  const answer =
    what === 'driver'
      ? await patch(`/drivers/${driver.id}/status`, { status: 'INACTIVE' }, fleet.manager)
      : await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin);

  expect(answer.status).toBe(200);
  expect(await db.preferenceRequest.findUniqueOrThrow({ where: { id } })).toMatchObject({
    ...{ status: 'REJECTED', reviewedBy: null, rejectionReason: 'The driver was deactivated' },
  });
});

test('a wish and a review whose answers were lost are answered again, once each', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const twice = async (path: string, body: object, by: Sent, callerId: string) => {
    const key = randomUUID();
    const send = async () => (await post(path, body, { ...by, key })).body.data as Request;
    const first = await send();
    expect((await loseAnswer(callerId, `POST ${path}`, key)).count).toBe(1);
    expect(await send()).toEqual(first);
    return first;
  };

  const wish = { prefer_day_shift: true };
  const { id } = await twice(`/drivers/${driver.id}/preference/update`, wish, driver, driver.userId);
  const approval = { id, status: 'APPROVED' };
  await twice('/drivers/preference/update-status', approval, fleet.manager, fleet.manager.id);

  expect(await toldOf(driver.userId, 'preference:reviewed')).toHaveLength(1);
  expect(await db.preferenceRequest.count({ where: { driverId: driver.id } })).toBe(1);
});
