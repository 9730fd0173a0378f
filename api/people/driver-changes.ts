import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import { audit } from '../../prisma/audit.ts';
import type { Driver, Prisma } from '../../prisma/generated/client.ts';
import { holdFleet, lockDrivers, lockUser } from '../../prisma/locks.ts';
import { putIntoInbox } from '../../prisma/notifications.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { endLogins } from '../fleet/cascades.ts';
import { changePapers, papersIn } from '../fleet/vehicle-papers.ts';
import { patch } from '../http/endpoint.ts';
import type { Caller } from '../http/scope.ts';
import { ById } from '../http/shapes.ts';
import { depositOf } from '../money/balance-views.ts';
import { reopened, tellKyc } from './driver-kyc.ts';
import { requireMovable } from './driver-moves.ts';
import { DriverChange, fullName, kycDeciders, requireWorkingAge } from './driver-profiles.ts';
import { DriverView, readDriver } from './driver-views.ts';
import { sealedNumbers } from './personal-numbers.ts';

const bankFields: readonly string[] = ['bankAccountNumber', 'bankIfscCode', 'bankAccountName'];
const payFields: readonly string[] = ['paymentModel', 'revSharePercentage'];
const staffFields: readonly string[] = ['mobile', 'additionalDocuments'];
/** What a reviewer of their KYC has looked at. */
const reviewedFields: readonly string[] = [
  ...['aadharNumber', 'panNumber', 'dlNumber', 'gstNumber', 'licenseFront', 'licenseBack', 'aadharFront', 'aadharBack'],
  ...['panCardImage', 'livePhoto', 'bankIdProof', 'driverAgreement', 'policeVerification'],
  ...['currentAddressProof', 'permanentAddressProof'],
];
const kycFields: readonly string[] = [...reviewedFields, 'licenseNumber'];

/** Source: drivers.md, PATCH /drivers/:id. */
const mayChange = (field: string, { role }: Caller, { kycStatus }: Driver): boolean => {
  if (field === 'depositBalance') return false;
  if (field === 'fleetId') return role === 'SUPER_ADMIN';
  if (payFields.includes(field)) return kycDeciders.includes(role);
  if (role !== 'DRIVER') return role !== 'OPERATIONS' || !bankFields.includes(field);
  if (staffFields.includes(field)) return false;
  return kycStatus !== 'APPROVED' || ![...bankFields, ...reviewedFields].includes(field);
};

type Sent = z.output<typeof DriverChange>;
type Changes = Omit<Sent, 'depositBalance'>;

/** What differs from what is known. Panels send the whole form, so that a field which is as it was asks for nothing. */
const changesOf = (driver: Driver, depositPaise: number, sent: Sent, { open }: Sealer): Changes => {
  const number = (purpose: 'identity-number' | 'bank-number', sealed: string | null) =>
    sealed && open(purpose, sealed, driver.id);
  const current: Readonly<Record<string, unknown>> = {
    ...driver,
    aadharNumber: number('identity-number', driver.sealedAadharNumber),
    panNumber: number('identity-number', driver.sealedPanNumber),
    gstNumber: number('identity-number', driver.sealedGstNumber),
    bankAccountNumber: number('bank-number', driver.sealedBankAccountNumber),
    depositBalance: depositPaise,
  };
  const papers = papersIn(sent);
  return Object.fromEntries(
    Object.entries(sent).filter(
      ([field, value]) => value !== undefined && !(field in papers) && !isDeepStrictEqual(value, current[field]),
    ),
  );
};

/** The second field of a licence is kept equal when only one of them is sent. */
const withBothLicenses = (changes: Changes, sent: Sent): Changes => ({
  ...changes,
  ...(changes.licenseNumber && !sent.dlNumber ? { dlNumber: changes.licenseNumber } : {}),
  ...(changes.dlNumber && !sent.licenseNumber ? { licenseNumber: changes.dlNumber } : {}),
});

/**
 * Papers are looked at again after they were rejected, and when staff change them who may not decide about them. A driver never
 * reopens what was approved: it would open their bank details to whoever has their phone.
 */
const mustReview = (changed: readonly string[], { kycStatus }: Driver, { role }: Caller): boolean =>
  changed.some((field) => kycFields.includes(field)) &&
  (kycStatus === 'REJECTED' || (kycStatus === 'APPROVED' && role === 'OPERATIONS'));

/** What of their login follows the profile: one person has one phone, one name and one fleet. */
const loginAfter = (driver: Driver, changes: Changes): Prisma.UserUncheckedUpdateInput => {
  const { mobile: phone, firstName = driver.firstName, lastName = driver.lastName, fleetId } = changes;
  return {
    ...(phone ? { phone } : {}),
    ...(changes.firstName || changes.lastName ? { name: fullName({ firstName, lastName }) } : {}),
    ...(fleetId ? { fleetId, tokenVersion: { increment: 1 } } : {}),
  };
};

/** Nobody has a driver paid to another account unnoticed. */
const tellBankChanged = (tx: Tx, { id: driverId, userId }: Driver, cause: string): Promise<void> =>
  putIntoInbox(tx, {
    ...{ to: [userId], event: 'driver:bank_changed', title: 'Your bank details were changed' },
    ...{ payload: { driverId }, cause },
  });

/** The driver as they are once nobody can change them, if they are still the caller's. */
const lockedDriver = async (tx: Tx, { id, userId }: Driver, visible: Prisma.DriverWhereInput): Promise<Driver> => {
  await lockUser(tx, { id: userId });
  await lockDrivers(tx, [id]);
  const driver = await tx.driver.findFirst({ where: { id, AND: visible } });
  if (!driver) throw refusal('SCOPE_FORBIDDEN', { resource: 'driver' });
  return driver;
};

export const driverChanges = [
  patch('/drivers/:id', {
    allow: 'drivers:change',
    summary:
      'Change the profile of a driver; a driver changes their own, and after KYC neither papers nor bank details',
    says: 'Driver updated successfully',
    params: ById('driver'),
    body: DriverChange,
    returns: DriverView,
    refuses: ['FIELD_FORBIDDEN', 'PHONE_TAKEN', 'FLEET_INACTIVE', 'DRIVER_HAS_UNFINISHED'],
    async handle({ driver: found, fleet, body, caller, actor, db, visible, newId, services }) {
      requireWorkingAge(body);
      const { id, userId } = found;
      const papers = papersIn(body);
      const vehicleId = found.vehicleId ?? (caller.role === 'DRIVER' ? null : found.assignments[0]?.vehicleId);
      const { sealer } = services;
      await db.$transaction(async (tx) => {
        // In the order of locks: fleet, vehicle, user, driver.
        if (fleet) await holdFleet(tx, { id: fleet.id });
        if (vehicleId && Object.keys(papers).length > 0) await changePapers(tx, vehicleId, papers, actor);
        const driver = await lockedDriver(tx, found, visible.driver);
        const sent = changesOf(driver, await depositOf(tx, id), body, sealer);
        const forbidden = Object.keys(sent).find((field) => !mayChange(field, caller, driver));
        if (forbidden) throw refusal('FIELD_FORBIDDEN', { field: forbidden });
        const changes = withBothLicenses(sent, body);
        const fields = Object.keys(changes);
        if (fields.length === 0) return;
        if (changes.fleetId) await requireMovable(tx, id, changes.fleetId);
        // While they have the old phone: a code that is under way to it opens nothing any more.
        if (changes.mobile) await endLogins(tx, { id: userId }, 'PHONE_CHANGED');
        const login = loginAfter(driver, changes);
        if (Object.keys(login).length > 0)
          await tx.user.update({ where: { id: userId }, data: login, select: { id: true } });
        const { aadharNumber, panNumber, gstNumber, bankAccountNumber, ...plain } = changes;
        const isBankChanged = fields.some((field) => bankFields.includes(field));
        const isReviewed = mustReview(fields, driver, caller);
        await tx.driver.update({
          where: { id },
          data: {
            ...plain,
            ...sealedNumbers(sealer, id, { aadharNumber, panNumber, gstNumber, bankAccountNumber }),
            ...(isBankChanged ? { bankChangedAt: new Date() } : {}),
            ...(isReviewed ? reopened : {}),
            ...(changes.fleetId ? { hubId: null } : {}),
          },
          select: { id: true },
        });
        // The names of the fields alone: their values may be personal.
        const audited = { action: 'driver.updated', subject: 'driver', subjectId: id };
        await audit(tx, actor, { ...audited, after: { fields, ...(isReviewed ? { kycStatus: 'PENDING' } : {}) } });
        if (isBankChanged) await tellBankChanged(tx, driver, newId('bank'));
        if (isReviewed) await tellKyc(tx, driver, { kycStatus: 'PENDING', remarks: null }, newId('kyc'));
      });
      services.callers.forgetUser(userId);
      return readDriver(db, id, sealer);
    },
  }),
];
