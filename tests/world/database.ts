import { connect } from '../../prisma/client.ts';
import { sealer } from '../../prisma/sealed.ts';
import { atEnd } from './at-end.ts';
import { world } from './world.ts';

const { db, close } = connect(world.databaseUrl, 5);

/** The database of the run, for arranging and for looking at what a call left behind. */
export { db };

export const seals = sealer(world.apiEnvironment['DATA_KEY'] ?? '');

atEnd(close);
