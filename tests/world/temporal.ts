import { afterAll } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { world } from './world.ts';

const connection = Connection.lazy({ address: world.temporalAddress });

/** The Temporal server of the run. */
export const temporal = new Client({ connection });

afterAll(() => connection.close());
