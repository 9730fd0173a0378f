import { assignments } from './assignments.ts';
import { attendance } from './attendance.ts';
import { auth } from './auth.ts';
import { dispatch } from './dispatch.ts';
import { drivers } from './drivers.ts';
import { fleets } from './fleets.ts';
import { health } from './health.ts';
import type { Endpoint } from './http/endpoint.ts';
import { hubs } from './hubs.ts';
import { pricing } from './pricing.ts';
import { trips } from './trips.ts';
import { users } from './users.ts';
import { vehicles } from './vehicles.ts';

/** Every route of the API. */
export const endpoints: readonly Endpoint[] = [
  ...health,
  ...auth,
  ...users,
  ...fleets,
  ...hubs,
  ...vehicles,
  ...drivers,
  ...assignments,
  ...attendance,
  ...trips,
  ...dispatch,
  ...pricing,
];
