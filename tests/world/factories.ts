import { randomInt, randomUUID } from 'node:crypto';
import type { Role } from '../../prisma/generated/enums.ts';
import { apiEnv } from '../../api/env.ts';
import { openSession } from '../../api/people/sessions.ts';
import type { Services } from '../../api/services.ts';
import { tokens } from '../../api/http/tokens.ts';
import { db, seals } from './database.ts';
import { world } from './world.ts';

export const aPhone = (): string => `${randomInt(6, 10)}${String(randomInt(1_000_000_000)).padStart(9, '0')}`;

/** Connaught Place. */
export const hubPoint = { lat: 28.6315, lng: 77.2167 };

const env = apiEnv(world.apiEnvironment);
const signing = {
  env,
  tokens: tokens({ access: env.JWT_ACCESS_SECRET, refresh: env.JWT_REFRESH_SECRET }),
} as unknown as Services;

/** A token as a login would give it, without the SMS. */
export const aToken = async (userId: string): Promise<string> => {
  const user = await db.user.findUniqueOrThrow({ where: { id: userId }, include: { hubs: true, driver: true } });
  const device = { clientType: 'web' as const, ip: '127.0.0.1', userAgent: null };
  return (await openSession(db, signing, user, device)).accessToken;
};

interface Person {
  id: string;
  phone: string;
  token: string;
}

export const aUser = async (role: Role, fleetId: string | null, hubIds: string[] = []): Promise<Person> => {
  const id = randomUUID();
  const phone = aPhone();
  const hubs = { create: hubIds.map((hubId) => ({ hubId })) };
  await db.user.create({ data: { id, name: `${role.replace('_', ' ')} ${phone}`, phone, role, fleetId, hubs } });
  return { id, phone, token: await aToken(id) };
};

export const aHub = (fleetId: string) =>
  db.hub.create({ data: { id: randomUUID(), fleetId, address: 'Connaught Place, New Delhi', ...hubPoint } });

export const aVehicle = (fleetId: string, hubId: string | null) =>
  db.vehicle.create({
    data: {
      ...{ id: randomUUID(), fleetId, hubId, vehicleName: 'Tata', vehicleModel: 'Tigor EV' },
      vehicleNumber: `DL${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
    },
  });

/** A driver with login, in a hub, on a vehicle of its roster unless told otherwise. */
export const aDriver = async (fleet: { id: string; hubId: string }, how: { vehicle?: boolean } = {}) => {
  const userId = randomUUID();
  const phone = aPhone();
  const id = randomUUID();
  await db.user.create({ data: { id: userId, name: 'Dinesh Kumar', phone, role: 'DRIVER', fleetId: fleet.id } });
  await db.driver.create({
    data: {
      ...{ id, userId, fleetId: fleet.id, hubId: fleet.hubId, mobile: phone, kycStatus: 'APPROVED' },
      ...{ firstName: 'Dinesh', lastName: 'Kumar' },
    },
  });
  const vehicle = how.vehicle === false ? null : await aVehicle(fleet.id, fleet.hubId);
  if (vehicle) {
    const link = { id: randomUUID(), fleetId: fleet.id, driverId: id, vehicleId: vehicle.id, startTime: new Date() };
    await db.assignment.create({ data: link });
  }
  return { id, userId, phone, vehicleId: vehicle?.id ?? null, token: await aToken(userId) };
};

/** A fleet of its own per test: one hub, one person of each staff role. */
export const aFleet = async () => {
  const id = randomUUID();
  await db.fleet.create({
    data: {
      ...{ id, name: `Fleet ${id.slice(0, 8)}`, mobile: aPhone(), city: 'Delhi' },
      fleetType: 'COMPANY',
      sealedPanNumber: seals.seal('identity-number', 'ABCDE1234F', id),
    },
  });
  const hub = await aHub(id);
  return {
    id,
    hubId: hub.id,
    superAdmin: await aUser('SUPER_ADMIN', null),
    fleetAdmin: await aUser('FLEET_ADMIN', id),
    manager: await aUser('MANAGER', id),
    operations: await aUser('OPERATIONS', id, [hub.id]),
  };
};

type Fleet = Awaited<ReturnType<typeof aFleet>>;

interface TripShape {
  /** Minutes from now; ten unless told otherwise. */
  pickupInMinutes?: number;
  tripType?: 'AIRPORT' | 'RENTAL' | 'INTER_CITY';
  code?: string;
  passengerPhone?: string;
}

/** A booked trip, as its row; its workflow begins with the first command. */
export const aTrip = (fleet: Pick<Fleet, 'id'>, shape: TripShape = {}) => {
  const id = randomUUID();
  return db.trip.create({
    data: {
      ...{ id, fleetId: fleet.id, tripType: shape.tripType ?? 'INTER_CITY', source: 'ADMIN' },
      ...{ status: 'CREATED', provider: 'INTERNAL', originCity: 'DELHI', vehicleType: 'EV', distanceKm: 20 },
      pickupTime: new Date(Date.now() + (shape.pickupInMinutes ?? 10) * 60_000),
      bookingTime: new Date(),
      pickupLocation: 'Connaught Place, New Delhi',
      pickupLat: hubPoint.lat,
      pickupLng: hubPoint.lng,
      billableKm: 20,
      ratePerKm: 25,
      pricePaise: 60_000,
      quotedFarePaise: 60_000,
      fareBreakdown: {
        ...{ distanceFarePaise: 50_000, tripTypeMultiplier: 1.2, bookingTimeMultiplier: 1, vehicleMultiplier: 1 },
        ...{ quotedFarePaise: 60_000, appliedFarePaise: null, reportedFarePaise: null, fareReview: false },
        ...{ extras: null, extraTotalPaise: null, totalPaise: null, configVersion: 1 },
      },
      passengerName: shape.passengerPhone ? 'Priya' : null,
      passengerPhone: shape.passengerPhone ?? null,
      sealedCode: shape.code ? seals.seal('boarding-code', shape.code, id) : null,
    },
  });
};
