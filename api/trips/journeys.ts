import { z } from 'zod';
import { trustedDistanceKm } from '../../workflows/domain/trips/bookings.ts';
import { canonicalCity, point } from '../../workflows/domain/geo.ts';
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

const previewLimitMs = 10_000;
/** The API gives a request up after thirty seconds; what is left is for the booking itself. */
const creationLimitMs = 20_000;

type JourneyMaps = Pick<Maps, 'geocode' | 'route'>;

/** The map for one request: it is asked for an address once, and counts as away when the time is over. */
const mapsWithin = (limitMs: number, maps: Maps): JourneyMaps => {
  const limit = AbortSignal.timeout(limitMs);
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

/** Between two points, or where no road joins them between the addresses; for a preview as for a booking. Source: pricing.md rule 8. */
const routeBetween = async (
  maps: JourneyMaps,
  { pickupLocation, dropLocation }: JourneyInput,
  from: Point | null,
  to: Point | null,
): Promise<Route | null> => {
  const route = from && to ? await maps.route(from, to) : null;
  if (route || !pickupLocation || !dropLocation) return route;
  const [start, end] = await Promise.all([maps.geocode(pickupLocation), maps.geocode(dropLocation)]);
  return start && end ? maps.route(start, end) : null;
};

/** A map that is away has no answer. */
const forgiving = (maps: JourneyMaps): JourneyMaps => ({
  geocode: (address) => orNull(maps.geocode(address)),
  route: (from, to) => orNull(maps.route(from, to)),
});

const ownPoints = (input: JourneyInput): [Point | null, Point | null] => [
  point(input.pickupLat, input.pickupLng),
  point(input.dropLat, input.dropLng),
];

/** Coordinates, then addresses, then what the client says; never longer than ten seconds. Source: pricing.md, P1. */
export const previewDistance = async (maps: Maps, input: JourneyInput): Promise<QuotedDistance> => {
  const asked = forgiving(mapsWithin(previewLimitMs, maps));
  const route = await routeBetween(asked, input, ...ownPoints(input));
  if (route) return { km: route.km, source: 'GOOGLE_MAPS', durationMins: route.durationMins };
  const km = clientDistance(input);
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

/** The coordinates of the client, or else those of his address; null when he sent neither. */
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
  const place = address ? await orNull(maps.geocode(address)) : null;
  return place?.city ?? null;
};

/**
 * Everything a booking needs to know of its way, each address asked for once: coordinates, then the distance, then the cities.
 * A client's distance stands in when the map is away, and is replaced when it is far from the route; it does not stand in for
 * an address that the map does not know. Never longer than twenty seconds. Source: trips.md, T1.
 */
export const resolveJourney = async (
  maps: Maps,
  input: JourneyInput & { originCity?: string | undefined; destinationCity?: string | undefined },
): Promise<Journey> => {
  const asked = mapsWithin(creationLimitMs, maps);
  const clientKm = clientDistance(input);
  const unlessAway = <T>(asking: Promise<T | null>) => (clientKm === null ? asking : orNull(asking));
  const [pickedUpAt, droppedAt] = ownPoints(input);
  const [from, to] = await Promise.all([
    unlessAway(locate(asked, input, 'pickupLocation', pickedUpAt)),
    unlessAway(locate(asked, input, 'dropLocation', droppedAt)),
  ]);
  // Together, so that a slow look for a city does not cost the time for the route.
  const [route, originCity, destinationCity] = await Promise.all([
    unlessAway(routeBetween(asked, input, from, to)),
    input.originCity ?? cityOf(asked, input.pickupLocation),
    input.destinationCity ?? cityOf(asked, input.dropLocation),
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
    if (!route || route.km <= 0) throw refusal('DISTANCE_UNAVAILABLE');
    return { distanceKm: route.km, distanceSource: 'GOOGLE_MAPS' };
  }
  const { km, fromClient } = route ? trustedDistanceKm(clientKm, route.km) : { km: clientKm, fromClient: true };
  return { distanceKm: km, distanceSource: fromClient ? 'CLIENT_PROVIDED' : 'GOOGLE_MAPS' };
};
