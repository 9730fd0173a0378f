import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { readRunning } from './lock.ts';

// Prints what the books hold, of the database of `DATABASE_URL`, else of the running `npm start`.

const folder = resolve(process.env['LOCAL_FOLDER'] ?? join(import.meta.dirname, '../.local'));
const DATABASE_URL = process.env['DATABASE_URL'] ?? readRunning(folder)?.databaseUrl;
const [what = '', id] = process.argv.slice(2);

if (!['driver', 'account', 'journal'].includes(what) || !id) {
  console.error('Usage: npm run ledger -- <driver|account|journal> <id, of a driver also the short id>');
  process.exit(1);
}
if (!DATABASE_URL) {
  console.error('Nothing is running. Start it with `npm start` in another terminal, or name DATABASE_URL.');
  process.exit(1);
}
const ledger = join(import.meta.dirname, '../prisma/ledger.ts');
const { status } = spawnSync(process.execPath, [ledger, what, id], {
  stdio: 'inherit',
  env: { ...process.env, DATABASE_URL },
});
process.exit(status ?? 1);
