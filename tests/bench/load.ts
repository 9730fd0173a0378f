import { Pool } from 'undici';
import { compareWaits, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import type { Target } from './databases.ts';

const burstMs = 1_000;
const warmUps = 150;

/** Answers per second to questions of one kind, asked again and again on some connections. */
export const throughput = async (
  { origin, headers }: Target,
  path: () => string,
  connections: number,
): Promise<number> => {
  const pool = new Pool(origin, { connections });
  const startedMs = performance.now();
  let answers = 0;
  const lane = async () => {
    while (performance.now() < startedMs + burstMs) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: path(), headers });
      await body.dump();
      if (statusCode !== 200) throw new Error(`GET ${path()} answers ${statusCode}.`);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  await pool.close();
  return answers / ((performance.now() - startedMs) / 1000);
};

/** What a path answers. */
export const read = async ({ origin, headers }: Target, path: string): Promise<unknown> => {
  const response = await fetch(`${origin}${path}`, { headers });
  if (!response.ok) throw new Error(`GET ${path} answers ${response.status}.`);
  return ((await response.json()) as { data: unknown }).data;
};

/** How long one answer takes, to its last byte. */
export const waitFor = ({ origin, headers }: Target, path: string): Promise<number> =>
  timed(async () => {
    const response = await fetch(`${origin}${path}`, { headers });
    if (!response.ok) throw new Error(`GET ${path} answers ${response.status}.`);
    await response.text();
  });

/** How long an answer takes in a large database, against the same in a small one. Both have to have compiled the same before. */
export const compareAnswers = async (large: [Target, string], small: [Target, string]): Promise<Measured> => {
  const ours = () => waitFor(...large);
  const theirs = () => waitFor(...small);
  for (let count = 0; count < warmUps; count += 1) for (const warm of [ours, theirs]) await warm();
  return compareWaits(7, 40, ours, theirs);
};
