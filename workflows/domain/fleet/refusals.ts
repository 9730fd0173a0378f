import type { Refusal } from '../refusal.ts';

/** How fleets, vehicles and the roster say no. */
export const fleetRefusals = {
  FLEET_MOBILE_TAKEN: {
    status: 409,
    says: () => 'A fleet with this mobile number exists',
    remedy: 'Use another number.',
  },
  VEHICLE_NUMBER_TAKEN: {
    status: 409,
    says: () => 'A vehicle with this number exists',
    remedy: 'Check the number, or find the existing vehicle.',
  },
  FLEET_MISMATCH: {
    status: 400,
    says: () => 'The records belong to different fleets',
    remedy: 'Choose records of one fleet.',
  },
  HUB_MISMATCH: {
    status: 400,
    says: () => 'The driver and the vehicle must be in the same hub',
    remedy: 'Move one of them to the hub of the other first.',
  },
  NOT_IN_HUB: {
    code: 'HUB_MISMATCH',
    status: 400,
    says: (_: { hubId: string | null }) => 'The record is not in this hub',
    remedy: 'Take it out of the hub that `details.hubId` names, if it is in one.',
  },
  HUB_INACTIVE: {
    code: 'INVALID_STATE_TRANSITION',
    status: 409,
    says: () => 'The hub is inactive',
    remedy: 'Choose another hub, or activate this one (PATCH /fleets/hubs/:id).',
  },
  HUB_IN_USE: {
    code: 'INVALID_STATE_TRANSITION',
    status: 409,
    says: ({ drivers, vehicles }: { drivers: number; vehicles: number }) =>
      `The hub is not empty (drivers: ${drivers}, vehicles: ${vehicles})`,
    remedy: 'Move them to another hub first.',
  },
  VEHICLE_DRIVEN: {
    code: 'INVALID_STATE_TRANSITION',
    status: 409,
    says: () => 'A trip or a shift with the vehicle is not over',
    remedy: 'Wait until it is over, or end it, then move the vehicle.',
  },
  VEHICLE_HAS_QR: {
    code: 'INVALID_STATE_TRANSITION',
    status: 409,
    says: () => 'The vehicle has a QR, which pays into its fleet',
    remedy: 'Create the vehicle anew in the other fleet, and take this one out of service.',
  },
  FLEET_INACTIVE: {
    status: 409,
    says: () => 'The fleet is inactive',
    remedy: 'Choose an active fleet.',
  },
  OWN_FLEET_INACTIVE: {
    code: 'FLEET_INACTIVE',
    status: 403,
    says: () => 'Your fleet is inactive',
    remedy: 'Talk to the platform administrator.',
  },
  VEHICLE_INACTIVE: {
    status: 409,
    says: () => 'The vehicle is not active',
    remedy: 'Choose an active vehicle.',
  },
  DRIVER_ALREADY_ASSIGNED: {
    status: 409,
    says: (_: { assignmentId: string | null }) => 'The driver already has a vehicle',
    remedy: 'End the current link first, or send `replaceActive: true`.',
  },
  VEHICLE_ALREADY_ASSIGNED: {
    status: 409,
    says: (_: { assignmentId: string | null }) => 'The vehicle already has a driver',
    remedy: 'End the current link of the vehicle first.',
  },
  HUB_NOT_ASSIGNED: {
    status: 400,
    says: () => 'The driver has no active hub',
    remedy: 'Ask the fleet manager to put the driver into a hub.',
  },
} satisfies Record<string, Refusal>;
