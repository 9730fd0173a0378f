import { expect } from '@jest/globals';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aTrip, hubPoint } from '../../world/factories.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

export const tripsInputs: InputsByRoute = {
  'POST /trips': () => ({
    ...{ pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' },
    ...{ tripType: 'INTER_CITY', pickupTime: inAnHour() },
  }),
  'POST /trips/:id/location': () => ({ lat: 28.6, lng: 77.2 }),
  'POST /admin/trips/cancel': () => ({ reason: 'The passenger called' }),
  'GET /maps/autocomplete': () => ({ query: 'Saket' }),
  'GET /maps/geocode': () => ({ address: 'Saket, New Delhi' }),
  'POST /pricing/preview': () => ({ tripType: 'INTER_CITY', distanceKm: 20 }),
};

const aBookedTrip = async ({ fleet }: Scene): Promise<Variables> => ({ TRIP_ID: (await aTrip(fleet)).id });

const boardingCode = '4711';

/** A trip that the driver has, and with which they have done this much. */
const aTripAfter =
  (...steps: ('start' | 'arrived' | 'onboard' | 'location')[]) =>
  async ({ fleet, driver, pickupInMinutes = 10 }: Scene & { pickupInMinutes?: number }): Promise<Variables> => {
    const { id } = await aTrip(fleet, { code: boardingCode, pickupInMinutes });
    const assigned = await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);
    expect(assigned.status).toBe(201);
    for (const step of steps)
      expect((await post(`/trips/${id}/${step}`, { ...hubPoint, otp: boardingCode }, driver)).status).toBe(200);
    return { TRIP_ID: id, BOARDING_CODE: boardingCode };
  };

const aTripAndAnotherDriver = async (scene: Scene): Promise<Variables> => ({
  ...(await aTripAfter()(scene)),
  DRIVER_ID: (await aDriver(scene.fleet)).id,
});

export const tripsScenes: ScenesByRoute = {
  'GET /assignments/trip/:tripId': aTripAfter(),
  'GET /trips': aTripAfter(),
  'GET /trips/:id': aTripAfter('start'),
  'POST /trips/:id/assign': aBookedTrip,
  'POST /trips/:id/start': aTripAfter(),
  'POST /trips/:id/arrived': aTripAfter('start'),
  'POST /trips/:id/onboard': aTripAfter('start', 'arrived'),
  'POST /trips/:id/noshow': (scene) => aTripAfter('start')({ ...scene, pickupInMinutes: -31 }),
  'POST /trips/:id/complete': aTripAfter('start', 'arrived', 'onboard'),
  'POST /trips/:id/location': aTripAfter('start'),
  'GET /trips/:id/tracking': aTripAfter('start', 'location'),
  'POST /trips/:id/nudge': aBookedTrip,
  'GET /admin/trips': aBookedTrip,
  'POST /admin/trips/assign': aBookedTrip,
  'POST /admin/trips/reassign': aTripAndAnotherDriver,
  'POST /admin/trips/unassign': aTripAfter(),
  'POST /admin/trips/cancel': aBookedTrip,
};

export const tripsRecords = async ({ fleet }: Cast) => {
  const trip = await aTrip(fleet as never);
  return { trip, drivenTrip: trip };
};

export const tripsState = async (ofFleet: OfFleet) => ({
  trips: await db.trip.findMany({
    ...ofFleet,
    omit: { updatedAt: true, begunAt: true },
    include: { tripAssignments: true },
  }),
});
