import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { dayMs, istDay } from '../../workflows/domain/time.ts';
import { Instant } from '../http/shapes.ts';

export const ownerships = ['OWNED', 'LEASED'] as const;
export const fuelTypes = ['PETROL', 'DIESEL', 'CNG', 'ELECTRIC'] as const;
export const vehicleStatuses = ['ACTIVE', 'INACTIVE', 'MAINTENANCE'] as const;

export const VehicleView = z.object({
  id: z.string(),
  shortId: z.string(),
  fleetId: z.string(),
  hubId: z.string().nullable(),
  vehicleNumber: z.string(),
  vehicleName: z.string(),
  vehicleModel: z.string(),
  vehicleColor: z.string().nullable(),
  bodyType: z.string().nullable(),
  ownership: z.enum(ownerships),
  ownerName: z.string().nullable(),
  fuelType: z.enum(fuelTypes),
  chassisNumber: z.string().nullable(),
  vinNumber: z.string().nullable(),
  rcFrontImage: z.string().nullable(),
  rcBackImage: z.string().nullable(),
  permitImage: z.string().nullable(),
  fitnessImage: z.string().nullable(),
  insuranceImage: z.string().nullable(),
  permitExpiry: Instant.nullable(),
  fitnessExpiry: Instant.nullable(),
  insuranceStart: Instant.nullable(),
  insuranceExpiry: Instant.nullable(),
  fleetMobileNumber: z.string().nullable(),
  status: z.enum(vehicleStatuses),
  documentFlags: z.array(z.string()),
  activeAssignment: z.object({ id: z.string(), driverId: z.string() }).nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(VehicleView, { id: 'Vehicle' });

export const activeLink = {
  where: { status: 'ACTIVE' },
  take: 1,
  select: { id: true, driverId: true },
} satisfies Prisma.Vehicle$assignmentsArgs;

type VehicleRow = Prisma.VehicleGetPayload<object> & { assignments: { id: string; driverId: string }[] };

export const dueDays = 30;

/** What is wrong with the papers of a vehicle today: missing, expired, or due within thirty days. */
const documentFlags = (vehicle: Prisma.VehicleGetPayload<object>): string[] => {
  const today = Date.parse(`${istDay(Date.now())}T00:00:00.000Z`);
  const flag = (name: string, expiry: Date | null): string[] => {
    if (!expiry) return [`${name}_MISSING`];
    if (expiry.getTime() < today) return [`${name}_EXPIRED`];
    return expiry.getTime() <= today + dueDays * dayMs ? [`${name}_DUE_30D`] : [];
  };
  return [
    ...flag('INSURANCE', vehicle.insuranceExpiry),
    ...flag('PERMIT', vehicle.permitExpiry),
    ...flag('FITNESS', vehicle.fitnessExpiry),
  ];
};

export const vehicleView = <T extends VehicleRow>(vehicle: T) => ({
  ...vehicle,
  documentFlags: documentFlags(vehicle),
  activeAssignment: vehicle.assignments[0] ?? null,
});
