import type { Endpoint } from '../http/endpoint.ts';
import { assignments } from './assignments.ts';
import { fleetSettings } from './fleet-settings.ts';
import { fleets } from './fleets.ts';
import { hubs } from './hubs.ts';
import { vehiclePapers } from './vehicle-papers.ts';
import { vehicleStatus } from './vehicle-status.ts';
import { vehicles } from './vehicles.ts';

/** The routes of fleets, hubs, vehicles and the roster. */
export const fleetEndpoints: readonly Endpoint[] = [
  ...fleets,
  ...fleetSettings,
  ...hubs,
  ...vehicles,
  ...vehiclePapers,
  ...vehicleStatus,
  ...assignments,
];
