import type { Prisma } from '../../prisma/generated/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { Caller } from '../http/scope.ts';
import { everything, inOwnScope, isStaff, nothing } from '../http/subject.ts';
import type { SubjectRules, Wanted } from '../http/subject.ts';
import type { Services } from '../services.ts';

const visibleFleets = ({ role, fleetId }: Caller): Prisma.FleetWhereInput =>
  role === 'SUPER_ADMIN' ? everything : { id: { in: fleetId ? [fleetId] : [] } };

const visibleHubs = (caller: Caller): Prisma.HubWhereInput => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  if (!isStaff(caller) || !caller.fleetId) return nothing;
  const { fleetId, hubIds } = caller;
  return caller.role === 'OPERATIONS' ? { fleetId, id: { in: hubIds } } : { fleetId };
};

const visibleVehicles = (caller: Caller): Prisma.VehicleWhereInput => inOwnScope(caller);

const visibleAssignments = (caller: Caller): Prisma.AssignmentWhereInput => {
  if (caller.role !== 'OPERATIONS') return inOwnScope(caller);
  const inHubs = { hubId: { in: caller.hubIds } };
  return caller.fleetId ? { fleetId: caller.fleetId, driver: inHubs, vehicle: inHubs } : nothing;
};

export const fleetSubjects = {
  fleet: {
    visible: visibleFleets,
    load: ({ db }: Services, where: Wanted<Prisma.FleetWhereInput>) => db.fleet.findFirst({ where }),
    unique: { fleets_mobile_key: () => refusal('FLEET_MOBILE_TAKEN') },
  },
  hub: {
    visible: visibleHubs,
    load: ({ db }: Services, where: Wanted<Prisma.HubWhereInput>) => db.hub.findFirst({ where }),
  },
  vehicle: {
    visible: visibleVehicles,
    load: ({ db }: Services, where: Wanted<Prisma.VehicleWhereInput>) => db.vehicle.findFirst({ where }),
    unique: { vehicles_vehicleNumber_key: () => refusal('VEHICLE_NUMBER_TAKEN') },
  },
  assignment: {
    visible: visibleAssignments,
    load: ({ db }: Services, where: Wanted<Prisma.AssignmentWhereInput>) => db.assignment.findFirst({ where }),
    unique: {
      assignments_active_driver_key: () => refusal('DRIVER_ALREADY_ASSIGNED', { assignmentId: null }),
      assignments_active_vehicle_key: () => refusal('VEHICLE_ALREADY_ASSIGNED', { assignmentId: null }),
    },
  },
} satisfies Record<string, SubjectRules>;
