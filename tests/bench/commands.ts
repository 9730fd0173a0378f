import { cpuPerOperation } from './cpu.ts';
import { compareRates, compareWaits, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { book, commands, drive } from './journey.ts';
import type { Desk } from './journey.ts';
import type { Skeleton } from './skeleton.ts';
import type { System } from './system.ts';

const burstMs = 4_000;
/** Until the engine has compiled what both sides run; the rates of the first bursts still rise. */
const warmUps = 4;

/** Lives per second, when every lane begins the next as soon as it has finished one. */
export const livesPerSecond = async (lanes: readonly (() => Promise<void>)[]): Promise<number> => {
  const startedMs = performance.now();
  let lives = 0;
  const lane = async (live: () => Promise<void>) => {
    while (performance.now() < startedMs + burstMs) {
      await live();
      lives += 1;
    }
  };
  await Promise.all(lanes.map(lane));
  return lives / ((performance.now() - startedMs) / 1000);
};

/** Completed trips per second over HTTP, against lives of the skeleton on the same server. */
export const measureTrips = async (
  system: System,
  desks: readonly Desk[],
  skeleton: Skeleton,
): Promise<Measured & { cpuMs: Record<string, number> }> => {
  const ours = () => livesPerSecond(desks.map((desk) => () => drive(desk)));
  const theirs = () => livesPerSecond(desks.map(() => skeleton.live));
  for (let count = 0; count < warmUps; count += 1) {
    await ours();
    await theirs();
  }
  const compared = await compareRates(7, ours, theirs);
  return { ...compared, cpuMs: await cpuPerOperation(system.processes, ours) };
};

/** How long one `start` takes, against the second no-op update of a skeleton: both sides have then done the same. */
export const measureStart = (desk: Desk, skeleton: Skeleton): Promise<Measured> => {
  const { assign, start, ...rest } = commands;
  const ours = async () => {
    const tripId = await book(desk);
    await assign(desk, tripId);
    const tookMs = await timed(() => start(desk, tripId));
    for (const command of Object.values(rest)) await command(desk, tripId);
    return tookMs;
  };
  const theirs = async () => {
    const workflowId = await skeleton.begin();
    await skeleton.command(workflowId);
    const tookMs = await timed(() => skeleton.command(workflowId));
    for (const _ of Object.values(rest)) await skeleton.command(workflowId);
    return tookMs;
  };
  return compareWaits(5, 40, ours, theirs);
};
