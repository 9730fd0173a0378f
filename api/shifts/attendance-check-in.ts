import { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import { putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { audit } from '../../prisma/audit.ts';
import { rentedUntil } from '../../prisma/rentals.ts';
import { nextShortId } from '../../prisma/short-id.ts';
import { holdFleet, lockDrivers, openShift } from '../../prisma/locks.ts';
import { requireAtHub, shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { point } from '../../workflows/domain/geo.ts';
import { rentalFault } from '../../workflows/domain/money/rental-standing.ts';
import type { RentalFault } from '../../workflows/domain/money/rental-standing.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { hourMs } from '../../workflows/domain/time.ts';
import { shiftProcess } from '../../workflows/processes.ts';
import { AttendanceView, attendanceView, readShift, withRelations } from './attendance-views.ts';
import { post } from '../http/endpoint.ts';
import { beside } from '../http/errors.ts';
import { createOnce } from '../http/once.ts';
import { also, HttpsUrl, idOf, InstantIn, NumericText, requiring } from '../http/shapes.ts';
import type { Missing } from '../http/shapes.ts';
import { odometerMaxKm, Position, shiftDriver } from './attendance.ts';

const Odometer = NumericText.pipe(z.number().min(0).max(odometerMaxKm)).transform(Math.floor);

/** As they stand once nobody can change it any more: neither their status nor their vehicle nor another check-in. */
const lockedDriver = async (tx: Tx, id: string) => {
  await holdFleet(tx, { driverId: id });
  await lockDrivers(tx, [id]);
  return tx.driver.findUniqueOrThrow({
    where: { id },
    include: {
      user: true,
      fleet: true,
      hub: true,
      assignments: { where: { status: 'ACTIVE' }, take: 1, select: { vehicleId: true } },
    },
  });
};

type CheckInDriver = Awaited<ReturnType<typeof lockedDriver>>;

/** Source: attendance.md, POST /attendance/check-in, in its order. */
const requireMayCheckIn = (driver: CheckInDriver, kycRequired: boolean): void => {
  if (driver.status !== 'ACTIVE') throw refusal('DRIVER_BLOCKED', { status: driver.status });
  if (!driver.user.isActive) throw refusal('DRIVER_BLOCKED', { status: 'USER_INACTIVE' });
  if (driver.fleet.status === 'INACTIVE') throw refusal('OWN_FLEET_INACTIVE');
  if (kycRequired && driver.kycStatus !== 'APPROVED') throw refusal('DRIVER_BLOCKED', { kycStatus: driver.kycStatus });
};

/** Source: payments.md rule 13. One more read, and only in a fleet that has such a limit. */
const requireFewDues = async (tx: Tx, { id, fleet: { duesBlockLimitPaise } }: CheckInDriver): Promise<void> => {
  if (duesBlockLimitPaise === null) return;
  const { _sum } = await tx.driverDue.aggregate({
    where: { driverId: id, outstandingPaise: { gt: 0 } },
    _sum: { outstandingPaise: true },
  });
  const open = _sum.outstandingPaise ?? 0n;
  if (open > duesBlockLimitPaise)
    throw refusal('DUES_OUTSTANDING', { dues: textOf(open), limit: textOf(duesBlockLimitPaise) });
};

/** What the fleet holds against a driver whose rent is not paid, if it only warns. Throws it if it blocks. One more read for who rents. */
const rentalWarnings = async (tx: Tx, { id, fleet, paymentModel }: CheckInDriver): Promise<RentalFault[]> => {
  if (paymentModel !== 'RENTAL' || fleet.rentalEnforcement === 'NONE') return [];
  const fault = rentalFault({ paymentModel, ...fleet, rentedUntil: await rentedUntil(tx, id) }, Date.now());
  if (fault && fleet.rentalEnforcement === 'BLOCK') throw refusal(fault);
  return fault ? [fault] : [];
};

const textOf = (amount: bigint): string => rupeeText(paise(Number(amount)));

/** Metres to the hub, or null when staff checks in without a position. */
const distanceToHub = ({ hub }: CheckInDriver, at: { lat: number; lng: number } | null): number | null => {
  if (!hub || hub.status === 'INACTIVE') throw refusal('HUB_NOT_ASSIGNED');
  return at && requireAtHub(at, { lat: hub.lat, lng: hub.lng }, hub.geofenceRadius);
};

/** A second check-in is shown the open shift, so that the app can go on with it. */
const requireNoOpenShift = async (tx: Tx, driverId: string, except: string): Promise<void> => {
  const open = await tx.attendance.findFirst({
    where: { driverId, ...openShift, id: { not: except } },
    select: { id: true },
  });
  if (!open) return;
  const view = z.encode(AttendanceView, await readShift(tx, open.id));
  throw beside(refusal('ALREADY_CHECKED_IN'), { attendance: view });
};

const lastReading = async (tx: Tx, vehicleId: string | null): Promise<number | null> => {
  if (!vehicleId) return null;
  const last = await tx.attendance.findFirst({
    where: { vehicleId, OR: [{ odometerEnd: { not: null } }, { odometerStart: { not: null } }] },
    orderBy: { checkInTime: 'desc' },
    select: { odometerStart: true, odometerEnd: true },
  });
  return last?.odometerEnd ?? last?.odometerStart ?? null;
};

const CheckIn = z.object({
  driverId: idOf('driver').optional(),
  ...Position,
  odometer: also(Odometer.optional(), 'odometerStart'),
  selfieUrl: HttpsUrl.optional(),
  timestamp: InstantIn.optional().catch(undefined),
  remarks: z.string().max(1000).optional(),
});

const missingOf: Missing = (sent, caller) => {
  const missing = (['lat', 'lng'] as const).filter((field) => sent[field] === undefined);
  return caller?.role === 'DRIVER' || missing.length === 1 ? missing : [];
};

export const attendanceCheckIn = [
  post('/attendance/check-in', {
    allow: 'attendance:act',
    summary: 'Open a shift at the hub',
    says: 'Checked in successfully',
    status: 201,
    body: requiring(CheckIn, 'A driver sends their position; staff may leave it out, but not half of it', missingOf),
    returns: AttendanceView.extend({ warnings: z.array(z.enum(['RENTAL_REQUIRED', 'RENTAL_EXPIRED'])).optional() }),
    refuses: [
      'DRIVER_BLOCKED',
      'OWN_FLEET_INACTIVE',
      'DUES_OUTSTANDING',
      'RENTAL_REQUIRED',
      'RENTAL_EXPIRED',
      'ALREADY_CHECKED_IN',
      'HUB_NOT_ASSIGNED',
      'GEOFENCE_VIOLATION',
    ],
    async handle({ body, caller, actor, driver: named, db, newId, begin, services }) {
      const isDriver = caller.role === 'DRIVER';
      const at = point(body.lat, body.lng);
      const driverId = shiftDriver({ caller, driver: named });
      const id = newId();
      const shortId = await nextShortId(db, 'ATT');
      let warnings: RentalFault[] = [];
      const checkIn = () =>
        db.$transaction(async (tx) => {
          const driver = await lockedDriver(tx, driverId);
          requireMayCheckIn(driver, services.env.KYC_REQUIRED_FOR_CHECKIN);
          await requireFewDues(tx, driver);
          warnings = await rentalWarnings(tx, driver);
          await requireNoOpenShift(tx, driverId, id);
          const checkInDistance = distanceToHub(driver, at);
          const { fleetId, hubId, firstName, lastName } = driver;
          const vehicleId = driver.assignments[0]?.vehicleId ?? null;
          const reading = await lastReading(tx, vehicleId);
          const belowLast = body.odometer !== undefined && reading !== null && body.odometer < reading;
          const checkInTime = new Date();
          await tx.attendance.create({
            data: {
              ...{ id, shortId, driverId, fleetId, hubId, vehicleId, checkInDistance },
              checkInTime,
              staleAt: new Date(checkInTime.getTime() + services.env.ATTENDANCE_STALE_HOURS * hourMs),
              checkInLat: body.lat ?? null,
              checkInLng: body.lng ?? null,
              selfieUrl: body.selfieUrl ?? null,
              odometerStart: body.odometer ?? null,
              adminRemarks: isDriver ? null : (body.remarks ?? null),
              source: isDriver ? 'DRIVER' : 'ADMIN',
              createdBy: caller.userId,
              flags: belowLast ? ['ODOMETER_BELOW_LAST'] : [],
              clientReportedAt: body.timestamp ?? null,
            },
          });
          await tx.attendanceEvent.create({
            data: {
              ...{ attendanceId: id, commandId: 'checkIn', type: 'checkIn', at: checkInTime },
              actorType: 'USER',
              actorId: caller.userId,
            },
          });
          const driverName = `${firstName} ${lastName}`;
          await putIntoInbox(tx, {
            to: await staffOf(tx, fleetId, hubId),
            event: 'attendance:checked_in',
            title: `${driverName} checked in`,
            payload: { attendanceId: id, driverId, driverName, hubId, checkInTime: checkInTime.toISOString() },
            cause: id,
          });
          if (!isDriver) {
            await audit(tx, actor, { action: 'attendance.checkedInOnBehalf', subject: 'attendance', subjectId: id });
          }
        });
      await createOnce(checkIn);
      const shift = await db.attendance.findUniqueOrThrow({ where: { id }, include: withRelations });
      begin(shiftProcess(shiftFacts(shift)));
      return { ...attendanceView(shift), ...(warnings.length > 0 ? { warnings } : {}) };
    },
  }),
];
