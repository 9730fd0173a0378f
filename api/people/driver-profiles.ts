import { kycStatuses, paymentModels } from './driver-views.ts';
import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { lockUser } from '../../prisma/locks.ts';
import { invalidField, refusal } from '../../workflows/domain/refusals.ts';
import { istDay } from '../../workflows/domain/time.ts';
import { papersOfDriver } from '../fleet/vehicle-papers.ts';
import type { Caller } from '../http/scope.ts';
import { managers } from '../roles.ts';
import {
  also,
  Amount,
  clearable,
  DateIn,
  HttpsUrl,
  idOf,
  Pan,
  Percent,
  Phone,
  Text,
  upperMatching,
  Word,
} from '../http/shapes.ts';

/** The id of a driver; `me` is the one who calls. */
export const DriverOrMe = z.object({ id: idOf('driver', { me: ({ driverId }) => driverId }) });

const digits = (length: RegExp, message: string) =>
  z
    .union([z.string(), z.number().int().transform(String)])
    .transform((typed) => typed.replace(/\s/g, ''))
    .pipe(z.string().regex(length, message));

/** A masked value comes back from a form that showed it; it is not a new one. */
const unmasked = <T extends z.ZodType>(shape: T) =>
  z.preprocess((typed) => (typeof typed === 'string' && typed.includes('*') ? undefined : typed), shape.optional());

const Name = Text(60);

/** What may be said of a driver when the profile is made, and later. */
const profile = {
  profilePic: HttpsUrl.optional(),
  licenseNumber: z.string().min(5).max(20).optional(),
  licenseFront: HttpsUrl.optional(),
  licenseBack: HttpsUrl.optional(),
  aadharFront: HttpsUrl.optional(),
  aadharBack: HttpsUrl.optional(),
  panCardImage: HttpsUrl.optional(),
  livePhoto: HttpsUrl.optional(),
  bankIdProof: HttpsUrl.optional(),
  email: z.email().max(200).optional(),
  dob: DateIn.optional(),
  address: z.string().max(500).optional(),
  city: Text(120).optional(),
  pincode: digits(/^\d{6}$/, 'must have 6 digits').optional(),
  aadharNumber: unmasked(digits(/^\d{12}$/, 'must have 12 digits')),
  panNumber: unmasked(Pan),
  dlNumber: z.string().min(5).max(20).optional(),
  gstNumber: unmasked(upperMatching(/^[0-9A-Z]{15}$/, 'must have 15 characters')),
  driverAgreement: HttpsUrl.optional(),
  policeVerification: HttpsUrl.optional(),
  currentAddressProof: HttpsUrl.optional(),
  permanentAddressProof: HttpsUrl.optional(),
  paymentModel: Word(paymentModels).optional(),
  revSharePercentage: Percent.optional(),
  bankAccountNumber: unmasked(digits(/^\d{6,20}$/, 'must have 6 to 20 digits')),
  bankIfscCode: upperMatching(/^[A-Z]{4}0[A-Z0-9]{6}$/, 'must be 4 letters, a zero and 6 characters').optional(),
  bankAccountName: Text(120).optional(),
  depositBalance: Amount.optional(),
  additionalDocuments: also(z.array(HttpsUrl).max(20).optional(), 'providerMetadata.additionalDocuments'),
};

/** A driver's profile as it is sent. */
export const NewDriver = z.object({
  userId: idOf('user').optional(),
  fleetId: idOf('fleet'),
  hubId: idOf('hub').optional(),
  firstName: Name,
  lastName: Name.default('NA'),
  mobile: Phone,
  status: Word(['ACTIVE', 'INACTIVE']).optional(),
  isAvailable: z.boolean().optional(),
  ...profile,
  kycStatus: Word(kycStatuses).optional(),
});

const { revSharePercentage, depositBalance, additionalDocuments, ...mayLack } = profile;

/** What of a profile is changed, where null clears what a driver may lack; of the vehicle, what stands in its papers. */
export const DriverChange = z.object({
  fleetId: idOf('fleet').optional(),
  firstName: Name.optional(),
  lastName: Name.optional(),
  mobile: Phone.optional(),
  ...clearable(mayLack),
  ...{ revSharePercentage, depositBalance, additionalDocuments },
  ...papersOfDriver,
});

/** Completed years, by the calendar of India. */
const ageYears = (dob: Date): number => {
  const [today, born] = [istDay(Date.now()), dob.toISOString().slice(0, 10)];
  return Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - (today.slice(5) < born.slice(5) ? 1 : 0);
};

/** Source: drivers.md, Driver. */
export const requireWorkingAge = ({ dob }: { dob?: Date | null | undefined }): void => {
  if (dob && (ageYears(dob) < 18 || ageYears(dob) > 75))
    throw invalidField('dob', 'invalid_value', 'dob must give an age between 18 and 75');
};

/** The name of a login, as the profile of its driver says it. */
export const fullName = ({ firstName, lastName }: { firstName: string; lastName: string }): string =>
  lastName === 'NA' ? firstName : `${firstName} ${lastName}`;

/** A decision on their papers that comes with the form; it counts only from who may decide. Source: conventions section 11. */
export const kycDecision = ({ kycStatus }: z.output<typeof NewDriver>, { role, userId }: Caller) =>
  kycStatus && kycStatus !== 'PENDING' && managers.includes(role)
    ? { kycStatus, kycReviewedBy: userId, kycReviewedAt: new Date() }
    : { kycStatus: 'PENDING' as const };

/** The login of a new driver: the named user, or the one of that phone, or a new one; always of role DRIVER. */
export const userForDriver = async (
  tx: Prisma.TransactionClient,
  userId: string | undefined,
  body: z.output<typeof NewDriver>,
  created: { driverId: string; newUserId: string; createdBy: string },
): Promise<string> => {
  const { mobile: phone, fleetId } = body;
  await lockUser(tx, userId ? { id: userId } : { phone });
  const user = await tx.user.findFirst({ where: userId ? { id: userId } : { phone }, include: { driver: true } });
  if (!user) {
    const { newUserId: id, createdBy } = created;
    await tx.user.create({ data: { id, name: fullName(body), phone, role: 'DRIVER', fleetId, createdBy } });
    return id;
  }
  if (user.role !== 'DRIVER') throw refusal(userId ? 'USER_ROLE_NOT_DRIVER' : 'PHONE_TAKEN');
  // Their own id means that this request has been here before; the insert will say so.
  if (user.driver && user.driver.id !== created.driverId)
    throw refusal(userId ? 'DRIVER_PROFILE_EXISTS' : 'PHONE_TAKEN');
  if (!user.isActive) throw refusal('DRIVER_NOT_ACTIVE', { status: 'USER_INACTIVE' });
  if (user.fleetId && user.fleetId !== fleetId) throw refusal('FLEET_MISMATCH');
  if (user.phone !== phone) throw invalidField('mobile', 'invalid_value', "mobile must equal the user's phone");
  if (!user.fleetId) await tx.user.update({ where: { id: user.id }, data: { fleetId }, select: { id: true } });
  return user.id;
};
