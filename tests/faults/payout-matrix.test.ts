import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { bulkRows } from '../../activities/money/payouts/bulk-rows.ts';
import { beginPayout } from '../../api/money/payouts/payout-changes.ts';
import type { Scenario } from '../../local/partners/easebuzz/scenarios.ts';
import type { Payout } from '../../prisma/generated/client.ts';
import { beginDepositRefund } from '../../prisma/payouts/deposit-refunds.ts';
import { payoutFacts } from '../../workflows/domain/money/payouts/payouts.ts';
import { payoutProcess, startOptions } from '../../workflows/processes.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { balancesOf, faultsInBooks } from '../world/money/books.ts';
import { aBatchRow } from '../world/money/bulk-payouts.ts';
import { aCollectionRow } from '../world/money/collection-rows.ts';
import { gateway } from '../world/money/collections.ts';
import { anOwedIncentive, anUnsentPayout, askingFor, withBank } from '../world/money/payouts.ts';
import { payDeposit } from '../world/money/penalties.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';

/** Of each kind with each fault. `PAYOUT_ROUNDS=50` is the long form. */
const rounds = Number(process.env['PAYOUT_ROUNDS'] ?? 1);
const patienceMs = 60_000 + rounds * 20_000;
/** 72 hours in twelve seconds. */
const clock = { enquiriesMs: [300, 1_000, 2_000, 4_000, 8_000, 12_000], resubmitMs: 900 };

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** How a payout of each kind is made that was not sent, of 350.00 or 500.00, which is all that its driver is owed. */
const kinds: Record<string, (of: { driverId: string; fleetId: string }) => Promise<Payout>> = {
  async COLLECTION(of) {
    const { id: sourceId } = await aCollectionRow(of);
    await post(`/payments/admin/collection/${sourceId}/reconcile`, {}, fleet.manager);
    const payout = { id: randomUUID(), driverId: of.driverId, kind: 'COLLECTION' as const, sourceId };
    return db.$transaction((tx) => beginPayout(tx, payout, askingFor()));
  },
  INCENTIVE: (of) => anUnsentPayout(of),
  async BULK_ROW(of) {
    await anOwedIncentive(of);
    const batch = await aBatchRow(of, fleet.manager.id, 'PROCESSING');
    const beginRows = bulkRows({ db, log: pino({ level: 'silent' }), ...askingFor() });
    const [begun] = await beginRows({ batch, inDisorder: new Set(), isLastTry: false })();
    const { payout } = begun!;
    return db.payout.findUniqueOrThrow({ where: { id: payout!.payoutId } });
  },
  async DEPOSIT_REFUND(of) {
    await payDeposit(of.driverId, of.fleetId, 50_000);
    const wanted = { id: randomUUID(), driverId: of.driverId, sourceId: null, amount: null, reason: 'Leaves' };
    const { id } = await db.$transaction((tx) =>
      beginDepositRefund(tx, { ...wanted, releasableAt: null }, askingFor()),
    );
    return db.payout.update({ where: { id }, data: { status: 'CREATED', heldFor: [] } });
  },
};

const silence: Partial<Scenario> = { call: 'webhook', copies: 0 };
const transfer = (how: Partial<Scenario>): Partial<Scenario> => ({ call: 'transfer', times: 1, ...how });

/**
 * What goes wrong. A connection that drops stands for a timeout, which takes 45 seconds and is the same to the client. Those without an
 * answer stand between the others: ten of them in a row would open the circuit.
 */
const faults: Record<string, Partial<Scenario>[]> = {
  'lost after it was taken': [transfer({ answer: 'lose' })],
  'a word that nobody knows': [transfer({ word: 'in_the_clouds' })],
  'lost before it was taken': [transfer({ answer: 'lose', acts: false })],
  'a number that is known': [transfer({ answer: 'duplicate', acts: true })],
  '502 after it was taken': [transfer({ answer: 'error' }), silence],
  'paid long after': [transfer({ becomesAfterMs: 3_000 }), silence],
  '502 before it was taken': [transfer({ answer: 'error', acts: false })],
  'sent back after it was paid': [],
  'no JSON': [transfer({ answer: 'garbage' }), silence],
  'told three times while it is asked for': [transfer({ becomesAfterMs: 250 }), { call: 'webhook', copies: 3 }],
};

/** A payout of a driver of its own with such a fault; it ends, or waits for a person. */
const aPayout = async (kind: string, fault: string) => {
  const { id: driverId } = await aDriver(fleet);
  await withBank(driverId);
  const row = await kinds[kind]!({ driverId, fleetId: fleet.id });
  for (const scenario of faults[fault]!) await gateway.scenario({ match: row.number, ...scenario });
  const [facts, of] = [payoutFacts(row), { id: row.id, number: row.number, kind, fault, driverId }];
  const process = payoutProcess(facts);
  await temporal.workflow.start(process.type, { ...startOptions(process), args: [facts, clock] as never });
  return { ...of, amount: Number(row.amountPaise) };
};

const statusOf = async (ids: string[]) => {
  const rows = await db.payout.findMany({ where: { id: { in: ids } }, select: { id: true, status: true } });
  return new Map(rows.map(({ id, status }) => [id, status]));
};

test(
  `ten faults, four kinds, ${rounds} of each: what the bank paid is what we say it paid, and nothing fails by itself`,
  async () => {
    const made: Awaited<ReturnType<typeof aPayout>>[] = [];
    for (let round = 0; round < rounds; round += 1)
      for (const fault of Object.keys(faults))
        made.push(...(await Promise.all(Object.keys(kinds).map((kind) => aPayout(kind, fault)))));
    const ids = made.map(({ id }) => id);
    const returned = made.filter(({ fault }) => fault === 'sent back after it was paid');
    await until(
      async () => {
        const status = await statusOf(returned.map(({ id }) => id));
        return [...status.values()].every((is) => is === 'SUCCESS');
      },
      'those to be paid that will be sent back',
      patienceMs,
    );
    for (const { number } of returned) await gateway.transfer({ number, word: 'reversed' });

    const open = async () => {
      const status = await statusOf(ids);
      const isOver = ({ id, fault }: (typeof made)[number]) =>
        status.get(id) === 'REVERSED' || (status.get(id) === 'SUCCESS' && fault !== 'sent back after it was paid');
      return made.filter((payout) => !isOver(payout));
    };
    await until(async () => (await open()).length === 0, 'the payouts to end', patienceMs).catch(() => undefined);

    // Of a hundred, five may wait for a person.
    const waiting = new Set(await open());
    expect(waiting.size).toBeLessThanOrEqual(made.length * 0.05);
    const status = await statusOf(ids);
    expect([...status.values()].filter((is) => is === 'FAILED' || is === 'CANCELLED')).toEqual([]);
    const atBank = await gateway.transfers();
    const ended = made.filter((payout) => !waiting.has(payout));
    const sums = ended.map(({ id, number, kind, fault, amount }) => ({
      ...{ kind, fault, said: status.get(id) === 'SUCCESS' ? amount : 0 },
      paid: atBank
        .filter((one) => one.number.startsWith(number) && one.paidAt && one.word === 'success')
        .reduce((sum, one) => sum + one.amount * 100, 0),
    }));
    expect(sums.filter(({ said, paid }) => said !== paid)).toEqual([]);
    expect(await faultsInBooks(...made.map(({ driverId }) => driverId))).toEqual([]);
    const owedAgain = Object.values(await balancesOf(...ended.map(({ driverId }) => driverId)));
    expect(owedAgain.sort()).toEqual(returned.map(({ amount }) => amount).sort());
  },
  2 * patienceMs + 60_000,
);
