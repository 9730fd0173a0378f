import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { istDay } from '../../../workflows/domain/time.ts';
import { textsIn } from '../../replay/histories.ts';
import { playCommands } from '../../replay/played-commands.ts';
import { historiesOf, playDay, record } from '../../replay/played-day.ts';
import { db } from '../../world/database.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';

let day: Awaited<ReturnType<typeof playDay>>;
let histories: Awaited<ReturnType<typeof historiesOf>>;

beforeAll(async () => {
  const commands = playCommands();
  day = await playDay();
  histories = await historiesOf({ ...day.workflows, ...(await commands) });
  // `npm run record` keeps them for the replay test.
  if (process.env['RECORD']) record(histories, istDay(Date.now()));
}, 240_000);

const spoken = () => {
  const { phones, names, addresses, texts, tokens } = day.personal;
  return [...phones, ...names, ...addresses, ...texts, ...tokens];
};

test('nothing of what people said, typed or were sent in a day is in the history of a workflow', () => {
  const texts = histories.flatMap(({ kind, history }) =>
    textsIn(history).map(({ path, text }) => `${kind}${path}: ${text}`),
  );

  const leaks = texts.filter((text) => spoken().some((secret) => text.includes(secret)));

  expect(texts.length).toBeGreaterThan(500);
  expect(leaks).toEqual([]);
});

test('no code of the day is a value in the history of a workflow', () => {
  const codes: string[] = Object.values(day.personal.codes);

  const leaks = histories.flatMap(({ history }) => textsIn(history)).filter(({ text }) => codes.includes(text));

  expect(leaks).toEqual([]);
});

const logLines = () =>
  readdirSync(world.folder)
    .filter((file) => /^(?:api|workers)(?:\.previous)?\.log$/.test(file))
    .flatMap((file) => readFileSync(join(world.folder, file), 'utf8').split('\n').filter(Boolean));

test('the logs of the processes hold no phone, name, address, remark or token of the day', () => {
  const lines = logLines();

  const leaks = lines.filter((line) => spoken().some((secret) => line.includes(secret)));

  expect(lines.length).toBeGreaterThan(10);
  expect(leaks).toEqual([]);
});

test('the log of the database holds no phone of the day, also of an error about one', async () => {
  const taken = () =>
    db.user.create({ data: { id: randomUUID(), name: 'Asha', phone: day.personal.phones[0]!, role: 'DRIVER' } });
  await taken().catch(() => undefined);
  await expect(taken()).rejects.toThrow();
  const lines = () => readFileSync(join(world.folder, 'postgres.log'), 'utf8').split('\n');
  await until(() => Promise.resolve(lines().some((line) => line.includes('users_phone_key'))), 'the line of the error');

  expect(lines().filter((line) => spoken().some((secret) => line.includes(secret)))).toEqual([]);
});

test('the logs of the processes hold no code of the day', () => {
  const { login, boarding } = day.personal.codes;
  const asWord = new RegExp(`(?<![\\w./-])(?:${login}|${boarding})(?![\\w./:-])`);
  const aboutPeople = logLines().map((line) =>
    line.replace(/"(?:time|pid|port|ms|status|responseTime|durationMs)":[\d.]+/g, ''),
  );

  expect(aboutPeople.filter((line) => asWord.test(line))).toEqual([]);
});
