import { expect, test } from '@jest/globals';
import { patch } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const decide = ({ id }: { id: string }, body: object, by: Sent) => patch(`/drivers/${id}/kyc`, body, by);
const rowOf = ({ id }: { id: string }) => db.driver.findUniqueOrThrow({ where: { id } });
const toldOf = ({ userId }: { userId: string }) =>
  db.notification.findMany({ where: { userId, event: 'driver:kyc_changed' }, orderBy: { createdAt: 'asc' } });

/** With papers that wait for a decision, and not available. */
const anApplicant = async (fleet: Parameters<typeof aDriver>[0]) => {
  const driver = await aDriver(fleet);
  await db.driver.update({
    where: { id: driver.id },
    data: {
      ...{ kycStatus: 'PENDING', isAvailable: false, licenseNumber: 'DL-1-2020' },
      sealedAadharNumber: seals.seal('identity-number', '123456789012', driver.id),
      sealedPanNumber: seals.seal('identity-number', 'ABCDE1234F', driver.id),
    },
  });
  return driver;
};

test('an approval is written down, told, and makes the driver available', async () => {
  const fleet = await aFleet();
  const driver = await anApplicant(fleet);

  const answer = await decide(driver, { kycStatus: 'approved' }, fleet.manager);

  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: {
        ...{ kycStatus: 'APPROVED', onboardingStatus: 'KYC_APPROVED', kycReviewedBy: fleet.manager.id },
        ...{ kycReviewedAt: expect.any(String), isAvailable: true },
      },
    },
  });
  expect(await toldOf(driver)).toMatchObject([{ payload: { kycStatus: 'APPROVED', remarks: null } }]);
  expect(await db.auditEntry.findMany({ where: { subjectId: driver.id } })).toMatchObject([
    { action: 'driver.kycChanged', actorId: fleet.manager.id, before: { kycStatus: 'PENDING' } },
  ]);
});

test('an approval makes nobody available who may not drive', async () => {
  const fleet = await aFleet();
  const driver = await anApplicant(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { status: 'SUSPENDED' } });

  expect((await decide(driver, { kycStatus: 'APPROVED' }, fleet.manager)).status).toBe(200);

  expect(await rowOf(driver)).toMatchObject({ kycStatus: 'APPROVED', isAvailable: false });
});

test('a rejection says why', async () => {
  const fleet = await aFleet();
  const driver = await anApplicant(fleet);

  expectInvalid(await decide(driver, { kycStatus: 'REJECTED' }, fleet.manager), 'remarks');
  expect((await decide(driver, { kycStatus: 'REJECTED', remarks: 'Photo unclear' }, fleet.manager)).status).toBe(200);

  expect(await rowOf(driver)).toMatchObject({ kycStatus: 'REJECTED', kycRemarks: 'Photo unclear', isAvailable: false });
  expect(await toldOf(driver)).toMatchObject([{ payload: { kycStatus: 'REJECTED', remarks: 'Photo unclear' } }]);
});

test('what is missing is named, and nothing is approved', async () => {
  const fleet = await aFleet();
  const driver = await anApplicant(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { sealedPanNumber: null, licenseNumber: null } });

  const answer = await decide(driver, { kycStatus: 'APPROVED' }, fleet.manager);

  expectRefused(answer, 409, 'INVALID_STATE_TRANSITION');
  expect(answer.body.error.details).toEqual({ missing: ['panNumber', 'licenseNumber'] });
  expect(await rowOf(driver)).toMatchObject({ kycStatus: 'PENDING' });
});

test('a decision stands until it is set back', async () => {
  const fleet = await aFleet();
  const driver = await anApplicant(fleet);
  await decide(driver, { kycStatus: 'APPROVED' }, fleet.manager);

  expectRefused(
    await decide(driver, { kycStatus: 'REJECTED', remarks: 'Forged' }, fleet.fleetAdmin),
    ...([409, 'INVALID_STATE_TRANSITION'] as const),
  );
  expect((await decide(driver, { kycStatus: 'APPROVED' }, fleet.fleetAdmin)).status).toBe(200);
  expect(await toldOf(driver)).toHaveLength(1);
  expect((await decide(driver, { kycStatus: 'PENDING' }, fleet.fleetAdmin)).body.data).toMatchObject({
    ...{ kycStatus: 'PENDING', kycReviewedBy: null, kycReviewedAt: null },
  });
  expect((await decide(driver, { kycStatus: 'REJECTED', remarks: 'Forged' }, fleet.fleetAdmin)).status).toBe(200);
});

test('of two decisions at once one is made', async () => {
  const fleet = await aFleet();
  for (let round = 0; round < 5; round += 1) {
    const driver = await anApplicant(fleet);

    const answers = await Promise.all([
      decide(driver, { kycStatus: 'APPROVED' }, fleet.manager),
      decide(driver, { kycStatus: 'REJECTED', remarks: 'Photo unclear' }, fleet.fleetAdmin),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const made = answers.find(({ status }) => status === 200)!.body.data as { kycStatus: string };
    expect((await rowOf(driver)).kycStatus).toBe(made.kycStatus);
    expect(await toldOf(driver)).toHaveLength(1);
  }
});
