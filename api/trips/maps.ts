import { z } from 'zod';
import { refusal, refusalIn } from '../../workflows/domain/refusals.ts';
import { get, reply } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import type { Caller } from '../http/scope.ts';
import { mapsInTime } from './journeys.ts';

const suggestionsFrom = 3;

/** The public booking page asks without a token; whoever asks is counted. Source: maps-public-booking.md, M1. */
const limit = { known: 'maps', anonymous: 'mapsAnonymous' } as const;

const requireAllowed = ({ services, caller }: Base & { caller: Caller | null }): void => {
  if (!caller && !services.env.MAPS_ALLOW_ANONYMOUS) throw refusal('UNAUTHORIZED', { reason: 'MISSING' });
};

const Suggestion = z.object({
  description: z.string(),
  place_id: z.string(),
  placeId: z.string(),
  mainText: z.string(),
  secondaryText: z.string(),
});

export const maps = [
  get('/maps/autocomplete', {
    allow: 'public',
    summary: 'Suggest addresses while one is being typed; an empty list when the map is away',
    limit,
    query: z.object({ query: z.string().min(1).max(200) }),
    returns: z.array(Suggestion),
    refuses: ['UNAUTHORIZED'],
    async handle(context) {
      requireAllowed(context);
      const { query } = context.query;
      if (query.length < suggestionsFrom) return [];
      try {
        const found = await context.services.maps.suggest(query);
        return found.map((suggestion) => ({ ...suggestion, place_id: suggestion.placeId }));
      } catch (error) {
        if (refusalIn(error)?.key !== 'MAPS_UNAVAILABLE') throw error;
        return reply(200, [], { 'X-Maps-Degraded': '1' });
      }
    },
  }),

  get('/maps/geocode', {
    allow: 'public',
    summary: 'Find the point of an address',
    limit,
    query: z.object({ address: z.string().min(1).max(500) }),
    returns: z.object({
      lat: z.number(),
      lng: z.number(),
      formattedAddress: z.string(),
      city: z.string().nullable(),
    }),
    refuses: ['UNAUTHORIZED', 'NOT_FOUND', 'MAPS_UNAVAILABLE'],
    async handle(context) {
      requireAllowed(context);
      const place = await mapsInTime(context.services.maps).geocode(context.query.address);
      if (!place) throw refusal('NOT_FOUND', { resource: 'address' });
      return place;
    },
  }),
];
