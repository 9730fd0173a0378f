import { afterEach, expect, test } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { loginCodes } from '../../../activities/messages/login-codes.ts';
import { exotel } from '../../../activities/partners/sms.ts';
import { signals } from '../../../prisma/signals.ts';
import { db, seals } from '../../world/database.ts';
import { aPhone } from '../../world/factories.ts';
import { messagesTo, smsWith } from '../../world/sms.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';

const aChallenge = async (shape: object = {}) => {
  const code = String(randomInt(100_000, 1_000_000));
  const id = randomUUID();
  const challenge = {
    ...{ id, phone: aPhone(), purpose: 'LOGIN' as const, codeHash: 'hash' },
    ...{ sealedCode: seals.seal('otp', code, id), expiresAt: new Date(Date.now() + 300_000) },
    ...shape,
  };
  await db.otpChallenge.create({ data: challenge });
  return { id: challenge.id, phone: challenge.phone, code };
};

const inFuture = (ms: number) => new Date(Date.now() + ms);

/** The row of a code once something became of it. */
const triedRow = (id: string) =>
  until(() => db.otpChallenge.findFirst({ where: { id, delivery: { not: null } } }), 'the verdict');

const broken: string[] = [];

const breakSmsTo = async (phone: string, mode: string) => {
  broken.push(phone);
  const body = JSON.stringify({ mode, match: phone });
  await fetch(`${world.sms}/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};

afterEach(async () => {
  for (const phone of broken.splice(0)) await fetch(`${world.sms}/faults?match=${phone}`, { method: 'DELETE' });
});

test('a stored code is sent, also when its signal got lost, and then forgotten', async () => {
  const { id, phone, code } = await aChallenge();

  expect(await smsWith(phone, /^(\d{6}) is your/)).toBe(code);

  const forgotten = { sealedCode: null, sendAt: null, supersededAt: null };
  expect(await triedRow(id)).toMatchObject({ delivery: 'SENT', sends: 1, ...forgotten });
});

test.each([{ supersededAt: new Date() }, { consumedAt: new Date() }, { expiresAt: inFuture(-1_000) }])(
  'a code with %j is forgotten and not sent',
  async (shape) => {
    const { id, phone } = await aChallenge(shape);

    expect(await triedRow(id)).toMatchObject({ delivery: 'REFUSED', sendAt: null, sealedCode: null });
    expect(await messagesTo(phone)).toEqual([]);
  },
);

test('a code that the partner refuses is void and not sent again', async () => {
  const phone = aPhone();
  await breakSmsTo(phone, 'refuse');
  const { id } = await aChallenge({ phone });

  const row = await triedRow(id);

  expect(row).toMatchObject({ delivery: 'REFUSED', sends: 1, sendAt: null, sealedCode: null });
  expect(row.supersededAt).not.toBeNull();
});

test('a code that did not get through is tried again after eight seconds, and stays good', async () => {
  const phone = aPhone();
  await breakSmsTo(phone, 'down');
  const { id } = await aChallenge({ phone });

  const row = await triedRow(id);

  expect(row).toMatchObject({ delivery: 'UNREACHABLE', sends: 1, supersededAt: null });
  expect(row.sealedCode).not.toBeNull();
  const pauseMs = row.sendAt!.getTime() - row.createdAt.getTime();
  expect(pauseMs).toBeGreaterThan(7_900);
  expect(pauseMs).toBeLessThan(15_000);
});

test('the second attempt is the last', async () => {
  const phone = aPhone();
  await breakSmsTo(phone, 'down');
  const { id } = await aChallenge({ phone, sends: 1 });

  expect(await triedRow(id)).toMatchObject({ delivery: 'UNREACHABLE', sends: 2, sendAt: null, sealedCode: null });
});

test('a code that is being sent is taken by nobody else until its worker must have died', async () => {
  const held = await aChallenge({ sends: 1, sendAt: inFuture(20_000) });
  const left = await aChallenge({ sends: 1, sendAt: inFuture(-1) });

  expect(await smsWith(left.phone, /^(\d{6}) is your/)).toBe(left.code);
  expect(await messagesTo(held.phone)).toEqual([]);
});

test('a crowd of codes is sent, more than wait for the partner at once', async () => {
  const codes = await Promise.all(Array.from({ length: 120 }, () => aChallenge()));

  const rows = await Promise.all(codes.map(({ id }) => triedRow(id)));

  expect(rows.map(({ delivery }) => delivery)).toEqual(rows.map(() => 'SENT'));
});

test('several workers send each code once', async () => {
  const sms = exotel({
    ...{ baseUrl: world.sms, accountSid: 'simulator', apiKey: 'key', apiToken: 'token' },
    ...{ senderId: 'DRVKLB', endpoint: 'send' },
  });
  const log = pino({ level: 'silent' });
  // They also send the codes of other tests.
  const textOf = (purpose: string, code: string) =>
    purpose === 'APPROVAL' ? `${code} approves a payout` : `${code} is your code`;
  const due = signals(world.databaseUrl, 'loginCodeDue');
  const stopping = new AbortController();
  const others = Array.from({ length: 3 }, () =>
    loginCodes({ db, sealer: seals, log, sms, textOf }).run(due, stopping.signal),
  );

  const codes = await Promise.all(Array.from({ length: 30 }, () => aChallenge()));
  const rows = await Promise.all(codes.map(({ id }) => triedRow(id)));
  stopping.abort();
  await Promise.all(others);
  await due.close();

  expect(rows.map(({ sends }) => sends)).toEqual(rows.map(() => 1));
  const texts = await Promise.all(codes.map(({ phone }) => messagesTo(phone)));
  expect(texts.map((sent) => sent.length)).toEqual(texts.map(() => 1));
});
