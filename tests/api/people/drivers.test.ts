import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aUser, hubPoint } from '../../world/factories.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { logIn } from './logins.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aShiftOnBreak } from '../shifts/shifts.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const create = (fleet: Fleet, body: object, by: Sent = fleet.manager) =>
  post('/drivers', { fleetId: fleet.id, firstName: 'Dinesh', lastName: 'Kumar', mobile: aPhone(), ...body }, by);

const numbers = { aadharNumber: '1234 5678 9012', panNumber: 'abcde1234f', bankAccountNumber: 99887766554433 };
const masked = { aadharNumber: '********9012', panNumber: '******234F', bankAccountNumber: '**********4433' };
const clear = { aadharNumber: '123456789012', panNumber: 'ABCDE1234F', bankAccountNumber: '99887766554433' };

test('a driver is created with their login', async () => {
  const fleet = await aFleet();
  const mobile = aPhone();

  const answer = await create(fleet, { mobile: `0${mobile}`, hubId: fleet.hubId, dlNumber: 'DL-0420110012345' });

  const { id, userId } = answer.body.data as { id: string; userId: string };
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ fleetId: fleet.id, hubId: fleet.hubId, firstName: 'Dinesh', lastName: 'Kumar', mobile, status: 'ACTIVE' },
        ...{ kycStatus: 'PENDING', onboardingStatus: 'PROFILE_SUBMITTED', isAvailable: true, dutyState: 'OFF_DUTY' },
        ...{ licenseNumber: 'DL-0420110012345', dlNumber: 'DL-0420110012345', depositBalance: 0 },
        shortId: expect.stringMatching(/^DRV\d{11,}$/),
      },
    },
  });
  expect(await db.user.findUnique({ where: { id: userId } })).toMatchObject({
    ...{ name: 'Dinesh Kumar', phone: mobile, role: 'DRIVER', fleetId: fleet.id, createdBy: fleet.manager.id },
  });
  expect(await db.auditEntry.findMany({ where: { subjectId: id } })).toMatchObject([
    { action: 'driver.created', actorId: fleet.manager.id },
  ]);
  const { accessToken: token } = (await logIn(mobile)).body.data;
  expect((await get('/drivers/me', { token })).body.data).toMatchObject({ id, fleet: { id: fleet.id } });
});

test('personal numbers lie sealed in the database and are shown whole to nobody by the way', async () => {
  const fleet = await aFleet();

  const created = await create(fleet, numbers);

  const { id } = created.body.data as { id: string };
  expect(created.body.data).toMatchObject(masked);
  expect((await get(`/drivers/${id}`, fleet.manager)).body.data).toMatchObject(masked);
  const row = await db.driver.findUniqueOrThrow({ where: { id } });
  for (const number of Object.values(clear)) expect(JSON.stringify(row)).not.toContain(number);
  expect(seals.open('identity-number', row.sealedAadharNumber!, row.id)).toBe(clear.aadharNumber);
  expect(seals.open('bank-number', row.sealedBankAccountNumber!, row.id)).toBe(clear.bankAccountNumber);
});

test('who may reveal personal numbers leaves their name; operations may not', async () => {
  const fleet = await aFleet();
  const { id } = (await create(fleet, { ...numbers, hubId: fleet.hubId })).body.data as { id: string };
  const reveal = async (by: Sent) => (await get(`/drivers/${id}?reveal=true`, by)).body.data;

  expect(await reveal(fleet.operations)).toMatchObject(masked);
  expect(await reveal(fleet.fleetAdmin)).toMatchObject(clear);

  const audited = { subjectId: id, action: 'driver.revealed' };
  expect(await db.auditEntry.findMany({ where: audited })).toMatchObject([{ actorId: fleet.fleetAdmin.id }]);
});

test('a driver who is created inactive is not available', async () => {
  const { body } = await create(await aFleet(), { status: 'INACTIVE', isAvailable: true });

  expect(body.data).toMatchObject({ status: 'INACTIVE', isAvailable: false });
});

test('a masked number that comes back from a form is not a number', async () => {
  const { body } = await create(await aFleet(), masked);

  expect(body.data).toMatchObject({ aadharNumber: null, panNumber: null, bankAccountNumber: null });
});

test('what only others may decide is not taken from the form', async () => {
  const fleet = await aFleet();
  const more = { id: randomUUID(), kycStatus: 'APPROVED', kycReviewedBy: randomUUID(), vehicleId: randomUUID() };

  const form = { ...more, hubId: fleet.hubId, providerMetadata: { rapido: { online: true } } };
  const { body } = await create(fleet, form, fleet.operations);

  expect(body.data).toMatchObject({ kycStatus: 'PENDING', kycReviewedBy: null, vehicleId: null });
  expect(body.data.providerMetadata).toEqual({ additionalDocuments: [] });
  expect(body.data.id).not.toBe(more.id);
  for (const by of [fleet.manager, fleet.fleetAdmin, fleet.operations])
    expectRefused(await create(fleet, { depositBalance: 5000, hubId: fleet.hubId }, by), 403, 'FIELD_FORBIDDEN');
  expect((await create(fleet, { depositBalance: 0 })).status).toBe(201);
});

test('the deposit that a driver brings along is opened in the books by SUPER_ADMIN, once', async () => {
  const fleet = await aFleet();
  const mobile = aPhone();
  const by = { ...fleet.superAdmin, key: randomUUID() };
  const brought = () => create(fleet, { mobile, depositBalance: '2500.50' }, by);

  const answers = [await brought(), await brought()];

  const { id } = answers[0]!.body.data as { id: string };
  expect(answers.map(({ status, body }) => [status, body.data.id, body.data.depositBalance])).toEqual([
    [201, id, 2500.5],
    [201, id, 2500.5],
  ]);
  expect(await balancesOf(id)).toEqual({ [`2010[${id}]`]: 250_050 });
  expect(await db.ledgerJournal.findMany({ where: { driverId: id } })).toMatchObject([
    { eventType: 'deposit_opening', eventKey: id, actor: fleet.superAdmin.id, fleetId: fleet.id },
  ]);
  expect(await db.auditEntry.findMany({ where: { subjectId: id } })).toMatchObject([
    { action: 'driver.created', after: { depositBalance: '2500.50' } },
  ]);
  expect(await faultsInBooks(id)).toEqual([]);
});

test('how a driver is paid is taken, shown and written down', async () => {
  const fleet = await aFleet();

  const { id } = (await create(fleet, { paymentModel: 'payout', revSharePercentage: '72.25' })).body.data;
  const { id: usual } = (await create(fleet, {})).body.data;

  const chosen = { paymentModel: 'PAYOUT', revSharePercentage: 72.25 };
  expect((await get(`/drivers/${id}`, fleet.manager)).body.data).toMatchObject(chosen);
  expect(await db.auditEntry.findFirst({ where: { subjectId: id } })).toMatchObject({ after: chosen });
  const ours = { paymentModel: null, revSharePercentage: 70 };
  expect((await get(`/drivers/${usual}`, fleet.manager)).body.data).toMatchObject(ours);
  expect(await db.auditEntry.findFirst({ where: { subjectId: usual } })).toMatchObject({ after: ours });
});

test('who may decide on papers may do so with the form, and leaves their name', async () => {
  const fleet = await aFleet();

  const { data } = (await create(fleet, { kycStatus: 'approved' })).body;

  const decided = { kycStatus: 'APPROVED', kycReviewedBy: fleet.manager.id, kycReviewedAt: expect.any(String) };
  expect(data).toMatchObject({ ...decided, onboardingStatus: 'KYC_APPROVED' });
  expect(await db.auditEntry.findFirst({ where: { subjectId: data.id } })).toMatchObject({
    after: { kycStatus: 'APPROVED' },
  });
});

test('further documents are taken from either place', async () => {
  const fleet = await aFleet();
  const additionalDocuments = ['https://papers.example/police.pdf'];

  for (const form of [{ additionalDocuments }, { providerMetadata: { additionalDocuments, rapido: {} } }])
    expect((await create(fleet, form)).body.data.providerMetadata).toEqual({ additionalDocuments });
});

test.each([
  [{ mobile: '12345' }, ['mobile']],
  [{ firstName: '' }, ['firstName']],
  [{ status: 'SUSPENDED' }, ['status']],
  [
    { pincode: '12', aadharNumber: '12', panNumber: 'x', bankAccountNumber: '12' },
    ['pincode', 'aadharNumber', 'panNumber', 'bankAccountNumber'],
  ],
  [{ bankIfscCode: 'HDFC1001234', gstNumber: '07' }, ['bankIfscCode', 'gstNumber']],
  [{ dob: '2020-01-01' }, ['dob']],
  [{ dob: '1920-01-01' }, ['dob']],
  [{ profilePic: 'http://x.example/me.jpg' }, ['profilePic']],
  ...[101, -1, 70.005, 'half'].map((revSharePercentage): [object, string[]] => [
    { revSharePercentage },
    ['revSharePercentage'],
  ]),
  [{ paymentModel: 'SALARY' }, ['paymentModel']],
  ...['1e3', '1,000', 'NaN', -5, 1.005, '12abc', 1e10].map((depositBalance): [object, string[]] => [
    { depositBalance },
    ['depositBalance'],
  ]),
  [{ additionalDocuments: ['x'] }, ['additionalDocuments.0']],
])('a driver with %j is refused by field', async (body, fields) => {
  const fleet = await aFleet();

  expectInvalid(await create(fleet, body), ...fields);

  expect(await db.driver.count({ where: { fleetId: fleet.id } })).toBe(0);
});

test('numbers may be sent as numbers, and a driver without a last name has none', async () => {
  const { body } = await create(await aFleet(), { pincode: 110001, aadharNumber: 123456789012, lastName: '' });

  expect(body.data).toMatchObject({ pincode: '110001', aadharNumber: '********9012', lastName: 'NA' });
});

test('a profile is for a user of role DRIVER, of this fleet and this phone, who has none', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const user = await aUser('DRIVER', fleet.id);
  const driver = await aDriver(fleet);
  const foreign = await aUser('DRIVER', other.id);
  const named = (userId: string, mobile: string, by?: Sent) => create(fleet, { userId, mobile }, by);

  expectRefused(await named(fleet.operations.id, fleet.operations.phone), 400, 'USER_ROLE_NOT_DRIVER');
  expectRefused(await named(driver.userId, driver.phone), 409, 'DRIVER_PROFILE_EXISTS');
  expectRefused(await named(foreign.id, foreign.phone, fleet.superAdmin), 400, 'FLEET_MISMATCH');
  expectInvalid(await named(user.id, aPhone()), 'mobile');
  await db.user.update({ where: { id: user.id }, data: { isActive: false } });
  expectRefused(await named(user.id, user.phone), 409, 'DRIVER_NOT_ACTIVE');
  await db.user.update({ where: { id: user.id }, data: { isActive: true } });
  expectRefused(await create(fleet, { mobile: fleet.manager.phone }), 409, 'PHONE_TAKEN');
  expectRefused(await create(fleet, { mobile: driver.phone }), 409, 'PHONE_TAKEN');
  expectRefused(await create(fleet, { hubId: other.hubId }, fleet.superAdmin), 400, 'FLEET_MISMATCH');
  expectRefused(await create(fleet, { fleetId: other.id }), 403, 'SCOPE_FORBIDDEN');
  expect((await named(user.id, user.phone)).body.data).toMatchObject({ userId: user.id, mobile: user.phone });
  await db.fleet.update({ where: { id: other.id }, data: { status: 'INACTIVE' } });
  expectRefused(await create(other, {}, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

test('of five profiles of one phone at once one is created, with one login', async () => {
  const fleet = await aFleet();
  const mobile = aPhone();

  const answers = await Promise.all(Array.from({ length: 5 }, () => create(fleet, { mobile })));

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const { status } of answers) expect([201, 409]).toContain(status);
  expect([await db.user.count({ where: { phone: mobile } }), await db.driver.count({ where: { mobile } })]).toEqual([
    1, 1,
  ]);
});

test('drivers are listed newest first, as far as one looks after them, and without their papers', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { id: otherHub } = await aHub(fleet.id);
  const [here, there] = [await aDriver(fleet), await aDriver({ id: fleet.id, hubId: otherHub })];
  const nowhere = await aDriver(fleet);
  await db.driver.update({ where: { id: nowhere.id }, data: { hubId: null, firstName: 'Zubin', isAvailable: false } });
  await db.driver.update({ where: { id: there.id }, data: { status: 'INACTIVE', kycStatus: 'REJECTED' } });
  await aDriver(other);
  const list = async (query: string, by: Sent = fleet.manager) =>
    (await get(`/drivers/fleet/${fleet.id}?${query}`, by)).body;
  const ids = async (query: string, by?: Sent) =>
    ((await list(query, by)).data as { id: string }[]).map(({ id }) => id);

  expect(await ids('')).toEqual([nowhere.id, there.id, here.id]);
  expect(await ids('', fleet.operations)).toEqual([here.id]);
  expect(await ids('hubId=none')).toEqual([nowhere.id]);
  expect(await ids(`hubId=${otherHub}`)).toEqual([there.id]);
  expect(await ids('status=inactive')).toEqual([there.id]);
  expect(await ids('kycStatus=REJECTED')).toEqual([there.id]);
  expect(await ids('isAvailable=false')).toEqual([nowhere.id]);
  expect(await ids('q=zUb')).toEqual([nowhere.id]);
  expect(await ids(`q=${here.phone.slice(2)}`)).toEqual([here.id]);
  expect(await ids('page=2&limit=1')).toEqual([there.id]);
  const [row] = (await list('', fleet.operations)).data;
  for (const hidden of ['aadharNumber', 'bankAccountNumber', 'aadharFront', 'sealedAadharNumber', 'dob', 'address'])
    expect(Object.keys(row)).not.toContain(hidden);
  expectRefused(await get(`/drivers/fleet/${other.id}`, fleet.manager), 403, 'SCOPE_FORBIDDEN');
});

test('an app that starts finds its driver, their car, their hub, their shift and their break', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const idle = (await get('/drivers/me', driver)).body.data;
  const [shiftId, breakId] = await aShiftOnBreak(fleet, driver);

  const { data } = (await get('/drivers/me', driver)).body;

  expect(idle).toMatchObject({ activeAttendance: null, dutyState: 'OFF_DUTY' });
  expect(data).toMatchObject({
    ...{ id: driver.id, dutyState: 'ON_BREAK', user: { id: driver.userId, phone: driver.phone, referralCode: null } },
    fleet: { id: fleet.id, status: 'ACTIVE', city: 'Delhi' },
    hub: { id: fleet.hubId, location: hubPoint, geofenceRadius: 500 },
    assignments: [{ driverId: driver.id, vehicle: { id: driver.vehicleId, vehicleType: null }, status: 'ACTIVE' }],
    activeAttendance: { id: shiftId, status: 'APPROVED', openBreak: { id: breakId } },
  });
  expect(data.assignments[0].startDate).toBe(data.assignments[0].startTime);
  expectRefused(await get('/drivers/me', await aUser('DRIVER', fleet.id)), 404, 'NOT_FOUND');
});

test('operations make a driver in two steps, as their panel does', async () => {
  const fleet = await aFleet();
  const colleague = await aUser('OPERATIONS', fleet.id, [(await aHub(fleet.id)).id]);
  const phone = aPhone();
  const user = await post('/users', { name: 'Dinesh', phone, role: 'DRIVER' }, fleet.operations);
  const userId = user.body.data.id as string;
  const profile = { userId, fleetId: fleet.id, hubId: fleet.hubId, firstName: 'Dinesh', mobile: phone };

  expect((await get(`/users/${userId}`, fleet.operations)).status).toBe(200);
  expectRefused(await post('/drivers', profile, colleague), 403, 'SCOPE_FORBIDDEN');
  expect((await post('/drivers', profile, fleet.operations)).body.data).toMatchObject({ userId });
});

test('a driver is 18 to 75 years old, by the calendar of India', async () => {
  const fleet = await aFleet();
  const [year, day] = [Number(istDay(Date.now()).slice(0, 4)), istDay(Date.now()).slice(4)];
  const dayAfter = (date: string) => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
  const born = (dob: string) => create(fleet, { dob });

  for (const dob of [`${year - 18}${day}`, dayAfter(`${year - 76}${day}`)]) expect((await born(dob)).status).toBe(201);
  for (const dob of [dayAfter(`${year - 18}${day}`), `${year - 76}${day}`]) expectInvalid(await born(dob), 'dob');
});

test('staff read of a driver what they read themself', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const shown = ({ fleet: of, hub, assignments }: Record<string, unknown>) => ({ of, hub, assignments });

  const own = (await get('/drivers/me', driver)).body.data as Record<string, unknown>;
  const read = (await get(`/drivers/${driver.id}`, fleet.operations)).body.data as Record<string, unknown>;

  expect(shown(read)).toEqual(shown(own));
  expect(read).toMatchObject({ hub: { location: hubPoint }, assignments: [{ vehicle: { id: driver.vehicleId } }] });
});
