import { isDeepStrictEqual } from 'node:util';
import { storm } from '../world/money/storm.ts';
import type { Part } from '../world/world.ts';

const parts: readonly Part[] = ['api', 'worker', 'postgres', 'temporal', 'secondWorker'];

const brokenBy = (name: string, stormed: Awaited<ReturnType<typeof storm>>): string[] => {
  const { kills, tamperedAccepted, othersRefused, serverErrors, unanswered, effects, expected, faults } = stormed;
  return [
    ...(tamperedAccepted + othersRefused + serverErrors > 0 ? ['It was answered wrongly.'] : []),
    ...(kills === 0 && unanswered > 0 ? ['Not everything was answered, although nothing was killed.'] : []),
    ...(isDeepStrictEqual(effects, expected) ? [] : ['Its effects are not those of each event delivered once.']),
    ...faults.map((fault) => `The books: ${JSON.stringify(fault)}`),
  ].map((sentence) => `${name}: ${sentence}`);
};

/** A storm of payments on a system that stays whole, and another one while its parts are killed in turn; what was broken. */
export const playStorms = async (random: () => number): Promise<string[]> => {
  const shape = { payments: 2_000, copiesMax: 20, connections: 64, random };
  const broken: string[] = [];
  for (const [name, victims] of Object.entries({ 'a storm': [], 'a storm amid kills': parts })) {
    const stormed = await storm({ ...shape, victims });
    console.log(name, stormed);
    broken.push(...brokenBy(name, stormed));
  }
  return broken;
};
