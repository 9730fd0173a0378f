import { Client, Connection } from '@temporalio/client';
import { atEnd } from './at-end.ts';
import { world } from './world.ts';

const connection = Connection.lazy({ address: world.temporalAddress });

/** The Temporal server of the run. */
export const temporal = new Client({ connection });

atEnd(() => connection.close());
