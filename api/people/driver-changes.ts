import type { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import { audit } from '../../prisma/audit.ts';
import type { Driver, Prisma } from '../../prisma/generated/client.ts';
import { holdFleet, lockedDriver, lockUser } from '../../prisma/locks.ts';
import { financeOf, putIntoInbox } from '../../prisma/notifications.ts';
import { lastFour } from '../../prisma/sealed.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { endLogins } from '../fleet/cascades.ts';
import { changePapers, withoutPapers } from '../fleet/vehicle-papers.ts';
import type { Papers, papersOfDriver } from '../fleet/vehicle-papers.ts';
import { differing } from '../http/changes.ts';
import { patch } from '../http/endpoint.ts';
import type { Caller } from '../http/scope.ts';
import { depositOf } from '../money/balance-views.ts';
import { managers } from '../roles.ts';
import { auditKyc, reopened, tellKyc } from './driver-kyc.ts';
import { requireMovable } from './driver-moves.ts';
import { DriverChange, DriverOrMe, fullName, requireWorkingAge } from './driver-profiles.ts';
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
const mayChange = (field: string, { role }: Caller, { kycStatus, kycReviewedAt }: Driver): boolean => {
  if (field === 'depositBalance') return false;
  if (field === 'fleetId') return role === 'SUPER_ADMIN';
  if (payFields.includes(field)) return managers.includes(role);
  if (role !== 'DRIVER') return role !== 'OPERATIONS' || !bankFields.includes(field);
  if (staffFields.includes(field)) return false;
  // What was approved and reopened stays with the account that was approved: operations reopen it, and may change the phone.
  const wasApproved = kycStatus === 'PENDING' && kycReviewedAt !== null;
  if (bankFields.includes(field)) return kycStatus !== 'APPROVED' && !wasApproved;
  return kycStatus !== 'APPROVED' || !reviewedFields.includes(field);
};

type Sent = z.output<typeof DriverChange>;
type Profile = Omit<Sent, keyof typeof papersOfDriver>;
type Changes = Partial<Omit<Profile, 'depositBalance'>>;
type Values = Readonly<Record<string, unknown>>;

/** What is known of a driver, under the names of the form. */
const known = (driver: Driver, depositPaise: number, { open }: Sealer): Values => {
  const number = (purpose: 'identity-number' | 'bank-number', sealed: string | null) =>
    sealed && open(purpose, sealed, driver.id);
  return {
    ...driver,
    aadharNumber: number('identity-number', driver.sealedAadharNumber),
    panNumber: number('identity-number', driver.sealedPanNumber),
    gstNumber: number('identity-number', driver.sealedGstNumber),
    bankAccountNumber: number('bank-number', driver.sealedBankAccountNumber),
    depositBalance: depositPaise,
  };
};

/** Who may neither see nor change an account number does not find it out by guesses either: their form has the mask only. */
const isGuess = ({ bankAccountNumber }: Sent, { role }: Caller): boolean =>
  role === 'OPERATIONS' && typeof bankAccountNumber === 'string';

/** The second field of a licence is kept equal when only one of them is sent, by whoever may change it. */
const withBothLicenses = (changes: Changes, sent: Sent, mayMirror: boolean): Changes => ({
  ...changes,
  ...(changes.licenseNumber !== undefined && !sent.dlNumber && mayMirror ? { dlNumber: changes.licenseNumber } : {}),
  ...(changes.dlNumber !== undefined && !sent.licenseNumber ? { licenseNumber: changes.dlNumber } : {}),
});

/**
 * Papers are looked at again after they were rejected, and when staff change them who may not decide about them. A driver never
 * reopens what was approved: it would open their bank details to whoever has their phone.
 */
const reopensKyc = (changed: readonly string[], { kycStatus }: Driver, { role }: Caller): boolean =>
  changed.some((field) => kycFields.includes(field)) &&
  (kycStatus === 'REJECTED' || (kycStatus === 'APPROVED' && role === 'OPERATIONS'));

/** A reopened KYC remembers that it was approved; a rejected one begins anew. */
const approvedAt = ({ kycStatus, kycReviewedAt }: Driver): Date | null =>
  kycStatus === 'APPROVED' ? (kycReviewedAt ?? new Date()) : null;

/** What of their login follows the profile: phone, fleet and, when it changes, the name. */
const loginAfter = (driver: Driver, changes: Changes): Prisma.UserUncheckedUpdateInput => {
  const { mobile: phone, firstName = driver.firstName, lastName = driver.lastName, fleetId } = changes;
  return {
    ...(phone ? { phone } : {}),
    ...(changes.firstName || changes.lastName ? { name: fullName({ firstName, lastName }) } : {}),
    ...(fleetId ? { fleetId, tokenVersion: { increment: 1 } } : {}),
  };
};

const maskedFields: readonly string[] = ['mobile', 'aadharNumber', 'panNumber', 'gstNumber', 'bankAccountNumber'];
const plainFields: readonly string[] = [...payFields, 'fleetId', 'bankIfscCode'];

/** Values of the fields that changed, as an audit row may hold them: numbers masked, and of other personal data nothing. */
const auditable = (fields: readonly string[], values: Values): Prisma.InputJsonObject =>
  Object.fromEntries([
    ...fields.filter((field) => plainFields.includes(field)).map((field) => [field, values[field] ?? null]),
    ...fields
      .filter((field) => maskedFields.includes(field))
      .map((field) => [field, typeof values[field] === 'string' ? lastFour(values[field]) : null]),
  ]) as Prisma.InputJsonObject;

/** Nobody has a driver paid to another account, or takes over their login, without others hearing of it. */
const tellChanged = async (tx: Tx, driver: Driver, fields: readonly string[], cause: string): Promise<void> => {
  const { id: driverId, userId, fleetId } = driver;
  const isBankChanged = fields.some((field) => bankFields.includes(field));
  const isPhoneChanged = fields.includes('mobile');
  if (!isBankChanged && !isPhoneChanged) return;
  const told = { to: [userId, ...(await financeOf(tx, fleetId))], payload: { driverId }, cause };
  const name = `${driver.firstName} ${driver.lastName}`;
  if (isBankChanged)
    await putIntoInbox(tx, { ...told, event: 'driver:bank_changed', title: `${name}: new bank details` });
  if (isPhoneChanged) await putIntoInbox(tx, { ...told, event: 'driver:phone_changed', title: `${name}: new phone` });
};

/** The papers of the vehicle that a driver brought along or, from staff, of the one that the roster gives them. */
const changeOwnPapers = async (
  tx: Tx,
  { id, vehicleId, fleetId }: Driver,
  { papers, caller, actor }: { papers: Papers; caller: Caller; actor: Actor },
): Promise<void> => {
  if (Object.keys(papers).length === 0) return;
  const rostered = { assignments: { some: { driverId: id, status: 'ACTIVE' as const } } };
  const theirs = vehicleId ? { id: vehicleId } : caller.role === 'DRIVER' ? null : rostered;
  const vehicle = theirs && (await tx.vehicle.findFirst({ where: { ...theirs, fleetId }, select: { id: true } }));
  if (vehicle) await changePapers(tx, { id: vehicle.id, visible: { fleetId } }, papers, actor);
};

export const driverChanges = [
  patch('/drivers/:id', {
    allow: 'drivers:change',
    summary:
      'Change the profile of a driver; a driver changes their own, and after KYC neither papers nor bank details',
    says: 'Driver updated successfully',
    params: DriverOrMe,
    body: DriverChange,
    returns: DriverView,
    refuses: ['FIELD_FORBIDDEN', 'PHONE_TAKEN', 'FLEET_INACTIVE', 'DRIVER_HAS_UNFINISHED'],
    async handle({ driver: found, fleet, body, caller, actor, db, visible, newId, services }) {
      const { id, userId } = found;
      const { sealer } = services;
      await db.$transaction(async (tx) => {
        if (fleet) await holdFleet(tx, { id: fleet.id });
        await lockUser(tx, { id: userId });
        const driver = await lockedDriver(tx, id, visible.driver);
        const current = known(driver, await depositOf(tx, id), sealer);
        const [papers, profile] = withoutPapers(body);
        const asked = differing(profile, current);
        const forbidden = Object.keys(asked).find((field) => !mayChange(field, caller, driver));
        if (forbidden) throw refusal('FIELD_FORBIDDEN', { field: forbidden });
        if (isGuess(body, caller)) throw refusal('FIELD_FORBIDDEN', { field: 'bankAccountNumber' });
        await changeOwnPapers(tx, driver, { papers, caller, actor });
        const changes = withBothLicenses(asked, body, mayChange('dlNumber', caller, driver));
        const fields = Object.keys(changes);
        if (fields.length === 0) return;
        requireWorkingAge(changes);
        if (changes.fleetId) await requireMovable(tx, id, changes.fleetId);
        // While they have the old phone: a code that is under way to it opens nothing any more.
        if (changes.mobile) await endLogins(tx, { id: userId }, 'PHONE_CHANGED');
        const login = loginAfter(driver, changes);
        if (Object.keys(login).length > 0)
          await tx.user.update({ where: { id: userId }, data: login, select: { id: true } });
        const { aadharNumber, panNumber, gstNumber, bankAccountNumber, ...plain } = changes;
        const isReopened = reopensKyc(fields, driver, caller);
        await tx.driver.update({
          where: { id },
          data: {
            ...plain,
            ...sealedNumbers(sealer, id, { aadharNumber, panNumber, gstNumber, bankAccountNumber }),
            ...(fields.some((field) => bankFields.includes(field)) ? { bankChangedAt: new Date() } : {}),
            ...(isReopened ? { ...reopened, kycReviewedAt: approvedAt(driver) } : {}),
            ...(changes.fleetId ? { hubId: null } : {}),
          },
          select: { id: true },
        });
        await audit(tx, actor, {
          ...{ action: 'driver.updated', subject: 'driver', subjectId: id },
          before: auditable(fields, { ...current }),
          after: { fields, ...auditable(fields, changes) },
        });
        await tellChanged(tx, driver, fields, newId('change'));
        if (!isReopened) return;
        await auditKyc(tx, actor, driver, { kycStatus: 'PENDING' });
        await tellKyc(tx, driver, { kycStatus: 'PENDING', remarks: null }, newId('kyc'));
      });
      services.callers.forgetUser(userId);
      return readDriver(db, id, sealer);
    },
  }),
];
