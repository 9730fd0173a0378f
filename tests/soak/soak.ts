import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { world } from '../world/world.ts';
import { randomFrom } from './random.ts';
import { playRounds, tableOf } from './rounds.ts';
import { playStorms } from './storms.ts';
import { brokenHistories } from './takeovers.ts';

const [minutes = 10, seed = randomInt(1_000_000)] = process.argv.slice(2).map(Number);
const driversCount = 8;

console.log(`${minutes} minutes, ${driversCount} drivers at a time, seed ${seed}`);
const rounds = await playRounds(minutes, driversCount, randomFrom(seed));
const brokenByStorms = await playStorms(randomFrom(seed));
const broken = [...brokenByStorms, ...rounds.flatMap((round) => round.broken), ...(await brokenHistories())];

console.table(tableOf(rounds));
broken.forEach((sentence) => console.log(sentence));
console.log(broken.length === 0 ? 'Everything was true after every round.' : `Logs: ${join(world.folder, '*.log')}`);
process.exit(broken.length === 0 ? 0 : 1);
