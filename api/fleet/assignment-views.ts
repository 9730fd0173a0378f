import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { Instant } from '../http/shapes.ts';
import { SlimDriver } from '../people/driver-views.ts';

/** Source: assignments.md, rendered assignment. */
export const AssignedDriver = SlimDriver.omit({ profilePic: true, fleetId: true });
z.globalRegistry.add(AssignedDriver, { id: 'AssignedDriver' });

export const SlimVehicle = z.object({
  id: z.string(),
  shortId: z.string(),
  vehicleNumber: z.string(),
  vehicleName: z.string(),
  vehicleModel: z.string(),
  fuelType: z.string(),
  status: z.string(),
  hubId: z.string().nullable(),
});
z.globalRegistry.add(SlimVehicle, { id: 'AssignedVehicle' });

export const AssignmentView = z.object({
  id: z.string(),
  shortId: z.string(),
  fleetId: z.string(),
  driverId: z.string(),
  vehicleId: z.string(),
  status: z.enum(['ACTIVE', 'ENDED']),
  startTime: Instant,
  endTime: Instant.nullable(),
  startDate: Instant,
  endReason: z.string().nullable(),
  createdBy: z.string().nullable(),
  endedBy: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  driver: AssignedDriver,
  vehicle: SlimVehicle,
});
z.globalRegistry.add(AssignmentView, { id: 'Assignment' });

export const withBoth = { driver: true, vehicle: true } satisfies Prisma.AssignmentInclude;

type Link = Prisma.AssignmentGetPayload<object>;

export const slimAssignment = <T extends Link>(link: T) => ({ ...link, startDate: link.startTime });

export const assignmentView = (link: Prisma.AssignmentGetPayload<{ include: typeof withBoth }>) => slimAssignment(link);
