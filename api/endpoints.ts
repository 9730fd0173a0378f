import { assignments } from './assignments.ts';
import { attendanceCheckIn } from './attendance-check-in.ts';
import { attendanceDesk } from './attendance-desk.ts';
import { attendance } from './attendance.ts';
import { auth } from './auth.ts';
import { dispatch } from './dispatch.ts';
import { driverStatus } from './driver-status.ts';
import { drivers } from './drivers.ts';
import { driving } from './driving.ts';
import { fleets } from './fleets.ts';
import { health } from './health.ts';
import type { Endpoint } from './http/endpoint.ts';
import { hubs } from './hubs.ts';
import { maps } from './maps.ts';
import { nudges } from './nudges.ts';
import { pricing } from './pricing.ts';
import { tracking } from './tracking.ts';
import { tripAssignments } from './trip-assignments.ts';
import { trips } from './trips.ts';
import { userChanges } from './user-changes.ts';
import { users } from './users.ts';
import { vehicleStatus } from './vehicle-status.ts';
import { vehicles } from './vehicles.ts';

/** Every route of the API. */
export const endpoints: readonly Endpoint[] = [
  ...health,
  ...auth,
  ...users,
  ...userChanges,
  ...fleets,
  ...hubs,
  ...vehicles,
  ...vehicleStatus,
  ...drivers,
  ...driverStatus,
  ...assignments,
  ...tripAssignments,
  ...attendanceCheckIn,
  ...attendance,
  ...attendanceDesk,
  ...trips,
  ...driving,
  ...tracking,
  ...dispatch,
  ...nudges,
  ...pricing,
  ...maps,
];
