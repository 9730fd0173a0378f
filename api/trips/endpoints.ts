import type { Endpoint } from '../http/endpoint.ts';
import { dispatch } from './dispatch.ts';
import { driving } from './driving.ts';
import { maps } from './maps.ts';
import { pricing } from './pricing.ts';
import { tracking } from './tracking.ts';
import { tripAssignments } from './trip-assignments.ts';
import { trips } from './trips.ts';

/** The routes of trips, prices and maps. */
export const tripsEndpoints: readonly Endpoint[] = [
  ...trips,
  ...driving,
  ...tracking,
  ...dispatch,
  ...tripAssignments,
  ...pricing,
  ...maps,
];
