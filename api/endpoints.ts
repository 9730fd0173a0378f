import { fleetEndpoints } from './fleet/endpoints.ts';
import { health } from './health.ts';
import type { Endpoint } from './http/endpoint.ts';
import { messagesEndpoints } from './messages/endpoints.ts';
import { moneyEndpoints } from './money/endpoints.ts';
import { peopleEndpoints } from './people/endpoints.ts';
import { shiftsEndpoints } from './shifts/endpoints.ts';
import { tripsEndpoints } from './trips/endpoints.ts';

/** The routes of each area. */
export const endpointsByArea = {
  people: peopleEndpoints,
  fleet: fleetEndpoints,
  shifts: shiftsEndpoints,
  trips: tripsEndpoints,
  money: moneyEndpoints,
  messages: messagesEndpoints,
} satisfies Record<string, readonly Endpoint[]>;

/** Every route of the API. */
export const endpoints: readonly Endpoint[] = [...health, ...Object.values(endpointsByArea).flat()];
