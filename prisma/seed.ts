import { randomUUID } from 'node:crypto';
import { connect } from './client.ts';
import type { Db } from './client.ts';

/**
 * Makes the first SUPER_ADMIN of an installation, or changes nothing when the phone is known. There is no built-in phone: whoever
 * deploys names it.
 */
const seedSuperAdmin = async (db: Db, phone: string, name: string): Promise<void> => {
  if (!/^[6-9]\d{9}$/.test(phone)) throw new Error('Give the phone as 10 digits, the first of them 6 to 9.');
  await db.user.createMany({
    data: [{ id: randomUUID(), name, phone, role: 'SUPER_ADMIN', updatedAt: new Date() }],
    skipDuplicates: true,
  });
};

if (import.meta.main) {
  const [phone, name = 'Administrator'] = process.argv.slice(2);
  const databaseUrl = process.env['DATABASE_URL'];
  if (!phone || !databaseUrl) throw new Error('Usage: DATABASE_URL=… npm run seed -- <phone> [name]');
  const { db, close } = connect(databaseUrl, 1);
  await seedSuperAdmin(db, phone, name);
  await close();
  console.log(`${name} can log in with ${phone}.`);
}
