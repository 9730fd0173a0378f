import {
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { Logger } from 'pino';
import type { Db } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { canonicalCity } from '../workflows/domain/geo.ts';
import type { Point } from '../workflows/domain/geo.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import type { ApiEnv } from './env.ts';

export interface Place extends Point {
  formattedAddress: string;
  city: string | null;
}

export interface Suggestion {
  description: string;
  placeId: string;
  mainText: string;
  secondaryText: string;
}

export interface Route {
  km: number;
  durationMins: number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const missKeptMs = 300_000;
/** Five failures within half a minute open the circuit for a minute. */
const circuit = { duration: 30_000, threshold: 0.5, minimumRps: 5 / 30 };
const openMs = 60_000;

/** Retries and time limits of one kind of call. Source: maps-public-booking.md, Outbound calls. */
const patience = (timeoutMs: number, attempts: number) =>
  wrap(
    retry(handleAll, { maxAttempts: attempts - 1, backoff: new ExponentialBackoff({ initialDelay: 200 }) }),
    circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new SamplingBreaker(circuit) }),
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );

interface Geocoded {
  status: string;
  results?: {
    formatted_address: string;
    geometry: { location: Point };
    address_components: { long_name: string; types: string[] }[];
  }[];
}

interface Predicted {
  status: string;
  predictions?: {
    description: string;
    place_id: string;
    structured_formatting?: { main_text?: string; secondary_text?: string };
  }[];
}

interface Routed {
  routes?: { distanceMeters?: number; duration?: string }[];
}

type Found = NonNullable<Geocoded['results']>[number];

const cityRanks = ['locality', 'administrative_area_level_2', 'administrative_area_level_1'];

/** The best-ranked component, or the last but one part of the address. Rule 1. */
const cityOf = ({ address_components: components, formatted_address: address }: Found): string | null => {
  for (const rank of cityRanks) {
    const found = components.find(({ types }) => types.includes(rank));
    if (found) return canonicalCity(found.long_name);
  }
  const part = address.split(',').at(-2)?.trim();
  return part ? canonicalCity(part) : null;
};

const coordinate = (value: number) => value.toFixed(6);

/**
 * The one partner that the API itself calls: the answer is needed inside the request and there is nothing to make durable.
 * Answers are shared by all processes for a day, and misses for five minutes. Throws MAPS_UNAVAILABLE when there is no answer.
 */
export const mapsClient = (env: ApiEnv, db: Db, log: Logger) => {
  const geocoding = patience(5_000, 3);
  const routing = patience(8_000, 3);
  const suggesting = patience(3_000, 1);

  const cached = async <T>(key: string, ask: () => Promise<T | null>, keptMs = dayMs): Promise<T | null> => {
    const known = await db.mapsCache.findUnique({ where: { key } });
    if (known && known.expiresAt > new Date()) return (known.value as { found: T | null }).found;
    const found = await unavailableOnFailure(ask);
    const expiresAt = new Date(Date.now() + (found ? keptMs : missKeptMs));
    const value = { found } as unknown as Prisma.InputJsonObject;
    await db.mapsCache.upsert({ where: { key }, create: { key, value, expiresAt }, update: { value, expiresAt } });
    return found;
  };

  const unavailableOnFailure = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (!env.GOOGLE_MAPS_API_KEY) throw refusal('MAPS_UNAVAILABLE');
    try {
      return await ask();
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'maps unavailable');
      throw refusal('MAPS_UNAVAILABLE');
    }
  };

  const json = async (url: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`maps answered ${response.status}`);
    return response.json();
  };

  return {
    /** Null when nothing matches the address. */
    geocode(address: string): Promise<Place | null> {
      const query = new URLSearchParams({ address, region: 'in', key: env.GOOGLE_MAPS_API_KEY ?? '' });
      return cached(`geo|${address.trim().toLowerCase()}`, async () => {
        const answer = await geocoding.execute(async ({ signal }) => {
          const body = (await json(`${env.GOOGLE_MAPS_URL}/maps/api/geocode/json?${query.toString()}`, {
            signal,
          })) as Geocoded;
          // The provider says with 200 that it is over its quota or refuses the key.
          if (body.status !== 'OK' && body.status !== 'ZERO_RESULTS') throw new Error(`maps said ${body.status}`);
          return body;
        });
        const found = answer.results?.[0];
        return found
          ? { ...found.geometry.location, formattedAddress: found.formatted_address, city: cityOf(found) }
          : null;
      });
    },

    /** What an address that is being typed may become; India only. */
    async suggest(input: string): Promise<Suggestion[]> {
      const found = await cached(
        `auto|${input.trim().toLowerCase()}`,
        async () => {
          const query = new URLSearchParams({ input, types: 'geocode', components: 'country:in' });
          query.set('key', env.GOOGLE_MAPS_API_KEY ?? '');
          const answer = await suggesting.execute(async ({ signal }) => {
            const url = `${env.GOOGLE_MAPS_URL}/maps/api/place/autocomplete/json?${query.toString()}`;
            const body = (await json(url, { signal })) as Predicted;
            if (body.status !== 'OK' && body.status !== 'ZERO_RESULTS') throw new Error(`maps said ${body.status}`);
            return body;
          });
          const suggestions = (answer.predictions ?? []).map((prediction) => ({
            description: prediction.description,
            placeId: prediction.place_id,
            mainText: prediction.structured_formatting?.main_text ?? prediction.description,
            secondaryText: prediction.structured_formatting?.secondary_text ?? '',
          }));
          return suggestions.length > 0 ? suggestions : null;
        },
        hourMs,
      );
      return found ?? [];
    },

    /** By car with traffic; null when there is no road. */
    route(from: Point, to: Point): Promise<Route | null> {
      const key = ['route', ...[from.lat, from.lng, to.lat, to.lng].map(coordinate)].join('|');
      const end = ({ lat, lng }: Point) => ({ location: { latLng: { latitude: lat, longitude: lng } } });
      const body = JSON.stringify({
        origin: end(from),
        destination: end(to),
        travelMode: 'DRIVE',
        routingPreference: 'TRAFFIC_AWARE',
        computeAlternativeRoutes: false,
      });
      return cached(key, async () => {
        const answer = await routing.execute(async ({ signal }) => {
          const headers = {
            'content-type': 'application/json',
            'x-goog-api-key': env.GOOGLE_MAPS_API_KEY ?? '',
            'x-goog-fieldmask': 'routes.distanceMeters,routes.duration,routes.staticDuration',
          };
          const url = `${env.GOOGLE_ROUTES_URL}/directions/v2:computeRoutes`;
          return (await json(url, { method: 'POST', headers, body, signal })) as Routed;
        });
        const found = answer.routes?.[0];
        if (found?.distanceMeters === undefined) return null;
        return {
          km: found.distanceMeters / 1000,
          durationMins: Math.ceil(Number.parseInt(found.duration ?? '0', 10) / 60),
        };
      });
    },
  };
};

export type Maps = ReturnType<typeof mapsClient>;
