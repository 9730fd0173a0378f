import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import { point } from '../../workflows/domain/geo.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { possibleMoves } from '../../workflows/domain/trips/trip-lifecycle.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import { get, post } from '../http/endpoint.ts';
import type { Caller, Loaded } from '../http/scope.ts';
import { also, idOf, Instant, InstantIn, Latitude, Longitude, NumericText } from '../http/shapes.ts';

/** Closer points are dropped, older positions are called stale. Source: trips.md, T10 and T11. */
const pointEveryMs = 5_000;
const staleAfterMs = 120_000;
const aheadMaxMs = 120_000;

const Place = z.object({ lat: z.number(), lng: z.number() });

const Tracking = z.object({
  tripId: z.string(),
  shortId: z.string(),
  status: z.string(),
  phase: z.string().nullable(),
  source: Place.nullable(),
  destination: Place.nullable(),
  live: Place.nullable(),
  currentLat: z.number().nullable(),
  currentLng: z.number().nullable(),
  lastUpdated: Instant.nullable(),
  stale: z.boolean(),
  driver: z
    .object({
      name: z.string(),
      phone: z.string(),
      currentLocation: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
    })
    .nullable(),
  vehicle: z.object({ number: z.string(), model: z.string() }).nullable(),
  eta: z.null(),
});

const latestAssignment = {
  where: { status: { not: 'UNASSIGNED' as const } },
  orderBy: { createdAt: 'desc' as const },
  take: 1,
  include: { driver: true, vehicle: true },
};

const requireMoving = (trip: Loaded['trip'], { driverId }: Caller): string => {
  if (trip.status !== 'STARTED') {
    const possible = possibleMoves(trip, trip.sealedCode !== null);
    throw refusal('TRIP_STATE_INVALID', { currentStatus: trip.status, phase: trip.phase, possible });
  }
  if (!driverId || tripFacts(trip).driverId !== driverId) throw refusal('NOT_TRIP_DRIVER');
  return driverId;
};

/** Keeps the point unless one came less than five seconds ago; the last position never goes back in time. */
const keepPoint = async (
  db: Db,
  seen: { tripId: string; driverId: string; lat: number; lng: number; at: Date },
  measured: { accuracy?: number | undefined; speed?: number | undefined; heading?: number | undefined },
): Promise<void> => {
  const receivedAt = new Date();
  const { tripId, driverId, lat, lng, at } = seen;
  await db.$transaction(async (tx) => {
    // A driver's point is news unless they sent a later one; the clock of the driver before them says nothing.
    const moved = await tx.$executeRaw`
      INSERT INTO "trip_positions" AS known ("tripId", "driverId", "lat", "lng", "at", "receivedAt")
      VALUES (${tripId}::uuid, ${driverId}::uuid, ${lat}, ${lng}, ${at}, ${receivedAt})
      ON CONFLICT ("tripId") DO UPDATE SET
        "receivedAt" = excluded."receivedAt",
        ("driverId", "lat", "lng", "at") = (
          SELECT excluded."driverId", excluded."lat", excluded."lng", excluded."at"
          WHERE excluded."at" >= known."at" OR excluded."driverId" <> known."driverId"
          UNION ALL
          SELECT known."driverId", known."lat", known."lng", known."at"
          WHERE excluded."at" < known."at" AND excluded."driverId" = known."driverId"
        )
      WHERE known."receivedAt" <= ${new Date(receivedAt.getTime() - pointEveryMs)}`;
    if (moved === 0) return;
    await tx.tripLocation.create({ data: { ...seen, ...measured, receivedAt } });
  });
};

/** The device's clock puts its own points in order; one that is far ahead would stop the tracking, and counts as now. T11. */
const seenAt = (sent: Date | undefined): Date => {
  const now = new Date();
  return sent && sent.getTime() <= now.getTime() + aheadMaxMs ? sent : now;
};

export const tracking = [
  get('/trips/:id/tracking', {
    allow: 'trips:read',
    summary: 'Where the trip is; only recorded positions, none is invented',
    params: z.object({ id: idOf('trip') }),
    returns: Tracking,
    async handle({ trip, db }) {
      const { position: last, tripAssignments } = await db.trip.findUniqueOrThrow({
        where: { id: trip.id },
        select: { position: true, tripAssignments: latestAssignment },
      });
      const [assignment] = tripAssignments;
      // The point of a driver who had the trip before is not where it is now.
      const isCurrent =
        last?.driverId === assignment?.driverId && last && trip.startedAt && last.receivedAt >= trip.startedAt;
      const position = isCurrent ? last : null;
      if (!position && !trip.startedAt) throw refusal('NOT_FOUND', { resource: 'tracking' });
      const live = position && { lat: position.lat, lng: position.lng };
      const { driver = null, vehicle = null } = assignment ?? {};
      return {
        tripId: trip.id,
        shortId: trip.shortId,
        status: trip.status,
        phase: trip.phase,
        source: point(trip.pickupLat, trip.pickupLng),
        destination: point(trip.dropLat, trip.dropLng),
        live,
        currentLat: live?.lat ?? null,
        currentLng: live?.lng ?? null,
        lastUpdated: position?.at ?? null,
        stale: !position || Date.now() - position.at.getTime() > staleAfterMs,
        driver: driver && {
          name: `${driver.firstName} ${driver.lastName}`,
          phone: driver.mobile,
          currentLocation: live && { latitude: live.lat, longitude: live.lng },
        },
        vehicle: vehicle && { number: vehicle.vehicleNumber, model: vehicle.vehicleModel },
        eta: null,
      };
    },
  }),

  post('/trips/:id/location', {
    allow: 'trips:drive',
    summary: 'Report a position of a started trip',
    says: 'Location updated',
    params: z.object({ id: idOf('drivenTrip') }),
    body: z.object({
      lat: also(Latitude, 'location.latitude', 'location.lat'),
      lng: also(Longitude, 'location.longitude', 'location.lng'),
      accuracy: NumericText.optional(),
      speed: NumericText.optional(),
      heading: NumericText.optional(),
      timestamp: InstantIn.optional().catch(undefined),
    }),
    returns: z.null(),
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER'],
    async handle({ trip, caller, body, db }) {
      const driverId = requireMoving(trip, caller);
      const { lat, lng, timestamp, ...measured } = body;
      await keepPoint(db, { tripId: trip.id, driverId, lat, lng, at: seenAt(timestamp) }, measured);
      return null;
    },
  }),
];
