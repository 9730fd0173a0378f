import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { openShift, withOpenBreak } from '../../prisma/locks.ts';
import { dutyState, shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { Instant, Rupees } from '../http/shapes.ts';
import { depositOf } from '../money/balance-views.ts';
import { shown } from './personal-numbers.ts';

export const driverStatuses = ['ACTIVE', 'INACTIVE', 'SUSPENDED', 'BLACKLISTED'] as const;
export const kycStatuses = ['PENDING', 'APPROVED', 'REJECTED'] as const;
const dutyStates = ['OFF_DUTY', 'PENDING_APPROVAL', 'ON_DUTY', 'ON_BREAK'] as const;
export const paymentModels = ['RENTAL', 'PAYOUT'] as const;

/** What of a driver stands in other records; sealed columns are not even read. Source: conventions section 16. */
export const SlimDriver = z.object({
  id: z.string(),
  shortId: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  mobile: z.string(),
  profilePic: z.string().nullable(),
  fleetId: z.string(),
  hubId: z.string().nullable(),
});
z.globalRegistry.add(SlimDriver, { id: 'SlimDriver' });

export const slimDriver = {
  ...{ id: true, shortId: true, firstName: true, lastName: true, mobile: true },
  ...{ profilePic: true, fleetId: true, hubId: true },
} satisfies Prisma.DriverSelect;

export const ListedDriver = z.object({
  id: z.string(),
  shortId: z.string(),
  userId: z.string(),
  fleetId: z.string(),
  hubId: z.string().nullable(),
  firstName: z.string(),
  lastName: z.string(),
  mobile: z.string(),
  profilePic: z.string().nullable(),
  kycStatus: z.enum(kycStatuses),
  status: z.enum(driverStatuses),
  isAvailable: z.boolean(),
  dutyState: z.enum(dutyStates),
  paymentModel: z.enum(paymentModels).nullable(),
  vehicleId: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(ListedDriver, { id: 'ListedDriver' });

export const text = z.string().nullable();

export const DriverView = ListedDriver.extend({
  statusReason: text,
  licenseNumber: text,
  licenseFront: text,
  licenseBack: text,
  aadharFront: text,
  aadharBack: text,
  panCardImage: text,
  livePhoto: text,
  bankIdProof: text,
  kycRemarks: text,
  kycReviewedBy: text,
  kycReviewedAt: Instant.nullable(),
  email: text,
  dob: Instant.nullable(),
  address: text,
  city: text,
  pincode: text,
  aadharNumber: text,
  panNumber: text,
  dlNumber: text,
  gstNumber: text,
  driverAgreement: text,
  policeVerification: text,
  currentAddressProof: text,
  permanentAddressProof: text,
  depositBalance: Rupees,
  revSharePercentage: z.number(),
  bankAccountNumber: text,
  bankIfscCode: text,
  bankAccountName: text,
  providerMetadata: z.object({ additionalDocuments: z.array(z.string()) }),
  onboardingStatus: z.string(),
});
z.globalRegistry.add(DriverView, { id: 'Driver' });

/** The open shift of a driver, enough to say on what duty they are. */
export const dutyShift = {
  where: openShift,
  take: 1,
  include: withOpenBreak,
} satisfies Prisma.Driver$attendancesArgs;

type DriverRow = Prisma.DriverGetPayload<{ include: { attendances: typeof dutyShift } }>;

export const listedDriver = ({ attendances: [shift], ...driver }: DriverRow) => ({
  ...driver,
  dutyState: dutyState(shift ? shiftFacts(shift) : null),
});

/** A driver in full, with their deposit from the ledger. Personal numbers are shown whole only where `reveals` says so. */
export const driverView = async (db: Db, driver: DriverRow, sealer: Sealer, reveals: boolean) => {
  const number = (purpose: 'identity-number' | 'bank-number', sealed: string | null) =>
    sealed && shown(sealer, purpose, { sealed, rowId: driver.id }, reveals);
  return {
    ...listedDriver(driver),
    aadharNumber: number('identity-number', driver.sealedAadharNumber),
    panNumber: number('identity-number', driver.sealedPanNumber),
    gstNumber: number('identity-number', driver.sealedGstNumber),
    bankAccountNumber: number('bank-number', driver.sealedBankAccountNumber),
    depositBalance: await depositOf(db, driver.id),
    providerMetadata: { additionalDocuments: driver.additionalDocuments },
    onboardingStatus: onboardingStatus(driver.kycStatus),
  };
};

/** How far a driver has come with their papers. */
export const onboardingStatus = (kycStatus: string): string =>
  kycStatus === 'PENDING' ? 'PROFILE_SUBMITTED' : `KYC_${kycStatus}`;

export const readDriver = async (db: Db, id: string, sealer: Sealer) => {
  const driver = await db.driver.findUniqueOrThrow({ where: { id }, include: { attendances: dutyShift } });
  return driverView(db, driver, sealer, false);
};
