import { setTimeout as pause } from 'node:timers/promises';
import { playDay, stories } from '../world/commands.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { brokenAtRest, reconcile } from '../world/health.ts';
import type { Answered } from '../world/send-until-answered.ts';
import { unexpectedIn } from '../world/load.ts';
import { faults } from './faults.ts';
import { pick } from './random.ts';

const roundMs = 20_000;
const restMs = 120_000;

interface Round {
  fault: string;
  days: number;
  longestWaitMs: number;
  broken: string[];
}

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

/** One driver plays day after day, one story after the other; ends early, with the reason, when a day cannot be finished. */
const playUntil = async (endMs: number, fleet: Fleet, [driver, other]: [Driver, Driver], first: number) => {
  const days: Answered[][] = [];
  try {
    for (let n = first; Date.now() < endMs; n += 1)
      days.push(await playDay(fleet, driver, other, stories[n % stories.length]));
    return { days, failure: [] };
  } catch (error) {
    return { days, failure: [String(error)] };
  }
};

/** Drivers at work, a fault among them at some moment, and what is true of the system after they went home. */
const play = async (fault: string, driversCount: number, random: () => number): Promise<Round> => {
  const fleet = await aFleet();
  const endMs = Date.now() + roundMs;
  const pairs = await Promise.all(
    Array.from({ length: driversCount }, () => Promise.all([aDriver(fleet), aDriver(fleet)])),
  );
  const work = Promise.all(pairs.map((pair, n) => playUntil(endMs, fleet, pair, n)));
  await pause(roundMs * (0.1 + 0.4 * random()));
  await faults[fault]!();
  const played = await work;
  await reconcile();

  const days = played.flatMap((one) => one.days);
  const answers = days.flat();
  const refused = answers.filter(({ status }) => status >= 300);
  return {
    fault,
    days: days.length,
    longestWaitMs: Math.max(0, ...answers.map(({ waitedMs }) => waitedMs)),
    broken: [
      ...played.flatMap(({ failure }) => failure),
      ...unexpectedIn(answers, [0, 200, 201, 503]), // 0: the API itself may die.
      ...refused.map(({ path, status, body }) => `${path} ended with ${status} ${body.errorCode}.`),
      ...(await brokenAtRest(restMs)),
    ],
  };
};

/** Plays rounds for some time, every fault in an order of chance before any comes again. */
export const playRounds = async (minutes: number, driversCount: number, random: () => number): Promise<Round[]> => {
  const rounds: Round[] = [];
  let waiting: string[] = [];
  for (const endMs = Date.now() + minutes * 60_000; Date.now() < endMs;) {
    if (waiting.length === 0) waiting = Object.keys(faults);
    const fault = pick(waiting, random);
    waiting = waiting.filter((name) => name !== fault);
    const round = await play(fault, driversCount, random);
    console.log(
      `${fault}: ${round.days} days, ${(round.longestWaitMs / 1000).toFixed(1)} s, ${round.broken.length} broken`,
    );
    rounds.push(round);
  }
  return rounds;
};

/** One line per fault. */
export const tableOf = (rounds: Round[]) =>
  Object.entries(Object.groupBy(rounds, ({ fault }) => fault)).map(([fault, of = []]) => ({
    fault,
    times: of.length,
    'days played': of.reduce((sum, { days }) => sum + days, 0),
    'longest wait (s)': Math.max(...of.map(({ longestWaitMs }) => Math.round(longestWaitMs / 100) / 10)),
    broken: of.reduce((sum, { broken }) => sum + broken.length, 0),
  }));
