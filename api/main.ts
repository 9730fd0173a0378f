import { connect } from '../prisma/client.ts';
import { createApp } from './app.ts';
import { apiEnv, isLocal } from './env.ts';
import { createLog } from './http/log.ts';
import { temporalClient } from './http/temporal.ts';
import { serverOf, stop } from './server.ts';
import { createServices } from './services.ts';

const connectionsMax = 20;

const env = apiEnv(process.env);
const log = createLog(env.LOG_LEVEL);
if (env.OTP_BYPASS_KEY && !isLocal(env)) log.warn('OTP_BYPASS_KEY is set and ignored outside development and test');
const { db, pool, close } = connect(env.DATABASE_URL, connectionsMax);
const client = temporalClient(env.TEMPORAL_ADDRESS, env.TEMPORAL_NAMESPACE);
const services = createServices(env, { db, pool, client, log });

const server = serverOf(createApp(services)).listen(env.PORT, () => {
  log.info({ port: env.PORT }, 'ready');
  process.send?.('ready');
});

/** Finishes what is being answered and begun, then goes. */
const end = (): void => stop(server, () => services.temporal.settle().then(close));
process.once('SIGTERM', end);
process.once('SIGINT', end);
process.once('disconnect', end); // The supervisor is gone.
