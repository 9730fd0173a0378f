import type { Pool } from 'pg';
import { Prisma } from '../../prisma/generated/client.ts';
import { vehicleInstants } from '../fleet/vehicle-rows.ts';
import { columns, instantsOf, jsonList, jsonOf, jsonOrNull, readInstants, rowReader } from '../http/json-rows.ts';
import { dutyShift } from './driver-views.ts';

const fleetOf = {
  ...{ id: true, shortId: true, name: true, city: true, mobile: true, status: true },
} satisfies Prisma.FleetSelect;

const hubOf = {
  ...{ id: true, shortId: true, address: true, hubType: true, lat: true, lng: true, geofenceRadius: true },
} satisfies Prisma.HubSelect;

/** Where a driver belongs, the vehicle that they have, and the shift that they are on. */
export const driverSurroundings = {
  fleet: { select: fleetOf },
  hub: { select: hubOf },
  assignments: { where: { status: 'ACTIVE' }, take: 1, include: { vehicle: true } },
  attendances: dutyShift,
} satisfies Prisma.DriverInclude;

export type DriverRow = Prisma.DriverGetPayload<{ include: typeof driverSurroundings }>;

const statement = `
  SELECT ${columns('one', Prisma.DriverScalarFieldEnum)}, ${jsonOf('f', fleetOf)} AS "fleet", ${jsonOrNull('h', hubOf)} AS "hub",
    ${jsonList(`
      SELECT ${columns('a', Prisma.AssignmentScalarFieldEnum)}, ${jsonOf('v', Prisma.VehicleScalarFieldEnum)} AS "vehicle"
      FROM "assignments" a JOIN "vehicles" v ON v."id" = a."vehicleId"
      WHERE a."driverId" = one."id" AND a."status" = 'ACTIVE' LIMIT 1`)} AS "assignments",
    ${jsonList(`
      SELECT ${columns('s', Prisma.AttendanceScalarFieldEnum)}, ${jsonList(`
        SELECT ${columns('b', Prisma.BreakScalarFieldEnum)}
        FROM "breaks" b WHERE b."attendanceId" = s."id" AND b."endTime" IS NULL`)} AS "breaks"
      FROM "attendances" s WHERE s."driverId" = one."id" AND s."status" IN ('PENDING', 'APPROVED') AND s."checkOutTime" IS NULL
      LIMIT 1`)} AS "attendances"
  FROM "drivers" one JOIN "fleets" f ON f."id" = one."fleetId" LEFT JOIN "hubs" h ON h."id" = one."hubId"`;

const driverInstants = instantsOf<DriverRow>({
  kycReviewedAt: true,
  dob: true,
  bankChangedAt: true,
  createdAt: true,
  updatedAt: true,
});

const linkInstants = instantsOf<DriverRow['assignments'][number]>({
  startTime: true,
  endTime: true,
  createdAt: true,
  updatedAt: true,
});

const shiftInstants = instantsOf<DriverRow['attendances'][number]>({
  checkInTime: true,
  checkOutTime: true,
  approvedAt: true,
  clientReportedAt: true,
  staleAt: true,
  begunAt: true,
  createdAt: true,
  updatedAt: true,
});

const breakInstants = instantsOf<DriverRow['attendances'][number]['breaks'][number]>({
  startTime: true,
  endTime: true,
});

/** Reads drivers with their surroundings. */
export const driverReader = (pool: Pool) =>
  rowReader<DriverRow>(pool, 'drivers', statement, (driver) => {
    readInstants(driver, driverInstants);
    for (const link of driver.assignments) {
      readInstants(link, linkInstants);
      readInstants(link.vehicle, vehicleInstants);
    }
    for (const shift of driver.attendances) {
      readInstants(shift, shiftInstants);
      for (const pause of shift.breaks) readInstants(pause, breakInstants);
    }
  });
