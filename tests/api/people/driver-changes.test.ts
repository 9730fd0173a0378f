import { expect, test } from '@jest/globals';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aVehicle } from '../../world/factories.ts';
import { withBank } from '../../world/money/payouts.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const change = ({ id }: { id: string }, body: object, by: Sent) => patch(`/drivers/${id}`, body, by);
const rowOf = ({ id }: { id: string }) => db.driver.findUniqueOrThrow({ where: { id }, include: { user: true } });
const toldOf = ({ userId }: { userId: string }, event: string) =>
  db.notification.findMany({ where: { userId, event } });
const auditedOf = ({ id }: { id: string }) =>
  db.auditEntry.findMany({ where: { subjectId: id, action: 'driver.updated' }, orderBy: { at: 'asc' } });

const bank = { bankAccountNumber: '77001122334455', bankIfscCode: 'icic0000123', bankAccountName: 'Dinesh Kumar' };

test('bank details are mended, masked, told to the driver, and cool down again', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  const before = await rowOf(driver);

  const answer = await change(driver, bank, fleet.manager);

  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: { bankAccountNumber: '**********4455', bankIfscCode: 'ICIC0000123', bankAccountName: 'Dinesh Kumar' },
    },
  });
  const row = await rowOf(driver);
  expect(seals.open('bank-number', row.sealedBankAccountNumber!, row.id)).toBe('77001122334455');
  expect(row.bankNumberHash).toBe(seals.hash('bank-number', '77001122334455'));
  expect(row.bankChangedAt!.getTime()).toBeGreaterThan(before.bankChangedAt!.getTime());
  for (const userId of [driver.userId, fleet.manager.id, fleet.fleetAdmin.id])
    expect(await toldOf({ userId }, 'driver:bank_changed')).toMatchObject([{ payload: { driverId: driver.id } }]);
  const [audited] = await auditedOf(driver);
  expect(audited).toMatchObject({ actorId: fleet.manager.id });
  expect(audited!.before).toEqual({ bankAccountNumber: '**********6789', bankIfscCode: 'HDFC0001234' });
  expect(audited!.after).toEqual({
    fields: ['bankAccountNumber', 'bankIfscCode', 'bankAccountName'],
    ...{ bankAccountNumber: '**********4455', bankIfscCode: 'ICIC0000123' },
  });
});

test('a form that says what is known already changes nothing, whoever sends it', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  const before = await rowOf(driver);
  const form = {
    ...{ firstName: 'Dinesh', lastName: 'Kumar', mobile: `+91 ${driver.phone}`, fleetId: fleet.id, depositBalance: 0 },
    ...{ bankAccountNumber: '50100123456789', bankIfscCode: before.bankIfscCode, revSharePercentage: 70, email: '' },
  };

  for (const by of [fleet.manager, driver]) expect((await change(driver, form, by)).status).toBe(200);
  const masked = { ...form, bankAccountNumber: '**********9999' };
  for (const by of [fleet.manager, fleet.operations]) expect((await change(driver, masked, by)).status).toBe(200);
  // Who may not see an account number does not find it out by guesses.
  expectRefused(await change(driver, form, fleet.operations), 403, 'FIELD_FORBIDDEN');

  expect(await rowOf(driver)).toEqual(before);
  expect(await auditedOf(driver)).toEqual([]);
  expect((await get('/drivers/me', driver)).status).toBe(200);
});

const everything = {
  ...{ firstName: 'Dev', mobile: '9812345678', profilePic: 'https://files.example/a.jpg', licenseNumber: 'DL-99-2020' },
  ...{ city: 'Agra', panNumber: 'AAAPA1111A', livePhoto: 'https://files.example/b.jpg', bankIfscCode: 'ICIC0000123' },
  ...{ paymentModel: 'RENTAL', revSharePercentage: 65, depositBalance: 10 },
  additionalDocuments: ['https://files.example/c.pdf'],
};
const forDriver = ['firstName', 'profilePic', 'licenseNumber', 'city'];
const papersToo = ['panNumber', 'livePhoto', 'bankIfscCode'];
const forOperations = [...forDriver, 'panNumber', 'livePhoto', 'mobile', 'additionalDocuments'];
const forManagers = [...forOperations, 'bankIfscCode', 'paymentModel', 'revSharePercentage'];

test.each([
  ['the driver', 'PENDING', [...forDriver, ...papersToo]],
  ['the driver', 'REJECTED', [...forDriver, ...papersToo]],
  ['the driver', 'APPROVED', forDriver],
  ['operations', 'APPROVED', forOperations],
  ['manager', 'APPROVED', forManagers],
  ['fleetAdmin', 'PENDING', forManagers],
  ['superAdmin', 'APPROVED', forManagers],
] as const)('%s may change, while KYC is %s, exactly these fields', async (who, kycStatus, allowed) => {
  const fleet = await aFleet();
  for (const [field, value] of Object.entries(everything)) {
    const driver = await aDriver(fleet, { vehicle: false });
    await db.driver.update({ where: { id: driver.id }, data: { kycStatus } });
    const before = await rowOf(driver);
    const by = who === 'the driver' ? driver : fleet[who];

    const sent = field === 'mobile' ? aPhone() : value;
    const answer = await change(driver, { [field]: sent, address: 'Same for all' }, by);

    if ((allowed as readonly string[]).includes(field)) {
      const { providerMetadata, panNumber, ...shown } = answer.body.data as Record<string, unknown>;
      const changed = { ...shown, ...(providerMetadata as object), panNumber };
      expect(changed).toMatchObject({ [field]: field === 'panNumber' ? '******111A' : sent, address: 'Same for all' });
      if (field === 'panNumber')
        expect(seals.open('identity-number', (await rowOf(driver)).sealedPanNumber!, driver.id)).toBe(sent);
      continue;
    }
    expectRefused(answer, 403, 'FIELD_FORBIDDEN');
    expect(answer.body.error.details).toEqual({ field });
    expect(await rowOf(driver)).toEqual(before);
  }
});

test('null clears what a driver may lack', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const links = { livePhoto: 'https://files.example/b.jpg', fitnessImage: 'https://files.example/f.pdf' };
  const sent = { ...links, ...bank, email: 'dinesh@example.com', panNumber: 'ABCDE1234F', fitnessExpiry: '2027-03-31' };
  expect((await change(driver, sent, fleet.manager)).status).toBe(200);

  const nothing = Object.fromEntries(Object.keys(sent).map((field) => [field, null]));
  expect((await change(driver, { ...nothing, firstName: null, mobile: null }, fleet.manager)).status).toBe(200);

  expect(await rowOf(driver)).toMatchObject({
    ...{ livePhoto: null, email: null, sealedPanNumber: null, firstName: 'Dinesh', mobile: driver.phone },
    ...{ sealedBankAccountNumber: null, bankNumberHash: null, bankIfscCode: null, bankAccountName: null },
  });
  expect(await db.vehicle.findUniqueOrThrow({ where: { id: driver.vehicleId! } })).toMatchObject({
    ...{ fitnessImage: null, fitnessExpiry: null },
  });
});

test('papers of a vehicle are changed while the roster locks it, and neither is in the way of the other', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet, { vehicle: false });
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
  await db.driver.update({ where: { id: driver.id }, data: { vehicleId } });
  for (let round = 0; round < 8; round += 1) {
    const link = { driverId: driver.id, vehicleId, fleetId: fleet.id };
    const [changed, linked] = await Promise.all([
      change(driver, { vinNumber: `VIN${round}`, city: `City ${round}` }, fleet.manager),
      post('/assignments', link, fleet.manager),
    ]);

    expect([changed.status, linked.status]).toEqual([200, 201]);
    await db.assignment.deleteMany({ where: { driverId: driver.id } });
  }
});

test('the two licence fields are one unless both are sent', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const licenses = async (body: object) => {
    const { licenseNumber, dlNumber } = (await change(driver, body, fleet.manager)).body.data as Record<string, string>;
    return [licenseNumber, dlNumber];
  };

  expect(await licenses({ licenseNumber: 'DL-1-2020' })).toEqual(['DL-1-2020', 'DL-1-2020']);
  expect(await licenses({ dlNumber: 'DL-2-2020' })).toEqual(['DL-2-2020', 'DL-2-2020']);
  expect(await licenses({ licenseNumber: 'DL-3-2020', dlNumber: 'DL-4-2020' })).toEqual(['DL-3-2020', 'DL-4-2020']);
  expect(await licenses({ dlNumber: 'DL-4-2020' })).toEqual(['DL-3-2020', 'DL-4-2020']);
});

test.each([
  ['operations', 'APPROVED', 'PENDING'],
  ['the driver', 'APPROVED', 'APPROVED'],
  ['manager', 'APPROVED', 'APPROVED'],
  ['manager', 'REJECTED', 'PENDING'],
  ['the driver', 'REJECTED', 'PENDING'],
] as const)('a licence that %s changes makes of KYC %s %s', async (who, from, to) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const decided = { kycStatus: from, kycReviewedBy: fleet.manager.id, kycReviewedAt: new Date() };
  await db.driver.update({ where: { id: driver.id }, data: decided });

  const answer = await change(driver, { licenseNumber: 'DL-9-2026' }, who === 'the driver' ? driver : fleet[who]);

  expect(answer.body.data).toMatchObject({ kycStatus: to });
  const isReopened = to === 'PENDING';
  expect(await rowOf(driver)).toMatchObject({
    ...{ licenseNumber: 'DL-9-2026', kycReviewedBy: isReopened ? null : fleet.manager.id },
    // It is among what was approved.
    dlNumber: who === 'the driver' && from === 'APPROVED' ? null : 'DL-9-2026',
  });
  const reopenings = await db.auditEntry.findMany({ where: { subjectId: driver.id, action: 'driver.kycChanged' } });
  const before = { kycStatus: from, kycReviewedBy: fleet.manager.id };
  expect(reopenings).toMatchObject(isReopened ? [{ before, after: { kycStatus: 'PENDING' } }] : []);
  expect(await toldOf(driver, 'driver:kyc_changed')).toHaveLength(isReopened ? 1 : 0);
  // What no reviewer looks at leaves it alone.
  await db.driver.update({ where: { id: driver.id }, data: decided });
  expect((await change(driver, { city: 'Agra' }, fleet.operations)).body.data).toMatchObject({ kycStatus: from });
});

test('the papers of the vehicle come with the form: of the roster from staff, of their own from a driver', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const own = await aVehicle(fleet.id, null);
  const papers = { insuranceStart: '2026-01-01', insuranceExpiry: '2026-12-31', vinNumber: 'abc123' };
  const papersOf = (id: string) =>
    db.vehicle.findUniqueOrThrow({ where: { id }, select: { insuranceExpiry: true, vinNumber: true } });
  const none = { insuranceExpiry: null, vinNumber: null };
  const kept = { insuranceExpiry: new Date('2026-12-31'), vinNumber: 'ABC123' };

  expect((await change(driver, papers, driver)).status).toBe(200);
  expect(await papersOf(driver.vehicleId!)).toEqual(none);
  expect((await change(driver, papers, fleet.manager)).status).toBe(200);
  expect(await papersOf(driver.vehicleId!)).toEqual(kept);
  await db.driver.update({ where: { id: driver.id }, data: { vehicleId: own.id } });
  expect((await change(driver, papers, driver)).status).toBe(200);
  expect(await papersOf(own.id)).toEqual(kept);
  expectInvalid(await change(driver, { insuranceExpiry: '2025-12-31' }, driver), 'insuranceExpiry');
  expect(await papersOf(own.id)).toEqual(kept);
  // One of another fleet is not of this desk.
  await db.vehicle.update({ where: { id: own.id }, data: { fleetId: (await aFleet()).id } });
  expect((await change(driver, { vinNumber: 'XYZ' }, fleet.manager)).status).toBe(200);
  expect(await papersOf(own.id)).toEqual(kept);
});

test('bad fields are named together, and an age that nobody works at', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  expectInvalid(
    await change(
      driver,
      { bankIfscCode: 'HDFC', panNumber: '1', mobile: '12', firstName: 'x'.repeat(61) },
      fleet.manager,
    ),
    ...['bankIfscCode', 'panNumber', 'mobile', 'firstName'],
  );
  expectInvalid(await change(driver, { dob: '2020-01-01' }, fleet.manager), 'dob');
  // Who has grown old in the meantime can still be saved.
  await db.driver.update({ where: { id: driver.id }, data: { dob: new Date('1940-01-01') } });
  expect((await change(driver, { dob: '1940-01-01', city: 'Agra' }, fleet.manager)).status).toBe(200);
});

test('a driver changes themself as `me`', async () => {
  const driver = await aDriver(await aFleet());

  expect((await change({ id: 'me' }, { city: 'Agra' }, driver)).body.data).toMatchObject({
    id: driver.id,
    city: 'Agra',
  });
});

test('two people who each change half of a name at once leave a whole one', async () => {
  const fleet = await aFleet();
  for (let round = 0; round < 8; round += 1) {
    const driver = await aDriver(fleet, { vehicle: false });

    const answers = await Promise.all([
      change(driver, { firstName: 'Asha' }, driver),
      change(driver, { lastName: 'Rao' }, fleet.manager),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await rowOf(driver)).toMatchObject({ firstName: 'Asha', lastName: 'Rao', user: { name: 'Asha Rao' } });
  }
});

test('the drivers of a hub are listed, of it alone and to who may see it', async () => {
  const [fleet, foreign] = [await aFleet(), await aFleet()];
  const { id: hubId } = await aHub(fleet.id);
  const [here, there] = [await aDriver(fleet), await aDriver({ id: fleet.id, hubId })];
  await db.driver.update({ where: { id: here.id }, data: { isAvailable: false } });
  const ids = async (path: string, by: Sent) =>
    ((await get(path, by)).body.data as { id: string }[]).map(({ id }) => id);

  expect(await ids(`/drivers/hub/${fleet.hubId}`, fleet.operations)).toEqual([here.id]);
  expect(await ids(`/drivers/hub/${hubId}`, fleet.manager)).toEqual([there.id]);
  expect(await ids(`/drivers/hub/${fleet.hubId}?isAvailable=true`, fleet.manager)).toEqual([]);
  expectRefused(await get(`/drivers/hub/${hubId}`, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(`/drivers/hub/${foreign.hubId}`, fleet.manager), 403, 'SCOPE_FORBIDDEN');
});
