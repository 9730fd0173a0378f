import { randomUUID } from 'node:crypto';
import { payoutActivities } from '../../../activities/money/payouts/payouts.ts';
import { beginPayout } from '../../../api/money/payouts/payout-changes.ts';
import { paise, rupees } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import type { TransferAnswer } from '../../../workflows/domain/money/payouts/payouts.ts';
import { dayMs, hourMs } from '../../../workflows/domain/time.ts';
import { incentiveCreated } from '../../../workflows/domain/money/journals/incentives.ts';
import { db, seals } from '../database.ts';
import { posted } from './books.ts';

/** A bank account that the driver has had for longer than it is watched; its name holds the first eight characters of their id. */
export const withBank = (driverId: string, more: { bankIfscCode?: string; bankChangedAt?: Date } = {}) =>
  db.driver.update({
    where: { id: driverId },
    data: {
      ...{
        sealedBankAccountNumber: seals.seal('bank-number', '50100123456789', driverId),
        bankNumberHash: seals.hash('bank-number', '50100123456789'),
        bankIfscCode: 'HDFC0001234',
      },
      ...{ bankAccountName: `Ravi ${driverId.slice(0, 8)}`, bankChangedAt: new Date(Date.now() - 2 * dayMs), ...more },
    },
  });

/** A refund of an order has no driver; these payouts have one. */
const withDriver = <T extends { driverId: string | null }>({ driverId }: { driverId: string }, row: T) => ({
  ...row,
  driverId,
});

const told = (amountPaise: number, word: string): TransferAnswer => ({
  ...{ kind: 'told', word, amountPaise, utr: 'UTR0000000001', gatewayTransferId: 'T1', feePaise: 0, taxPaise: 0 },
  ...{ isQueued: false, reason: '' },
});

/** An incentive that is owed to a driver; its id. */
export const anOwedIncentive = async (of: { driverId: string; fleetId: string }, amount = rupees(500)) => {
  const incentiveId = randomUUID();
  await posted(incentiveCreated({ ...of, incentiveId, amount, occurredAt: new Date().toISOString() }));
  await db.incentive.create({
    data: { id: incentiveId, ...of, amountPaise: amount, reason: 'Ten trips on a Sunday', createdBy: 'SYSTEM' },
  });
  return incentiveId;
};

/** Somebody who asks for a payout; above `approval` it is held. */
export const askingFor = (approval = rupees(1_000_000)) => ({
  by: { userId: randomUUID(), role: 'MANAGER' as const, driverId: null, requestId: 'test' },
  limits: { min: rupees(1), max: rupees(500_000), approval, ownIncentives: rupees(1_000) },
  sealer: seals,
});

/** A payout of an incentive that was begun and not sent; with `approval` 0 it is held. */
export const anUnsentPayout = async (
  of: { driverId: string; fleetId: string },
  approval?: Paise,
  amount = rupees(500),
) => {
  await withBank(of.driverId);
  const source = { kind: 'INCENTIVE' as const, sourceId: await anOwedIncentive(of, amount) };
  const payout = { id: randomUUID(), driverId: of.driverId, ...source };
  return withDriver(of, await db.$transaction((tx) => beginPayout(tx, payout, askingFor(approval))));
};

/** The same, settled, held for a second person, or failed. Its process has ended, or waits. */
export const aPayoutRow = async (
  of: { driverId: string; fleetId: string },
  status: 'SUCCESS' | 'HELD' | 'FAILED' = 'SUCCESS',
) => {
  const { id, amountPaise } = await anUnsentPayout(of, status === 'HELD' ? paise(0) : undefined);
  const { submit, answered } = payoutActivities({ db });
  if (status !== 'HELD') {
    await submit(id);
    const answer = told(Number(amountPaise), status === 'SUCCESS' ? 'success' : 'failure');
    await answered({ payoutId: id, attempt: 1, answer });
  }
  return withDriver(of, await db.payout.update({ where: { id }, data: { begunAt: new Date() } }));
};

/** One that was sent 73 hours ago, and of which the gateway never said what became of it. Its process waits. */
export const aLostPayoutRow = async (of: { driverId: string; fleetId: string }) => {
  const { id } = await anUnsentPayout(of);
  const { submit, answered } = payoutActivities({ db });
  await submit(id);
  await answered({ payoutId: id, attempt: 1, answer: { kind: 'unknown' } });
  const submittedAt = new Date(Date.now() - 73 * hourMs);
  return withDriver(of, await db.payout.update({ where: { id }, data: { submittedAt, begunAt: submittedAt } }));
};
