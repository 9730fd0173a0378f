import { expect, test } from '@jest/globals';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone } from '../../world/factories.ts';
import { withBank } from '../../world/money/payouts.ts';
import { smsWith } from '../../world/sms.ts';
import { expectRefused } from '../http/refused.ts';
import { logIn } from './logins.ts';

const change = ({ id }: { id: string }, body: object, by: Sent) => patch(`/drivers/${id}`, body, by);
const rowOf = ({ id }: { id: string }) => db.driver.findUniqueOrThrow({ where: { id }, include: { user: true } });
const toldOf = ({ userId }: { userId: string }, event: string) =>
  db.notification.findMany({ where: { userId, event } });
const auditedOf = ({ id }: { id: string }) =>
  db.auditEntry.findMany({ where: { subjectId: id, action: 'driver.updated' }, orderBy: { at: 'asc' } });

test('another phone is another login: the old sessions and codes end, and the name follows', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { accessToken: token } = (await logIn(driver.phone)).body.data as { accessToken: string };
  await db.otpChallenge.updateMany({ where: { phone: driver.phone }, data: { createdAt: new Date(0) } });
  await post('/auth/send-otp', { phone: driver.phone });
  const mobile = aPhone();

  const answer = await change(driver, { mobile, firstName: 'Dev', lastName: 'Rao' }, fleet.operations);

  expect(answer.body.data).toMatchObject({ mobile, firstName: 'Dev', lastName: 'Rao' });
  expect((await rowOf(driver)).user).toMatchObject({ phone: mobile, name: 'Dev Rao' });
  expectRefused(await get('/drivers/me', { token }), 401, 'UNAUTHORIZED');
  expect(await db.session.count({ where: { userId: driver.userId, revokedAt: null } })).toBe(0);
  const live = { phone: driver.phone, consumedAt: null, supersededAt: null };
  expect(await db.otpChallenge.count({ where: live })).toBe(0);
  expect((await logIn(mobile)).status).toBe(200);
  for (const userId of [driver.userId, fleet.manager.id])
    expect(await toldOf({ userId }, 'driver:phone_changed')).toMatchObject([{ payload: { driverId: driver.id } }]);
  const [before, after] = [driver.phone, mobile].map((phone) => ({ mobile: `******${phone.slice(6)}` }));
  expect(await auditedOf(driver)).toMatchObject([{ before, after }]);
});

test('whoever has the old phone is logged out, also if they log in at that moment', async () => {
  const fleet = await aFleet();
  for (let round = 0; round < 6; round += 1) {
    const driver = await aDriver(fleet, { vehicle: false });
    await post('/auth/send-otp', { phone: driver.phone });
    const otp = await smsWith(driver.phone, /^(\d{6}) is your/);

    const [changed, login] = await Promise.all([
      change(driver, { mobile: aPhone() }, fleet.manager),
      post('/auth/verify-otp', { phone: driver.phone, otp }),
    ]);

    expect(changed.status).toBe(200);
    expect([200, 400, 404]).toContain(login.status);
    expect(await db.session.count({ where: { userId: driver.userId, revokedAt: null } })).toBe(0);
  }
});

test('a phone of somebody else is refused and changes nothing', async () => {
  const fleet = await aFleet();
  const [driver, other] = [await aDriver(fleet), await aDriver(fleet)];
  const before = await rowOf(driver);

  for (const mobile of [other.phone, fleet.manager.phone])
    expectRefused(await change(driver, { mobile, city: 'Agra' }, fleet.manager), 409, 'PHONE_TAKEN');

  expect(await rowOf(driver)).toEqual(before);
  expect((await get('/drivers/me', driver)).status).toBe(200);
});

test('operations who take a phone over do not get at the account that was approved', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  const { sealedBankAccountNumber } = await rowOf(driver);
  const taken = { mobile: aPhone(), livePhoto: 'https://files.example/b.jpg' };
  expect((await change(driver, taken, fleet.operations)).body.data).toMatchObject({ kycStatus: 'PENDING' });
  const { accessToken: token } = (await logIn(taken.mobile)).body.data as { accessToken: string };

  expectRefused(await change(driver, { bankAccountNumber: '77001122334455' }, { token }), 403, 'FIELD_FORBIDDEN');

  expect((await rowOf(driver)).sealedBankAccountNumber).toBe(sealedBankAccountNumber);
});
