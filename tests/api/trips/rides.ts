import { expect } from '@jest/globals';
import { post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aTrip, hubPoint } from '../../world/factories.ts';
import type { aDriver, aFleet } from '../../world/factories.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;
type Shape = NonNullable<Parameters<typeof aTrip>[1]>;

export const assign = (tripId: string, driver: { id: string }, by: Sent) =>
  post('/admin/trips/assign', { tripId, driverId: driver.id }, by);

/** What a driver does with their trip, at its pickup unless they are elsewhere. */
export const act = (driver: Driver, { id }: { id: string }, action: string, body: object = hubPoint) =>
  post(`/trips/${id}/${action}`, body, driver);

/** A trip that a driver has, as its row of the time before. */
export const anAssignedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await aTrip(fleet, shape);
  expect((await assign(trip.id, driver, fleet.manager)).status).toBe(201);
  return trip;
};

export const aStartedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await anAssignedTrip(fleet, driver, shape);
  expect((await act(driver, trip, 'start')).status).toBe(200);
  return trip;
};

export const anArrivedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await aStartedTrip(fleet, driver, shape);
  expect((await act(driver, trip, 'arrived')).status).toBe(200);
  return trip;
};

export const aBoardedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await aStartedTrip(fleet, driver, shape);
  expect((await act(driver, trip, 'onboard')).status).toBe(200);
  return trip;
};

export const tripOf = (id: string) => db.trip.findUniqueOrThrow({ where: { id } });

export const assignmentsOf = (tripId: string) =>
  db.tripAssignment.findMany({ where: { tripId }, orderBy: { createdAt: 'asc' } });

/** What the event of a command kept. */
export const eventOf = async ({ id }: { id: string }, type: string) =>
  (await db.tripEvent.findFirstOrThrow({ where: { tripId: id, type } })).data as { flags: string[] };

export const isAvailable = async ({ id }: Driver) => (await db.driver.findUniqueOrThrow({ where: { id } })).isAvailable;

/** The events of which somebody was told, in order. */
export const inboxOf = async ({ userId }: { userId: string }) =>
  (await db.notification.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } })).map(({ event }) => event);
