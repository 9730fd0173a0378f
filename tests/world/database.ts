import { connect } from '../../prisma/client.ts';
import { sealer } from '../../prisma/sealed.ts';
import { atEnd } from './at-end.ts';
import { world } from './world.ts';

/** What its connections are called, so that a test knows who waits for it. */
export const application = `test-${process.pid}`;
const url = new URL(world.databaseUrl);
url.searchParams.set('application_name', application);
/** A test makes hundreds of rows at once on five connections. */
const waitMs = 60_000;
const { db, close } = connect(url.href, 5, waitMs);

/** The database of the run, for arranging and for looking at what a call left behind. */
export { db };

export const seals = sealer(world.apiEnvironment['DATA_KEY'] ?? '');

atEnd(close);
