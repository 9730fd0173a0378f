import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { get, reply } from './http/endpoint.ts';
import type { Services } from './services.ts';

const databaseWaitMs = 1_000;
const cachedMs = 2_000;

let checked = { atMs: 0, up: false };

const withinMs = async (work: Promise<unknown>, limitMs: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), limitMs)));
  const answered = work.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, limit]).finally(() => clearTimeout(timer));
};

/** A balancer asks often; the database is asked every two seconds at most, and given one. */
const databaseUp = async ({ db }: Services): Promise<boolean> => {
  if (Date.now() - checked.atMs > cachedMs) {
    checked = { up: await withinMs(db.$queryRaw`SELECT 1`, databaseWaitMs), atMs: Date.now() };
  }
  return checked.up;
};

const Health = z.object({
  status: z.enum(['ok', 'error']),
  service: z.string(),
  database: z.enum(['connected', 'disconnected']),
  timestamp: z.string(),
  version: z.string(),
  uptimeSeconds: z.number(),
});
z.globalRegistry.add(Health, { id: 'Health' });

const healthOf = async (services: Services) => {
  const up = await databaseUp(services);
  return reply(up ? 200 : 503, {
    status: up ? ('ok' as const) : ('error' as const),
    service: 'api-gateway',
    database: up ? ('connected' as const) : ('disconnected' as const),
    timestamp: new Date().toISOString(),
    version: packageJson.version,
    uptimeSeconds: Math.floor((Date.now() - services.startedAtMs) / 1000),
  });
};

/** The services of the earlier deployment, whose health routes monitors still call. */
const serviceNames: Record<string, string> = {
  auth: 'auth-service',
  drivers: 'driver-service',
  vehicles: 'vehicle-service',
  assignments: 'assignment-service',
  trips: 'trip-service',
  notifications: 'notification-service',
  partners: 'trip-service',
};

export const health = [
  get('/', {
    allow: 'public',
    bare: true,
    summary: 'Says that this is the API',
    returns: z.string(),
    handle: () => Promise.resolve("Driver's Klub API. Its documentation: /docs\n"),
  }),

  get('/health', {
    allow: 'public',
    bare: true,
    summary: 'Whether the API and its database are up',
    returns: Health,
    handle: ({ services }) => healthOf(services),
  }),

  get('/health/ready', {
    allow: 'public',
    bare: true,
    summary: 'Whether requests can be served',
    returns: Health,
    handle: ({ services }) => healthOf(services),
  }),

  ...Object.entries(serviceNames).map(([path, service]) =>
    get(`/${path}/health`, {
      allow: 'public',
      bare: true,
      summary: `Health of ${service}`,
      returns: z.object({ status: z.literal('ok'), service: z.string() }),
      handle: () => Promise.resolve({ status: 'ok' as const, service }),
    }),
  ),
];
