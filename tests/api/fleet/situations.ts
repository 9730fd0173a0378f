import { db } from '../../world/database.ts';
import { aDriver, aPhone, aVehicle } from '../../world/factories.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

export const fleetInputs: InputsByRoute = {
  'POST /fleets': () => ({
    ...{ name: 'Fleet', mobile: aPhone(), city: 'Delhi', fleetType: 'COMPANY', panNumber: 'ABCDE1234F' },
  }),
  'PATCH /fleets/:id/settings': () => ({ duesBlockLimit: 500 }),
  'POST /fleets/:id/hubs': () => ({ address: 'Saket, New Delhi', lat: 28.52, lng: 77.2 }),
  'PATCH /fleets/hubs/:id': () => ({ lat: 28.6329, lng: 77.2195 }),
  'PATCH /vehicles/:id': () => ({ vehicleColor: 'White' }),
  'POST /vehicles': () => ({ vehicleNumber: `DL${aPhone()}`, vehicleName: 'Tata' }),
  'PATCH /vehicles/:id/docs': () => ({ fitnessExpiry: '2027-03-31' }),
  'PATCH /vehicles/:id/status': () => ({ status: 'ACTIVE' }),
};

const aFreePair = async ({ fleet }: Scene): Promise<Variables> => ({
  DRIVER_ID: (await aDriver(fleet, { vehicle: false })).id,
  VEHICLE_ID: (await aVehicle(fleet.id, fleet.hubId)).id,
});

/** Of the hub, and without a link to each other. */
export const fleetScenes: ScenesByRoute = {
  'POST /fleets/hubs/:id/remove-driver': aFreePair,
  'POST /fleets/hubs/:id/remove-vehicle': aFreePair,
  'POST /assignments': aFreePair,
};

export const fleetRecords = async ({ fleet, driver }: Cast) => ({
  fleet: await db.fleet.findUniqueOrThrow({ where: { id: fleet.id } }),
  hub: await db.hub.findUniqueOrThrow({ where: { id: fleet.hubId } }),
  vehicle: await db.vehicle.findUniqueOrThrow({ where: { id: driver.vehicleId! } }),
  assignment: await db.assignment.findFirstOrThrow({ where: { driverId: driver.id } }),
});

export const fleetState = async (ofFleet: OfFleet) => ({
  fleet: await db.fleet.findUnique({ where: { id: ofFleet.where.fleetId } }),
  hubs: await db.hub.findMany(ofFleet),
  vehicles: await db.vehicle.findMany(ofFleet),
  assignments: await db.assignment.findMany(ofFleet),
});
