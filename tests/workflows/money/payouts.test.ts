import { beforeAll, expect, test } from '@jest/globals';
import type { Scenario } from '../../../local/partners/easebuzz/scenarios.ts';
import { payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import { payoutProcess, startOptions } from '../../../workflows/processes.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { gateway } from '../../world/money/collections.ts';
import { anUnsentPayout } from '../../world/money/payouts.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { cardOf } from '../on-temporal.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** 72 hours in some seconds. */
const clock = { enquiriesMs: [300, 600, 1_000, 1_500, 2_000, 3_000], resubmitMs: 900 };

/** A payout whose calls go as these scenarios say, each for the first so many of them. */
const aPayout = async (...scenarios: Partial<Scenario>[]) => {
  const { id: driverId } = await aDriver(fleet);
  const row = await anUnsentPayout({ driverId, fleetId: fleet.id });
  for (const scenario of scenarios) await gateway.scenario({ match: row.number, ...scenario });
  const facts = payoutFacts(row);
  const process = payoutProcess(facts);
  const handle = await temporal.workflow.start(process.type, {
    ...startOptions(process),
    args: [facts, clock] as never,
  });
  const is = (status: string) =>
    until(async () => {
      const found = await db.payout.findUniqueOrThrow({ where: { id: row.id } });
      return found.status === status && found;
    }, `the payout to be ${status}`);
  const transfers = async () => (await gateway.transfers()).filter(({ number }) => number.startsWith(row.number));
  return { ...row, driverId: row.driverId, handle, is, transfers };
};

const transfer = (how: Partial<Scenario>): Partial<Scenario> => ({ call: 'transfer', times: 1, ...how });

test.each<[string, Partial<Scenario>]>([
  ['is lost after it was taken', transfer({ answer: 'lose' })],
  ['is lost before it was taken', transfer({ answer: 'lose', acts: false })],
  ['is a 502 after it was taken', transfer({ answer: 'error' })],
  ['is a 502 before it was taken', transfer({ answer: 'error', acts: false })],
  ['is no JSON', transfer({ answer: 'garbage' })],
  ['is empty', transfer({ answer: 'empty' })],
  ['says that the number is known', transfer({ answer: 'duplicate', acts: true })],
  ['says a word that nobody knows', transfer({ word: 'in_the_clouds' })],
  ['comes with another amount', transfer({ amount: '1.00' })],
])('an answer that %s: it is paid once, under one number', async (_, scenario) => {
  const { is, transfers, number, driverId, handle } = await aPayout(scenario);

  expect(await is('SUCCESS')).toMatchObject({ attempt: 1, number });

  await handle.result();
  expect(await transfers()).toMatchObject([{ number, amount: 500, word: 'success' }]);
  expect(await balancesOf(driverId)).toEqual({});
  expect(await faultsInBooks(driverId)).toEqual([]);
});

test('a gateway that says nothing to the end fails nothing: it waits for a person, and a late word ends it', async () => {
  const { id, is, number, driverId, handle } = await aPayout(transfer({ answer: 'lose', becomes: 'accepted' }), {
    call: 'transferState',
    answer: 'refuse',
    message: 'Invalid merchant key',
  });

  await until(async () => (await cardOf(handle)).includes('a person: nobody knows'), 'the card to ask for a person');
  expect(await db.payout.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'UNKNOWN', attempt: 1 });
  expect(await balancesOf(driverId)).toEqual({ [`2080[${driverId}]`]: 50_000 });
  expect(await faultsInBooks(driverId)).toEqual([]);
  expect(
    await db.notification.count({ where: { event: 'payout:unresolved', payload: { path: ['payoutId'], equals: id } } }),
  ).toBeGreaterThan(0);

  await gateway.transfer({ number, word: 'success', utr: 'UTR000000077', serviceCharge: '2.00', gst: '0.36' });

  expect(await is('SUCCESS')).toMatchObject({ utr: 'UTR000000077', feePaise: 200n, taxPaise: 36n });
  await handle.result();
  expect(await faultsInBooks(driverId)).toEqual([]);
});

test('a success without a UTR is not believed until it has one', async () => {
  const { id, is, number } = await aPayout(transfer({ becomes: 'accepted' }));
  await is('ACCEPTED');

  await gateway.transfer({ number, word: 'success', utr: '' });
  await until(
    async () => (await db.payout.findUniqueOrThrow({ where: { id } })).gatewayStatus === 'success',
    'the word to be heard',
  );
  expect(await db.payout.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'ACCEPTED', utr: null });

  await gateway.transfer({ number, word: 'success', utr: 'UTR000000078' });
  await is('SUCCESS');
});
