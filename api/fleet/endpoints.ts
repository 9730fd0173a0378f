import type { Endpoint } from '../http/endpoint.ts';
import { assignments } from './assignments.ts';
import { fleetSettings } from './fleet-settings.ts';
import { fleets } from './fleets.ts';
import { hubMembers } from './hub-members.ts';
import { hubs } from './hubs.ts';
import { vehicleChanges } from './vehicle-changes.ts';
import { vehiclePapers } from './vehicle-papers.ts';
import { vehicleStatus } from './vehicle-status.ts';
import { vehicles } from './vehicles.ts';

/** The routes of fleets, hubs, vehicles and the roster. */
export const fleetEndpoints: readonly Endpoint[] = [
  ...fleets,
  ...fleetSettings,
  ...hubs,
  ...hubMembers,
  ...vehicles,
  ...vehicleChanges,
  ...vehiclePapers,
  ...vehicleStatus,
  ...assignments,
];
