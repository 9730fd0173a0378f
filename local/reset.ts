import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { holderOf } from './lock.ts';

const folder = resolve(process.env.LOCAL_FOLDER ?? join(import.meta.dirname, '../.local'));
const holder = holderOf(folder);

if (holder) {
  console.error(`The system is running (pid ${holder}). Stop it with Ctrl-C first.`);
  process.exit(1);
}
rmSync(folder, { recursive: true, force: true });
console.log(`Forgot everything in ${folder}`);
