import { assignments } from './fleet/assignments.ts';
import { attendanceCheckIn } from './shifts/attendance-check-in.ts';
import { attendanceDesk } from './shifts/attendance-desk.ts';
import { attendance } from './shifts/attendance.ts';
import { auth } from './people/auth.ts';
import { dispatch } from './trips/dispatch.ts';
import { driverStatus } from './people/driver-status.ts';
import { drivers } from './people/drivers.ts';
import { driving } from './trips/driving.ts';
import { fleets } from './fleet/fleets.ts';
import { health } from './health.ts';
import type { Endpoint } from './http/endpoint.ts';
import { hubs } from './fleet/hubs.ts';
import { ledger } from './money/ledger.ts';
import { ledgerAdministration } from './money/ledger-administration.ts';
import { maps } from './trips/maps.ts';
import { nudges } from './nudges.ts';
import { pricing } from './trips/pricing.ts';
import { tracking } from './trips/tracking.ts';
import { tripAssignments } from './trips/trip-assignments.ts';
import { trips } from './trips/trips.ts';
import { userChanges } from './people/user-changes.ts';
import { users } from './people/users.ts';
import { vehicleStatus } from './fleet/vehicle-status.ts';
import { vehicles } from './fleet/vehicles.ts';

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
  ...ledger,
  ...ledgerAdministration,
];
