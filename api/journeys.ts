import { z } from 'zod';
import { trustedDistanceKm } from '../workflows/domain/bookings.ts';
import { canonicalCity, point } from '../workflows/domain/geo.ts';
import type { Point } from '../workflows/domain/geo.ts';
import { refusal, refusalIn } from '../workflows/domain/refusals.ts';
import { also, Kilometres, Latitude, Longitude } from './http/shapes.ts';
import type { Maps, Place, Route } from './google-maps.ts';

/** An address as text, or as the object that the panel's map field makes. */
const Address = z.union([
  z.string().min(1).max(500),
  z
    .object({
      address: z.string().trim().min(1).max(500).optional(),
      description: z.string().trim().min(1).max(500).optional(),
    })
    .transform(({ address, description }) => address ?? description ?? ''),
]);

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

const previewLimitMs = 10_000;

const withinLimit = async <T>(work: Promise<T | null>): Promise<T | null> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), previewLimitMs)));
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
};

const routeBetween = async (maps: Maps, input: JourneyInput): Promise<Route | null> => {
  const from = point(input.pickupLat, input.pickupLng);
  const to = point(input.dropLat, input.dropLng);
  if (from && to) {
    const route = await orNull(maps.route(from, to));
    if (route) return route;
  }
  if (clientDistance(input) !== null || !input.pickupLocation || !input.dropLocation) return null;
  const [start, end] = await Promise.all([
    orNull(maps.geocode(input.pickupLocation)),
    orNull(maps.geocode(input.dropLocation)),
  ]);
  return start && end ? orNull(maps.route(start, end)) : null;
};

/** Coordinates, then what the client says, then addresses; never longer than ten seconds. Source: pricing.md, P1. */
export const previewDistance = async (maps: Maps, input: JourneyInput): Promise<QuotedDistance> => {
  const route = await withinLimit(routeBetween(maps, input));
  if (route) return { km: route.km, source: 'GOOGLE_MAPS', durationMins: route.durationMins };
  const km = clientDistance(input);
  if (km === null) throw refusal('DISTANCE_UNAVAILABLE');
  return { km, source: 'CLIENT_PROVIDED', durationMins: null };
};

interface End {
  address: string | null;
  at: Point | null;
  city: string | null;
}

export interface Journey {
  pickup: End;
  drop: End;
  distanceKm: number;
  distanceSource: QuotedDistance['source'];
  originCity: string;
  destinationCity: string;
}

const located = async (
  maps: Maps,
  field: 'pickupLocation' | 'dropLocation',
  end: { address: string | null; at: Point | null; needsCity: boolean; mayBeUnknown: boolean },
): Promise<End> => {
  const { address, at, needsCity, mayBeUnknown } = end;
  if (!address || (at && !needsCity)) return { address, at, city: null };
  // Only who can do without the answer goes on when the map is away.
  const place: Place | null = at || mayBeUnknown ? await orNull(maps.geocode(address)) : await maps.geocode(address);
  if (!place && !at && !mayBeUnknown) throw refusal('GEOCODE_FAILED', { field });
  return { address, at: at ?? (place && { lat: place.lat, lng: place.lng }), city: place?.city ?? null };
};

/**
 * Everything a booking needs to know of its way, each address asked for once: coordinates, then the distance, then the city.
 * A client's distance stands in when the map is away, and is replaced when it is far from the route. Source: trips.md, T1.
 */
export const resolveJourney = async (
  maps: Maps,
  input: JourneyInput & { originCity?: string | undefined; destinationCity?: string | undefined },
): Promise<Journey> => {
  const clientKm = clientDistance(input);
  const mayBeUnknown = clientKm !== null;
  const [pickup, drop] = await Promise.all([
    located(maps, 'pickupLocation', {
      address: input.pickupLocation ?? null,
      at: point(input.pickupLat, input.pickupLng),
      needsCity: input.originCity === undefined,
      mayBeUnknown,
    }),
    located(maps, 'dropLocation', {
      address: input.dropLocation ?? null,
      at: point(input.dropLat, input.dropLng),
      needsCity: false,
      mayBeUnknown,
    }),
  ]);
  const route = await routeOf(maps, pickup.at, drop.at, mayBeUnknown);
  const { distanceKm, distanceSource } = chooseDistance(clientKm, route);
  const originCity = input.originCity ?? pickup.city;
  if (!originCity) throw refusal('ORIGIN_CITY_UNKNOWN');
  return {
    pickup,
    drop,
    distanceKm,
    distanceSource,
    originCity: canonicalCity(originCity),
    destinationCity: input.destinationCity ?? drop.city ?? 'Unknown',
  };
};

const routeOf = async (
  maps: Maps,
  from: Point | null,
  to: Point | null,
  mayBeUnknown: boolean,
): Promise<Route | null> => {
  if (!from || !to) return null;
  return mayBeUnknown ? orNull(maps.route(from, to)) : maps.route(from, to);
};

const chooseDistance = (
  clientKm: number | null,
  route: Route | null,
): Pick<Journey, 'distanceKm' | 'distanceSource'> => {
  if (clientKm === null) {
    if (!route || route.km <= 0) throw refusal('DISTANCE_UNAVAILABLE');
    return { distanceKm: route.km, distanceSource: 'GOOGLE_MAPS' };
  }
  const { km, fromClient } = route ? trustedDistanceKm(clientKm, route.km) : { km: clientKm, fromClient: true };
  return { distanceKm: km, distanceSource: fromClient ? 'CLIENT_PROVIDED' : 'GOOGLE_MAPS' };
};
