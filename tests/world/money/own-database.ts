import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connect } from '../../../prisma/client.ts';
import { migrate } from '../../../prisma/migrate.ts';
import { world } from '../world.ts';

/** A fresh, migrated database for a test that looks at everything, or that changes what all others stand on. */
export const ownDatabase = async () => {
  const name = `own_${randomUUID().replaceAll('-', '')}`;
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await administer(`CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(world.databaseUrl), { pathname: `/${name}` }).href;
  await migrate(url);
  const { db, pool, close } = connect(url, 5);
  const drop = async () => {
    await close();
    await administer(`DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { db, pool, drop };
};
