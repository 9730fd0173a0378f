import { z } from 'zod';
import type { Db, Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { breakMinutes, workedMinutes } from '../../workflows/domain/shifts/worked-time.ts';
import { slimDriver, SlimDriver } from '../people/driver-views.ts';
import { Instant, Rupees } from '../http/shapes.ts';

export const statuses = ['PENDING', 'APPROVED', 'REJECTED', 'CHECKED_OUT'] as const;
export const approvalStatuses = ['PENDING', 'APPROVED', 'REJECTED'] as const;
export const cashStatuses = ['NONE', 'DECLARED', 'RECONCILED'] as const;
const endedBys = ['DRIVER', 'ADMIN', 'CHECK_OUT', 'SYSTEM'] as const;

export const BreakView = z.object({
  id: z.string(),
  shortId: z.string(),
  attendanceId: z.string(),
  startTime: Instant,
  endTime: Instant.nullable(),
  endedBy: z.enum(endedBys).nullable(),
  driverId: z.string(),
  breakStartTime: Instant,
  breakEndTime: Instant.nullable(),
  durationMinutes: z.number().nullable(),
  status: z.enum(statuses),
});
z.globalRegistry.add(BreakView, { id: 'Break' });

const SlimVehicle = z.object({
  id: z.string(),
  vehicleNumber: z.string(),
  vehicleName: z.string(),
  vehicleModel: z.string(),
});
z.globalRegistry.add(SlimVehicle, { id: 'ShiftVehicle' });

const text = z.string().nullable();
const number = z.number().nullable();

export const AttendanceView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  hubId: text,
  vehicleId: text,
  checkInTime: Instant,
  checkOutTime: Instant.nullable(),
  status: z.enum(statuses),
  approvalStatus: z.enum(approvalStatuses),
  approvedBy: text,
  approvedByName: text,
  approvedAt: Instant.nullable(),
  adminRemarks: text,
  checkInLat: number,
  checkInLng: number,
  checkInDistance: number,
  checkOutLat: number,
  checkOutLng: number,
  selfieUrl: text,
  odometerStart: number,
  odometerEnd: number,
  odometerImageUrl: text,
  totalKm: number,
  cashDeposited: Rupees,
  cashStatus: z.enum(cashStatuses),
  source: z.enum(['DRIVER', 'ADMIN']),
  createdBy: text,
  closedBy: text,
  flags: z.array(z.string()),
  clientReportedAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  breaks: z.array(
    BreakView.pick({ id: true, shortId: true, attendanceId: true, startTime: true, endTime: true, endedBy: true }),
  ),
  breakMinutes: z.number(),
  workedMinutes: z.number(),
  vehicle: SlimVehicle.nullable(),
  driver: SlimDriver.extend({
    fleet: z.object({ id: z.string(), name: z.string() }).nullable(),
    hub: z.object({ id: z.string(), address: z.string(), hubType: z.string() }).nullable(),
    assignments: z.array(z.object({ id: z.string(), status: z.string(), vehicle: SlimVehicle })),
  }),
});
z.globalRegistry.add(AttendanceView, { id: 'Attendance' });

const slimVehicle = {
  select: { id: true, vehicleNumber: true, vehicleName: true, vehicleModel: true },
} satisfies Prisma.VehicleDefaultArgs;

/** Only what is shown: a driver has forty columns, and the sealed ones are nobody's business here. */
export const withRelations = {
  breaks: { orderBy: { startTime: 'desc' } },
  vehicle: slimVehicle,
  driver: {
    select: {
      ...slimDriver,
      fleet: { select: { id: true, name: true } },
      hub: { select: { id: true, address: true, hubType: true } },
      assignments: {
        where: { status: 'ACTIVE' },
        take: 1,
        select: { id: true, status: true, vehicle: slimVehicle },
      },
    },
  },
} satisfies Prisma.AttendanceInclude;

type ShiftRow = Prisma.AttendanceGetPayload<{ include: typeof withRelations }>;

/** For a closed shift the vehicle of the shift stands where panels look for the current one, so that history stays true. */
const linksOf = (shift: ShiftRow) => {
  const [current] = shift.driver.assignments;
  if (!shift.checkOutTime || !shift.vehicle) return current ? [current] : [];
  if (current?.vehicle.id === shift.vehicle.id) return [current];
  return [{ id: shift.id, status: 'ENDED', vehicle: shift.vehicle }];
};

export const attendanceView = (shift: ShiftRow) => {
  const nowMs = Date.now();
  const spans = shift.breaks.map(({ startTime, endTime }) => ({
    startTime: startTime.toISOString(),
    endTime: endTime?.toISOString() ?? null,
  }));
  const span = { startTime: shift.checkInTime.toISOString(), endTime: shift.checkOutTime?.toISOString() ?? null };
  const { odometerStart, odometerEnd } = shift;
  return {
    ...shift,
    cashDeposited: shift.cashDepositedPaise,
    totalKm: odometerStart !== null && odometerEnd !== null ? odometerEnd - odometerStart : null,
    breakMinutes: breakMinutes(spans, nowMs),
    workedMinutes: workedMinutes(span, spans, nowMs),
    driver: { ...shift.driver, assignments: linksOf(shift) },
  };
};

export const readShift = async (db: Db | Tx, id: string) =>
  attendanceView(await db.attendance.findUniqueOrThrow({ where: { id }, include: withRelations }));

/** A break as clients read it, under both of its names. */
export const readBreak = async (db: Db, id: string) => {
  const row = await db.break.findUniqueOrThrow({ where: { id }, include: { attendance: true } });
  const { startTime, endTime, attendance: shift } = row;
  return {
    ...row,
    driverId: shift.driverId,
    status: shift.status,
    breakStartTime: startTime,
    breakEndTime: endTime,
    durationMinutes: endTime && Math.floor((endTime.getTime() - startTime.getTime()) / 60_000),
  };
};
