import type { Endpoint } from '../http/endpoint.ts';
import { auth } from './auth.ts';
import { driverChanges } from './driver-changes.ts';
import { driverKyc } from './driver-kyc.ts';
import { driverPlans } from './driver-plans.ts';
import { driverStatus } from './driver-status.ts';
import { drivers } from './drivers.ts';
import { preferences } from './preferences.ts';
import { userChanges } from './user-changes.ts';
import { users } from './users.ts';

/** The routes of login, users and drivers. */
export const peopleEndpoints: readonly Endpoint[] = [
  ...auth,
  ...users,
  ...userChanges,
  ...drivers,
  ...driverChanges,
  ...driverKyc,
  ...driverStatus,
  ...driverPlans,
  ...preferences,
];
