import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { forkWorld } from '../world/fork.ts';
import { randomFrom } from './random.ts';

const [minutes = 10, seed = randomInt(1_000_000)] = process.argv.slice(2).map(Number);
const driversCount = 8;

console.log(`${minutes} minutes, ${driversCount} drivers at a time, seed ${seed}`);
const { world, stop } = await forkWorld('--durable', '--two-workers');
process.env['TEST_WORLD'] = JSON.stringify(world);
// Their helpers ask for the world when they are loaded.
const { playRounds, tableOf } = await import('./rounds.ts');
const { brokenHistories } = await import('./takeovers.ts');

const rounds = await playRounds(minutes, driversCount, randomFrom(seed));
const stuck = await brokenHistories();
await stop();
console.table(tableOf(rounds));
stuck.forEach((sentence) => console.log(sentence));
const broken = [...stuck, ...rounds.flatMap((round) => round.broken)];
console.log(broken.length === 0 ? 'Everything was true after every round.' : `Logs: ${join(world.folder, '*.log')}`);
process.exit(broken.length === 0 ? 0 : 1);
