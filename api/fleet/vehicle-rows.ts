import type { Pool } from 'pg';
import { Prisma } from '../../prisma/generated/client.ts';
import { columns, instantsOf, jsonList, jsonOf, jsonOrNull, readInstants, rowReader } from '../http/json-rows.ts';
import { slimDriver } from '../people/driver-views.ts';

const fleetOf = { id: true, name: true } satisfies Prisma.FleetSelect;
const hubOf = { id: true, address: true } satisfies Prisma.HubSelect;

/** What a vehicle belongs to, and the driver who has it. */
export const vehicleSurroundings = {
  fleet: { select: fleetOf },
  hub: { select: hubOf },
  assignments: {
    where: { status: 'ACTIVE' },
    take: 1,
    select: { id: true, driverId: true, driver: { select: slimDriver } },
  },
} satisfies Prisma.VehicleInclude;

export type VehicleRow = Prisma.VehicleGetPayload<{ include: typeof vehicleSurroundings }>;

const statement = `
  SELECT ${columns('one', Prisma.VehicleScalarFieldEnum)}, ${jsonOf('f', fleetOf)} AS "fleet", ${jsonOrNull('h', hubOf)} AS "hub",
    ${jsonList(`
      SELECT a."id", a."driverId", ${jsonOf('d', slimDriver)} AS "driver"
      FROM "assignments" a JOIN "drivers" d ON d."id" = a."driverId"
      WHERE a."vehicleId" = one."id" AND a."status" = 'ACTIVE' LIMIT 1`)} AS "assignments"
  FROM "vehicles" one JOIN "fleets" f ON f."id" = one."fleetId" LEFT JOIN "hubs" h ON h."id" = one."hubId"`;

export const vehicleInstants = instantsOf<VehicleRow>({
  permitExpiry: true,
  fitnessExpiry: true,
  insuranceStart: true,
  insuranceExpiry: true,
  createdAt: true,
  updatedAt: true,
});

/** Reads vehicles with their surroundings. */
export const vehicleReader = (pool: Pool) =>
  rowReader<VehicleRow>(pool, 'vehicles', statement, (vehicle) => readInstants(vehicle, vehicleInstants));
