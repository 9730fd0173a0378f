import { randomBytes, randomUUID } from 'node:crypto';
import type { Journal } from '../workflows/domain/money/journals/journal.ts';
import { monetaryStatus } from '../workflows/domain/money/penalties.ts';
import { txnid } from '../workflows/domain/money/txnids.ts';
import { paise } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';
import type { Tx } from './client.ts';
import type { Penalty, Prisma, Transaction, TransactionReason } from './generated/client.ts';

/** A link of a penalty that can still be paid; there is one at most. */
export const liveLink = { type: 'PENALTY', status: 'PENDING' } satisfies Prisma.TransactionWhereInput;

/** A wish for a checkout page on which a driver pays what is open of a penalty. Its process is begun by the caller, or by the schedule. */
export const wantLink = (
  tx: Tx,
  { id: penaltyId, shortId, driverId, fleetId }: Pick<Penalty, 'id' | 'shortId' | 'driverId' | 'fleetId'>,
  amount: Paise,
  id: string = randomUUID(),
): Promise<Transaction> =>
  tx.transaction.create({
    data: {
      ...{ id, penaltyId, driverId, fleetId, type: 'PENALTY', direction: 'DEBIT', amountPaise: amount },
      description: `Penalty ${shortId}`,
      easebuzzTxnId: txnid('PENALTY', randomBytes(20)),
    },
  });

/** A link that should not be paid any more. The gateway cannot take it back: whoever pays it has the money put to their payable. */
export const voidLink = async (tx: Tx, penaltyId: string, statusReason: TransactionReason): Promise<number> => {
  const data = { status: 'FAILED' as const, statusReason, version: { increment: 1 } };
  return (await tx.transaction.updateMany({ where: { ...liveLink, penaltyId }, data })).count;
};

/** Where the money for a penalty came from. */
type Part = 'depositPaise' | 'nettedPaise' | 'linkPaidPaise';

/**
 * Writes down what a posted journal paid of penalties, or took back. A live link for another amount than is open now is replaced.
 * The driver must be locked (`lockDrivers`). Source: payments.md, Penalty.
 */
export const creditPenalties = async (
  tx: Tx,
  { dues }: Pick<Journal, 'dues'>,
  part: Part,
  transactionId: string | null = null,
): Promise<void> => {
  for (const { source: id, used: amount } of dues.filter(({ kind }) => kind === 'PENALTY')) {
    const row = await tx.penalty.findUniqueOrThrow({ where: { id } });
    const open = paise(Number(row.outstandingPaise) - amount);
    const isSettled = open === 0;
    const depositPaise = paise(Number(row.depositPaise) + (part === 'depositPaise' ? amount : 0));
    await tx.penalty.update({
      where: { id },
      data: {
        ...{ [part]: { increment: amount }, outstandingPaise: open, status: monetaryStatus(depositPaise, open) },
        ...(part === 'depositPaise' ? { depositDeductionAt: new Date() } : {}),
        ...{ paidAt: isSettled ? new Date() : null, transactionId: isSettled ? transactionId : null },
        version: { increment: 1 },
      },
    });
    if ((await voidLink(tx, id, 'SUPERSEDED')) > 0 && !isSettled) await wantLink(tx, row, open);
  }
};
