import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../../world/api.ts';
import type { Answer, Sent } from '../../../world/api.ts';
import { gateway, pay, untilCredit } from '../../../world/money/collections.ts';
import { aVehicleWithQr, istTime, switchesOf, tick } from '../../../world/money/credits.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aHub, aUser, aVehicle } from '../../../world/factories.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
/** The gateway takes nine seconds over these, while other tests go on. */
let late: { id: string; vehicleNumber: string; answer: Promise<Answer> };
let away: { id: string; account: string; answer: Promise<Answer> };
beforeAll(async () => {
  [fleet, other] = await Promise.all([aFleet(), aFleet()]);
  const slow = { delayMs: 9_000, times: 1 };
  const [car, made] = await Promise.all([aCar(), aVehicleWithQr(fleet)]);
  await gateway.scenario({ match: car.vehicleNumber, call: 'createAccount', ...slow });
  await gateway.scenario({ match: made.account, call: 'switchAccount', ...slow });
  late = { ...car, answer: make(car.id) };
  away = { ...made, answer: turn(made.id, 'deactivate') };
});

const aCar = () => aVehicle(fleet.id, fleet.hubId);
const make = (id: string, by: Sent = fleet.manager, path = '/payments/admin/vehicle') =>
  post(`${path}/${id}/qr`, {}, by);
const read = (id: string, by: Sent = fleet.manager) => get(`/payments/admin/vehicle/${id}/qr`, by);
const turn = (id: string, how: 'activate' | 'deactivate', by: Sent = fleet.manager) =>
  post(`/payments/admin/vehicle/${id}/qr/${how}`, {}, by);
const rowOf = (vehicleId: string) => db.virtualAccount.findUniqueOrThrow({ where: { vehicleId } });

/** The calls that asked for the account of a vehicle. */
const askedFor = async (vehicleNumber: string) =>
  (await gateway.entries('asked', `DKVEH ${vehicleNumber}`))
    .filter(({ what }) => what === 'createAccount')
    .map(({ detail }) => detail as Record<string, string>);

test('money that comes while the gateway is asked to switch a QR off is nobody’s', async () => {
  await until(async () => !(await rowOf(away.id)).isWanted, 'the wish');
  expect((await rowOf(away.id)).status).toBe('ACTIVE');

  const { id } = await pay(away.account, 10);

  expect(await untilCredit(id, 'UNATTRIBUTED', 'COLLECTED')).toMatchObject({ reason: 'INACTIVE_QR' });
});

test('a QR is made once: a picture that every app reads, a label, and the number under which it was asked for', async () => {
  const car = await aCar();
  await db.vehicle.update({ where: { id: car.id }, data: { vehicleNumber: `dl-01 ${car.id.slice(0, 8)}` } });
  expectRefused(await read(car.id), 404, 'NOT_FOUND');
  expect((await read(car.id)).body.error.details).toMatchObject({ resource: 'virtualQr' });

  const made = await make(car.id);
  const again = await make(car.id);

  const label = `DKVEH DL01${car.id.slice(0, 8).toUpperCase()}`;
  const row = await rowOf(car.id);
  expect([made.status, again.status]).toEqual([201, 200]);
  expect(made.body.data).toMatchObject({
    ...{ id: row.id, shortId: expect.stringMatching(/^VQR\d+$/), vehicleId: car.id, virtualAccountId: row.gatewayId },
    ...{ virtualAccountNumber: row.accountNumber, ifscCode: row.ifscCode, upiId: row.upiId, isActive: true, label },
    ...{ uniqueRequestNumber: row.number, status: 'ACTIVE' },
  });
  expect(made.body.data).not.toHaveProperty('existing', true);
  expect(again.body.data).toEqual({ ...made.body.data, existing: true });
  const png = Buffer.from(made.body.data.qrCodeBase64.replace(/^data:image\/png;base64,/, ''), 'base64');
  expect([png.subarray(0, 8).toString('hex'), png.subarray(12, 16).toString()]).toEqual(['89504e470d0a1a0a', 'IHDR']);
  expect(png.subarray(-8, -4).toString()).toBe('IEND');
  const [asked, ...more] = await askedFor(label.slice(6));
  expect([asked, more]).toMatchObject([{ unique_request_number: row.number, label }, []]);
  expect((await read(car.id)).body.data).toEqual(made.body.data);
});

test('of six wishes at once one account comes out, also at the gateway', async () => {
  const car = await aCar();

  const answers = await Promise.all(Array.from({ length: 6 }, () => make(car.id)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ body }) => body.data.virtualAccountId as string)).size).toBe(1);
  expect(new Set((await askedFor(car.vehicleNumber)).map(({ unique_request_number: number }) => number)).size).toBe(1);
});

test('a gateway that refuses is 502, and another wish asks under the same number', async () => {
  const car = await aCar();
  await gateway.scenario({ match: car.vehicleNumber, call: 'createAccount', answer: 'refuse', times: 1 });

  const refused = await make(car.id);

  expectRefused(refused, 502, 'GATEWAY_REJECTED');
  const row = await rowOf(car.id);
  expect(refused.body.error.details).toMatchObject({ virtualQrId: row.id });
  expect(row).toMatchObject({ status: 'FAILED', gatewayId: null });
  expectRefused(await read(car.id), 404, 'NOT_FOUND');
  const { status, body } = await make(car.id);
  expect([status < 300, body.data.isActive]).toEqual([true, true]);
  expect((await askedFor(car.vehicleNumber)).map(({ unique_request_number: number }) => number)).toEqual([
    row.number,
    row.number,
  ]);
});

test('a QR is switched off and on at the gateway, each once, and by whoever asks twice', async () => {
  const car = await aVehicleWithQr(fleet);

  const off = [await turn(car.id, 'deactivate'), await turn(car.id, 'deactivate')];
  const on = [await turn(car.id, 'activate'), await turn(car.id, 'activate', fleet.operations)];

  expect(off.map(({ status, body }) => [status, body.data.isActive])).toEqual([
    [200, false],
    [200, false],
  ]);
  expect(on.map(({ status, body }) => [status, body.data.isActive])).toEqual([
    [200, true],
    [200, true],
  ]);
  expect(await switchesOf(car.account)).toEqual(['false', 'true']);
  const { id } = await rowOf(car.id);
  const audited = await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { at: 'asc' } });
  expect(audited.map(({ action, actorId }) => [action, actorId])).toEqual([
    ['virtualQr.created', fleet.manager.id],
    ['virtualQr.deactivated', fleet.manager.id],
    ['virtualQr.activated', fleet.manager.id],
  ]);
});

test('a switch that the gateway refuses is 502, and the wish stays until a person tries again', async () => {
  const car = await aVehicleWithQr(fleet);
  await gateway.scenario({ match: car.account, call: 'switchAccount', answer: 'refuse', times: 1 });

  expectRefused(await turn(car.id, 'deactivate'), 502, 'GATEWAY_REJECTED');

  expect((await read(car.id)).body.data.isActive).toBe(false);
  await db.$executeRaw`UPDATE "virtual_accounts" SET "updatedAt" = now() - interval '1 minute' WHERE "vehicleId" = ${car.id}::uuid`;
  await tick();
  expect(await switchesOf(car.account)).toEqual(['false']);
  expect((await turn(car.id, 'deactivate')).status).toBe(200);
  expect(await rowOf(car.id)).toMatchObject({ status: 'INACTIVE', failureReason: null });
});

test('a whole fleet: what is there stays, the rest is made, and OPERATIONS order for their hubs alone', async () => {
  const own = await aFleet();
  const hub = await aHub(own.id);
  const [first, second, third] = [
    await aVehicleWithQr(own),
    await aVehicle(own.id, own.hubId),
    await aVehicle(own.id, hub.id),
  ];

  const byOperations = await post(`/payments/admin/fleet/${own.id}/qr`, {}, own.operations);
  const { body } = await post(`/payments/admin/fleet/${own.id}/qr`, {}, own.manager);

  type Result = { vehicleId: string; result: string };
  const results = (of: Result[]) => Object.fromEntries(of.map(({ vehicleId, result }) => [vehicleId, result]));
  expect(results(byOperations.body.data)).toEqual({ [first.id]: 'EXISTING', [second.id]: 'CREATED' });
  expect(results(body.data)).toMatchObject({ [first.id]: 'EXISTING', [third.id]: 'CREATED' });
  for (const { id } of [second, third])
    await until(async () => (await rowOf(id)).status === 'ACTIVE', 'the account of a vehicle');
  expectRefused(await post(`/payments/admin/fleet/${own.id}/qr`, {}, other.manager), 403, 'SCOPE_FORBIDDEN');
});

test('a QR that the gateway has refused is asked for again with those of the whole fleet', async () => {
  const own = await aFleet();
  const car = await aVehicle(own.id, own.hubId);
  await gateway.scenario({ match: car.vehicleNumber, call: 'createAccount', answer: 'refuse', times: 1 });
  expect((await make(car.id, own.manager)).status).toBe(502);

  const { body } = await post(`/payments/admin/fleet/${own.id}/qr`, {}, own.manager);

  expect(body.data).toMatchObject([{ vehicleId: car.id, result: 'PENDING' }]);
  await until(async () => (await rowOf(car.id)).status === 'ACTIVE', 'the account');
});

test('what was paid is listed by date, newest first, in pages', async () => {
  const car = await aVehicleWithQr(fleet);
  const times = [istTime('23:59:59', 2), istTime('00:00:00', 1), istTime('23:59:59', 1), istTime('00:00:00', 0)];
  const credits = await Promise.all(times.map((at, n) => pay(car.account, n + 1, { at: at.toISOString() })));
  await Promise.all(credits.map(({ id }) => untilCredit(id, 'UNATTRIBUTED')));
  const day = new Date(times[1]!.getTime() + 5.5 * 3_600_000).toISOString().slice(0, 10);
  const listed = async (query: string, by: Sent = fleet.operations) => {
    const { body } = await get(`/payments/admin/vehicle/${car.id}/qr/transactions${query}`, by);
    return (body.data as { amount: number }[]).map(({ amount }) => amount);
  };

  expect(await listed('')).toEqual([4, 3, 2, 1]);
  expect(await listed(`?startDate=${day}&endDate=${day}`)).toEqual([3, 2]);
  expect(await listed(`?startDate=${day}`)).toEqual([4, 3, 2]);
  expect(await listed('?limit=2&page=2')).toEqual([2, 1]);
  expectInvalid(
    await get(`/payments/admin/vehicle/${car.id}/qr/transactions?startDate=soon`, fleet.manager),
    'startDate',
  );
  const [row] = (await get(`/payments/admin/vehicle/${car.id}/qr/transactions`, fleet.manager)).body.data;
  expect(row).toMatchObject({ creditId: credits[3]!.id, state: 'UNATTRIBUTED', isConfirmed: false, vehicleId: car.id });
});

test('only staff of its fleet, and of its hub, have to do with the QR of a vehicle', async () => {
  const car = await aVehicleWithQr(fleet);
  const hub = await aHub(fleet.id);
  const elsewhere = await aUser('OPERATIONS', fleet.id, [hub.id]);
  const calls = [
    (by: Sent) => make(car.id, by),
    (by: Sent) => read(car.id, by),
    (by: Sent) => turn(car.id, 'deactivate', by),
    (by: Sent) => turn(car.id, 'activate', by),
    (by: Sent) => get(`/payments/admin/vehicle/${car.id}/qr/transactions`, by),
  ];

  for (const call of calls) {
    for (const by of [elsewhere, other.manager, other.operations, other.fleetAdmin])
      expectRefused(await call(by), 403, 'SCOPE_FORBIDDEN');
    expectRefused(await call({}), 401, 'UNAUTHORIZED');
  }
  const driver = await aUser('DRIVER', fleet.id);
  expectRefused(await make(car.id, driver), 403, 'FORBIDDEN');
  expect(await rowOf(car.id)).toMatchObject({ status: 'ACTIVE', isWanted: true });
  expect(await switchesOf(car.account)).toEqual([]);
  expectRefused(await make(randomUUID(), fleet.superAdmin), 404, 'NOT_FOUND');
});

test('short ids and the other paths lead to the same QR', async () => {
  const car = await aVehicleWithQr(fleet);
  const { shortId } = await db.vehicle.findUniqueOrThrow({ where: { id: car.id } });

  const answers = await Promise.all([
    ...['/payments/admin', '/payment/admin', '/admin'].map((path) =>
      get(`${path}/vehicle/${car.id}/qr`, fleet.manager),
    ),
    get(`/admin/vehicle/${shortId}/qr`, fleet.superAdmin),
    make(car.id, fleet.manager, '/admin/vehicle'),
  ]);

  expect(answers.map(({ status, body }) => [status, body.data.virtualAccountId])).toEqual(
    answers.map(() => [200, car.account]),
  );
});

test('answers that are lost, repeated or late lead to one account, which is adopted', async () => {
  const [lost, repeated] = await Promise.all([aCar(), aCar()]);
  const scenario = (car: { vehicleNumber: string }, how: object) =>
    gateway.scenario({ match: car.vehicleNumber, call: 'createAccount', times: 1, ...how });
  await scenario(lost, { answer: 'lose' });
  await scenario(repeated, { answer: 'duplicate' });

  const [found, unknown, silent] = await Promise.all([make(lost.id), make(repeated.id), late.answer]);

  expect(found.status).toBe(201);
  for (const [answer, car] of [
    [unknown, repeated],
    [silent, late],
  ] as const) {
    expectRefused(answer, 504, 'GATEWAY_TIMEOUT');
    const { id } = await rowOf(car.id);
    expect(answer.body.error.details).toMatchObject({ virtualQrId: id });
    await until(async () => (await read(car.id)).body.data?.isActive === true, 'the account');
  }
  for (const car of [lost, repeated, late]) {
    const { number } = await rowOf(car.id);
    const asked = await askedFor(car.vehicleNumber);
    expect(new Set(asked.map(({ unique_request_number: sent }) => sent))).toEqual(new Set([number]));
    expect((await gateway.entries('answered', car.vehicleNumber)).length).toBeGreaterThan(0);
  }
  expect((await make(late.id)).body.data).toMatchObject({ existing: true, isActive: true });
});

test('a gateway that is silent about a switch is asked again until it agrees', async () => {
  expectRefused(await away.answer, 504, 'GATEWAY_TIMEOUT');

  await until(async () => (await rowOf(away.id)).status === 'INACTIVE', 'the gateway to agree');
  expect(new Set(await switchesOf(away.account))).toEqual(new Set(['false']));
});

test('a vehicle that is taken out of service takes no more money by its QR', async () => {
  const { id, account } = await aVehicleWithQr(fleet);

  await patch(`/vehicles/${id}/deactivate`, {}, fleet.fleetAdmin);

  await until(async () => (await rowOf(id)).status === 'INACTIVE', 'the QR to be switched off');
  expect(await rowOf(id)).toMatchObject({ isWanted: false, gatewayId: account });
});
