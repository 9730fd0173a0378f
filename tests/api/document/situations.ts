import { get } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { fleetScenes } from '../fleet/situations.ts';
import { messagesScenes } from '../messages/situations.ts';
import { moneyScenes } from '../money/situations.ts';
import { peopleScenes } from '../people/situations.ts';
import { shiftsScenes } from '../shifts/situations.ts';
import { tripsScenes } from '../trips/situations.ts';
import type { ScenesByRoute, Variables } from '../http/scenes.ts';

const aHealthyApi = async (): Promise<Variables> => {
  await until(async () => (await get('/health')).status === 200, 'a healthy API');
  return {};
};

const scenes: ScenesByRoute = {
  'GET /health': aHealthyApi,
  'GET /health/ready': aHealthyApi,
  ...peopleScenes,
  ...fleetScenes,
  ...shiftsScenes,
  ...tripsScenes,
  ...messagesScenes,
  ...moneyScenes,
};

/** A fleet in which the line of this endpoint succeeds, as the variables of the line; without an endpoint, before anything happened. */
export const situationFor = async (name = ''): Promise<Variables> => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const assignment = await db.assignment.findFirstOrThrow({ where: { driverId: driver.id } });
  return {
    API: world.api,
    TOKEN: fleet.fleetAdmin.token,
    DRIVER_TOKEN: driver.token,
    ADMIN_TOKEN: fleet.superAdmin.token,
    PHONE: driver.phone,
    FLEET_ID: fleet.id,
    HUB_ID: fleet.hubId,
    USER_ID: fleet.operations.id,
    VEHICLE_ID: assignment.vehicleId,
    DRIVER_ID: driver.id,
    ASSIGNMENT_ID: assignment.id,
    PICKUP_TIME: new Date(Date.now() + 1_200_000).toISOString(),
    ...(await scenes[name]?.({ fleet, driver })),
  };
};
