import { z } from 'zod';
import { trustedDistanceKm } from '../../workflows/domain/trips/bookings.ts';
import { canonicalCity, distanceMeters, point } from '../../workflows/domain/geo.ts';
import type { Point } from '../../workflows/domain/geo.ts';
import { refusal, refusalIn } from '../../workflows/domain/refusals.ts';
import { also, Kilometres, Latitude, Longitude } from '../http/shapes.ts';
import type { Maps, Place, Route } from './google-maps.ts';

/** An address as text, or as the object that the panel's map field makes. */
const Address = z.union([
  z.string().min(1).max(500),
  z
    .object({ address: z.string().trim().max(500).optional(), description: z.string().trim().max(500).optional() })
    // A blank one was not sent.
    .transform(({ address, description }) => address || description || undefined),
]);

/** Whether there is no address in what a client sent for one; its coordinates alone are none. */
export const lacksAddress = (sent: unknown): boolean => {
  if (typeof sent !== 'object' || sent === null) return sent === undefined;
  const { address, description } = sent as { address?: unknown; description?: unknown };
  return isBlank(address) && isBlank(description);
};

const isBlank = (sent: unknown): boolean => sent === undefined || (typeof sent === 'string' && sent.trim() === '');

const coordinates = (own: string, objects: string[], part: 'lat' | 'lng') => {
  const long = part === 'lat' ? 'latitude' : 'longitude';
  const shape = part === 'lat' ? Latitude : Longitude;
  return also(shape.optional(), ...objects.flatMap((object) => [`${object}.${long}`, `${object}.${part}`]), own);
};

const pickup = ['pickupLocation', 'pickup'];
const drop = ['dropLocation', 'drop'];

/** Where from and where to, in all the forms that clients send; object coordinates win over flat ones. */
export const JourneyFields = {
  pickupLocation: also(Address.optional(), 'pickup'),
  dropLocation: also(Address.optional(), 'drop'),
  pickupLat: coordinates('pickupLat', pickup, 'lat'),
  pickupLng: coordinates('pickupLng', pickup, 'lng'),
  dropLat: coordinates('dropLat', drop, 'lat'),
  dropLng: coordinates('dropLng', drop, 'lng'),
  distanceKm: also(Kilometres.optional(), 'distance'),
};

interface JourneyInput {
  pickupLocation?: string | undefined;
  dropLocation?: string | undefined;
  pickupLat?: number | undefined;
  pickupLng?: number | undefined;
  dropLat?: number | undefined;
  dropLng?: number | undefined;
  distanceKm?: number | undefined;
}

/** Maps that are away are no answer; everything else goes on as it is. */
const orNull = async <T>(asking: Promise<T | null>): Promise<T | null> => {
  try {
    return await asking;
  } catch (error) {
    if (refusalIn(error)?.key === 'MAPS_UNAVAILABLE') return null;
    throw error;
  }
};

const clientDistance = ({ distanceKm }: JourneyInput) =>
  distanceKm !== undefined && distanceKm > 0 ? distanceKm : null;

export interface QuotedDistance {
  km: number;
  source: 'GOOGLE_MAPS' | 'CLIENT_PROVIDED';
  durationMins: number | null;
}

/** For all that one request asks of the map, so that its caller never waits longer. */
const budgetMs = 4_000;

type JourneyMaps = Pick<Maps, 'geocode' | 'route'>;

/** The map for one request: it is asked for an address once, and counts as away when the budget is spent. */
export const mapsInTime = (maps: Maps): JourneyMaps => {
  const limit = AbortSignal.timeout(budgetMs);
  const over = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(refusal('MAPS_UNAVAILABLE')));
  });
  over.catch(() => undefined); // Mostly nobody waits any more.
  const inTime = <T>(ask: () => Promise<T>): Promise<T> => (limit.aborted ? over : Promise.race([ask(), over]));
  const places = new Map<string, Promise<Place | null>>();
  return {
    geocode(address) {
      const place = places.get(address) ?? inTime(() => maps.geocode(address, limit));
      places.set(address, place);
      return place;
    },
    route: (from, to) => inTime(() => maps.route(from, to, limit)),
  };
};

/** A way of no length is none: its ends are one place. */
const wayBetween = async (maps: JourneyMaps, from: Point | null, to: Point | null): Promise<Route | null> => {
  const route = from && to ? await maps.route(from, to) : null;
  return route && route.km > 0 ? route : null;
};

/**
 * Between two points, or where no road joins them between the addresses; for a preview as for a booking. Throws MAPS_UNAVAILABLE.
 * Source: pricing.md P1 and rule 8.
 */
const routeBetween = async (
  maps: JourneyMaps,
  { pickupLocation, dropLocation }: JourneyInput,
  from: Point | null,
  to: Point | null,
): Promise<Route | null> => {
  if (!pickupLocation || !dropLocation) return wayBetween(maps, from, to);
  const route = await orNull(wayBetween(maps, from, to));
  if (route) return route;
  const [start, end] = await Promise.all([maps.geocode(pickupLocation), maps.geocode(dropLocation)]);
  return wayBetween(maps, start, end);
};

const ownPoints = (input: JourneyInput): [Point | null, Point | null] => [
  point(input.pickupLat, input.pickupLng),
  point(input.dropLat, input.dropLng),
];

/** Coordinates, then addresses, then what the client says. Throws MAPS_UNAVAILABLE, DISTANCE_UNAVAILABLE. Source: pricing.md, P1. */
export const previewDistance = async (maps: Maps, input: JourneyInput): Promise<QuotedDistance> => {
  const km = clientDistance(input);
  const measuring = routeBetween(mapsInTime(maps), input, ...ownPoints(input));
  const route = await (km === null ? measuring : orNull(measuring));
  if (route) return { km: route.km, source: 'GOOGLE_MAPS', durationMins: route.durationMins };
  if (km === null) throw refusal('DISTANCE_UNAVAILABLE');
  return { km, source: 'CLIENT_PROVIDED', durationMins: null };
};

interface End {
  address: string | null;
  at: Point | null;
}

export interface Journey {
  pickup: End;
  drop: End;
  distanceKm: number;
  distanceSource: QuotedDistance['source'];
  originCity: string;
  destinationCity: string;
}

/** The coordinates of the client, or else those of their address; null when they sent neither. */
const locate = async (
  maps: JourneyMaps,
  input: JourneyInput,
  field: 'pickupLocation' | 'dropLocation',
  at: Point | null,
): Promise<Point | null> => {
  const address = input[field];
  if (at || !address) return at;
  const place = await maps.geocode(address);
  if (!place) throw refusal('GEOCODE_FAILED', { field });
  return { lat: place.lat, lng: place.lng };
};

const cityOf = async (maps: JourneyMaps, address: string | undefined): Promise<string | null> => {
  const place = address ? await maps.geocode(address) : null;
  return place?.city ?? null;
};

type BookingInput = JourneyInput & { originCity?: string | undefined; destinationCity?: string | undefined };

/**
 * The way of a client who says all of it. Between once and twice the straight line their distance cannot be far from the route, so
 * the map is not asked; null where it must be. Source: trips.md rule 10.
 */
const saidJourney = async (maps: Maps, input: BookingInput): Promise<Journey | null> => {
  const km = clientDistance(input);
  const [from, to] = ownPoints(input);
  if (km === null || !from || !to || !input.originCity) return null;
  const straightKm = distanceMeters(from, to) / 1000;
  if (km < straightKm || km > 2 * straightKm) return null;
  const { destinationCity = input.dropLocation && (await maps.knownPlace(input.dropLocation))?.city } = input;
  return {
    pickup: { address: input.pickupLocation ?? null, at: from },
    drop: { address: input.dropLocation ?? null, at: to },
    distanceKm: km,
    distanceSource: 'CLIENT_PROVIDED',
    originCity: canonicalCity(input.originCity),
    destinationCity: destinationCity ?? 'Unknown',
  };
};

/**
 * Everything a booking needs to know of its way, each address asked for once: coordinates, then the distance, then the cities.
 * A client's distance stands in when the map is away, and is replaced when it is far from the route; it does not stand in for
 * an address that the map does not know. Source: trips.md, T1.
 */
export const resolveJourney = async (maps: Maps, input: BookingInput): Promise<Journey> =>
  (await saidJourney(maps, input)) ?? askedJourney(mapsInTime(maps), input);

const askedJourney = async (maps: JourneyMaps, input: BookingInput): Promise<Journey> => {
  const clientKm = clientDistance(input);
  const unlessAway = <T>(asking: Promise<T | null>) => (clientKm === null ? asking : orNull(asking));
  const [pickedUpAt, droppedAt] = ownPoints(input);
  const [from, to] = await Promise.all([
    unlessAway(locate(maps, input, 'pickupLocation', pickedUpAt)),
    unlessAway(locate(maps, input, 'dropLocation', droppedAt)),
  ]);
  // Together, so that a slow look for a city does not cost the time for the route.
  const [route, originCity, destinationCity] = await Promise.all([
    unlessAway(routeBetween(maps, input, from, to)),
    input.originCity ?? cityOf(maps, input.pickupLocation),
    input.destinationCity ?? orNull(cityOf(maps, input.dropLocation)),
  ]);
  const { distanceKm, distanceSource } = chooseDistance(clientKm, route);
  if (!originCity) throw refusal('ORIGIN_CITY_UNKNOWN');
  return {
    pickup: { address: input.pickupLocation ?? null, at: from },
    drop: { address: input.dropLocation ?? null, at: to },
    distanceKm,
    distanceSource,
    originCity: canonicalCity(originCity),
    destinationCity: destinationCity ?? 'Unknown',
  };
};

const chooseDistance = (
  clientKm: number | null,
  route: Route | null,
): Pick<Journey, 'distanceKm' | 'distanceSource'> => {
  if (clientKm === null) {
    if (!route) throw refusal('DISTANCE_UNAVAILABLE');
    return { distanceKm: route.km, distanceSource: 'GOOGLE_MAPS' };
  }
  const { km, fromClient } = route ? trustedDistanceKm(clientKm, route.km) : { km: clientKm, fromClient: true };
  return { distanceKm: km, distanceSource: fromClient ? 'CLIENT_PROVIDED' : 'GOOGLE_MAPS' };
};
