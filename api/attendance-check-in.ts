import { z } from 'zod';
import type { Db } from '../prisma/client.ts';
import { putIntoInbox, staffOf } from '../prisma/notifications.ts';
import { audit } from '../prisma/audit.ts';
import { nextShortId } from '../prisma/short-id.ts';
import { openShift } from '../prisma/open.ts';
import { requireAtHub, shiftFacts } from '../workflows/domain/attendance.ts';
import { point } from '../workflows/domain/geo.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import { shiftProcess } from '../workflows/processes.ts';
import { AttendanceView, attendanceView, readShift, withRelations } from './attendance-views.ts';
import { post } from './http/endpoint.ts';
import { beside, uniqueViolation } from './http/errors.ts';
import { createOnce } from './http/once.ts';
import { also, HttpsUrl, idOf, InstantIn, NumericText } from './http/shapes.ts';
import { fault, odometerMaxKm, Position, shiftDriver } from './attendance.ts';

const Odometer = NumericText.pipe(z.number().min(0).max(odometerMaxKm)).transform(Math.floor);

const checkInDriver = async (db: Db, driverId: string) =>
  db.driver.findUniqueOrThrow({
    where: { id: driverId },
    include: {
      user: true,
      fleet: true,
      hub: true,
      assignments: { where: { status: 'ACTIVE' }, take: 1, select: { vehicleId: true } },
    },
  });

type CheckInDriver = Awaited<ReturnType<typeof checkInDriver>>;

/** Source: attendance.md, POST /attendance/check-in, in its order. */
const requireMayCheckIn = (driver: CheckInDriver, kycRequired: boolean): void => {
  if (driver.status !== 'ACTIVE') throw refusal('DRIVER_BLOCKED', { status: driver.status });
  if (!driver.user.isActive) throw refusal('DRIVER_BLOCKED', { status: 'INACTIVE' });
  if (driver.fleet.status === 'INACTIVE') throw refusal('OWN_FLEET_INACTIVE');
  if (kycRequired && driver.kycStatus !== 'APPROVED') throw refusal('DRIVER_BLOCKED', { kycStatus: driver.kycStatus });
};

/** Metres to the hub, or null when staff checks in without a position. */
const distanceToHub = ({ hub }: CheckInDriver, at: { lat: number; lng: number } | null): number | null => {
  if (!hub || hub.status === 'INACTIVE') throw refusal('HUB_NOT_ASSIGNED');
  return at && requireAtHub(at, { lat: hub.lat, lng: hub.lng }, hub.geofenceRadius);
};

/** The loser of a race, or a second check-in, is shown the open shift, so that the app can go on with it. */
const requireNoOpenShift = async (db: Db, driverId: string, except: string): Promise<void> => {
  const open = await db.attendance.findFirst({
    where: { driverId, ...openShift, id: { not: except } },
    select: { id: true },
  });
  if (!open) return;
  const view = z.encode(AttendanceView, await readShift(db, open.id));
  throw beside(refusal('ALREADY_CHECKED_IN'), { attendance: view });
};

const lastReading = async (db: Db, vehicleId: string | null): Promise<number | null> => {
  if (!vehicleId) return null;
  const last = await db.attendance.findFirst({
    where: { vehicleId, OR: [{ odometerEnd: { not: null } }, { odometerStart: { not: null } }] },
    orderBy: { checkInTime: 'desc' },
    select: { odometerStart: true, odometerEnd: true },
  });
  return last?.odometerEnd ?? last?.odometerStart ?? null;
};

export const attendanceCheckIn = [
  post('/attendance/check-in', {
    allow: 'attendance:act',
    summary: 'Open a shift at the hub',
    says: 'Checked in successfully',
    status: 201,
    body: z.object({
      driverId: idOf('driver').optional(),
      ...Position,
      odometer: also(Odometer.optional(), 'odometerStart'),
      selfieUrl: HttpsUrl.optional(),
      timestamp: InstantIn.optional().catch(undefined),
      remarks: z.string().max(1000).optional(),
    }),
    returns: AttendanceView,
    refuses: ['DRIVER_BLOCKED', 'OWN_FLEET_INACTIVE', 'ALREADY_CHECKED_IN', 'HUB_NOT_ASSIGNED', 'GEOFENCE_VIOLATION'],
    async handle({ body, caller, actor, driver: named, db, newId, begin, services }) {
      const isDriver = caller.role === 'DRIVER';
      const at = point(body.lat, body.lng);
      const missing = (['lat', 'lng'] as const).filter((field) => isDriver && body[field] === undefined);
      if (missing.length > 0)
        throw refusal(
          'VALIDATION_ERROR',
          missing.map((field) => fault(field, `${field} is required`)),
        );
      const driver = await checkInDriver(db, shiftDriver({ caller, driver: named }));
      requireMayCheckIn(driver, services.env.KYC_REQUIRED_FOR_CHECKIN);
      const id = newId();
      await requireNoOpenShift(db, driver.id, id);
      const checkInDistance = distanceToHub(driver, at);
      const vehicleId = driver.assignments[0]?.vehicleId ?? null;
      const reading = await lastReading(db, vehicleId);
      const belowLast = body.odometer !== undefined && reading !== null && body.odometer < reading;
      const shortId = await nextShortId(db, 'ATT');
      const insert = () =>
        db.$transaction(async (tx) => {
          const shift = await tx.attendance.create({
            data: {
              ...{
                id,
                shortId,
                driverId: driver.id,
                fleetId: driver.fleetId,
                hubId: driver.hubId,
                vehicleId,
                checkInDistance,
              },
              checkInTime: new Date(),
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
              ...{ attendanceId: id, commandId: 'checkIn', type: 'checkIn', at: shift.checkInTime },
              actorType: 'USER',
              actorId: caller.userId,
            },
          });
          await putIntoInbox(tx, {
            to: await staffOf(tx, driver.fleetId, driver.hubId),
            event: 'attendance:checked_in',
            title: `${driver.firstName} ${driver.lastName} checked in`,
            payload: {
              attendanceId: id,
              driverId: driver.id,
              driverName: `${driver.firstName} ${driver.lastName}`,
              hubId: driver.hubId,
              checkInTime: shift.checkInTime.toISOString(),
            },
            cause: id,
          });
          if (!isDriver) {
            await audit(tx, actor, { action: 'attendance.checkedInOnBehalf', subject: 'attendance', subjectId: id });
          }
        });
      try {
        await createOnce(insert);
      } catch (error) {
        if (uniqueViolation(error) !== 'attendances_open_driver_key') throw error;
        await requireNoOpenShift(db, driver.id, id);
        await createOnce(insert); // The shift in the way was closed in this very moment.
      }
      const shift = await db.attendance.findUniqueOrThrow({ where: { id }, include: withRelations });
      begin(shiftProcess(shiftFacts(shift)));
      return attendanceView(shift);
    },
  }),
];
