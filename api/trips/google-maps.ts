import {
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { IBreaker } from 'cockatiel';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { canonicalCity } from '../../workflows/domain/geo.ts';
import type { Point } from '../../workflows/domain/geo.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { dayMs, hourMs, minuteMs } from '../../workflows/domain/time.ts';
import type { ApiEnv } from '../env.ts';

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

const missKeptMs = 5 * minuteMs;
const failuresMax = 5;
const failuresWithinMs = 30_000;
const openMs = minuteMs;

/** Opens the circuit at the fifth failed call within half a minute, however many others went well. */
const slidingWindowBreaker = (): IBreaker => {
  let failedAtMs: number[] = [];
  return {
    state: null, // For circuits that are stored; ours lives with its process.
    success: () => undefined,
    failure() {
      const nowMs = Date.now();
      failedAtMs = [...failedAtMs.filter((atMs) => atMs > nowMs - failuresWithinMs), nowMs];
      return failedAtMs.length >= failuresMax;
    },
  };
};

/** An answer that would be the same the next time: the map refuses the question or the key, or talks of something else. */
class NotRetryable extends Error {}

const failure = (answered: string | number, isTransient: boolean): Error => {
  const message = `maps answered ${answered}`;
  return isTransient ? new Error(message) : new NotRetryable(message);
};

/**
 * Retries and time limits of one kind of call. The circuit lies outside the retries: a call fails once, after its last try,
 * and an open circuit is not tried again. Source: maps-public-booking.md, Outbound calls.
 */
const patience = (timeoutMs: number, retries: number) =>
  wrap(
    circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: slidingWindowBreaker() }),
    retry(
      handleWhen((error) => !(error instanceof NotRetryable)),
      { maxAttempts: retries, backoff: new ExponentialBackoff({ initialDelay: 200 }) },
    ),
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );

const Geocoded = z.object({
  status: z.string(),
  results: z
    .array(
      z.object({
        formatted_address: z.string(),
        geometry: z.object({ location: z.object({ lat: z.number(), lng: z.number() }) }),
        address_components: z.array(z.object({ long_name: z.string(), types: z.array(z.string()) })),
      }),
    )
    .default([]),
});

const Predicted = z.object({
  status: z.string(),
  predictions: z
    .array(
      z.object({
        description: z.string(),
        place_id: z.string(),
        structured_formatting: z
          .object({ main_text: z.string().optional(), secondary_text: z.string().optional() })
          .optional(),
      }),
    )
    .default([]),
});

const Routed = z.object({
  routes: z.array(z.object({ distanceMeters: z.number().optional(), duration: z.string().optional() })).default([]),
});

type Found = z.output<typeof Geocoded>['results'][number];

const transientStatuses = ['OVER_QUERY_LIMIT', 'UNKNOWN_ERROR'];

/** The provider says with HTTP 200 that it is over its quota or refuses the key. */
const requireAnswered = ({ status }: { status: string }): void => {
  if (status === 'OK' || status === 'ZERO_RESULTS') return;
  throw failure(status, transientStatuses.includes(status));
};

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
 * Answers are shared by all processes: places and routes for a day, suggestions for an hour, misses for five minutes.
 * Throws MAPS_UNAVAILABLE when there is no answer.
 */
export const mapsClient = (env: ApiEnv, db: Db, log: Logger) => {
  const geocoding = patience(5_000, 3);
  const routing = patience(8_000, 3);
  const suggesting = patience(3_000, 1);

  const remembered = async <T>(key: string) => {
    const known = await db.mapsCache.findFirst({ where: { key, expiresAt: { gt: new Date() } } });
    return known && (known.value as { found: T | null });
  };

  const cached = async <T>(key: string, ask: () => Promise<T | null>, keptMs = dayMs): Promise<T | null> => {
    const known = await remembered<T>(key);
    if (known) return known.found;
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

  /** What is no JSON comes from a gateway on the way and is tried again, as its 502 is; JSON of another shape is not. */
  const ask = async <T>(shape: z.ZodType<T>, url: string, init: RequestInit): Promise<T> => {
    const response = await fetch(url, init);
    if (!response.ok) throw failure(response.status, response.status === 429 || response.status >= 500);
    const parsed = shape.safeParse(await response.json());
    if (!parsed.success) throw failure('something else', false);
    return parsed.data;
  };

  const placeKey = (address: string) => `geo|${address.trim().toLowerCase()}`;

  return {
    /** The place of an address that somebody asked for within the day; the map is not asked. */
    async knownPlace(address: string): Promise<Place | null> {
      return (await remembered<Place>(placeKey(address)))?.found ?? null;
    },

    /** Null when nothing matches the address. `until` ends a call that nobody waits for any more. */
    geocode(address: string, until?: AbortSignal): Promise<Place | null> {
      const query = new URLSearchParams({ address, region: 'in', key: env.GOOGLE_MAPS_API_KEY ?? '' });
      return cached(placeKey(address), async () => {
        const answer = await geocoding.execute(async ({ signal }) => {
          const url = `${env.GOOGLE_MAPS_URL}/maps/api/geocode/json?${query.toString()}`;
          const body = await ask(Geocoded, url, { signal });
          requireAnswered(body);
          return body;
        }, until);
        const found = answer.results[0];
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
            const body = await ask(Predicted, url, { signal });
            requireAnswered(body);
            return body;
          });
          const suggestions = answer.predictions.map((prediction) => ({
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
    route(from: Point, to: Point, until?: AbortSignal): Promise<Route | null> {
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
          return ask(Routed, url, { method: 'POST', headers, body, signal });
        }, until);
        const found = answer.routes[0];
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
