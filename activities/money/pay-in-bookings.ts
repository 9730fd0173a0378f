import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../prisma/notifications.ts';
import { creditPenalties } from '../../prisma/penalties.ts';
import { depositHeld } from '../../prisma/books.ts';
import { post } from '../../prisma/post.ts';
import { startPeriod } from '../../prisma/rentals.ts';
import type { PlanSnapshot } from '../../prisma/rentals.ts';
import { depositPaid } from '../../workflows/domain/money/journals/deposits.ts';
import type { Journal } from '../../workflows/domain/money/journals/journal.ts';
import { lateLinkPayment, penaltyPaidByLink } from '../../workflows/domain/money/journals/penalties.ts';
import { rentalCharged } from '../../workflows/domain/money/journals/rentals.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';

type TransactionRow = Prisma.TransactionGetPayload<object>;
type Paid = Parameters<typeof depositPaid>[0];

/** Posts what was paid, by what it was for. A penalty that is settled or waived by now owes its driver the money. */
export const bookPaid = async (tx: Tx, row: TransactionRow, paid: Paid): Promise<Journal> => {
  if (row.type === 'PENALTY') return bookPenalty(tx, row, paid);
  return row.type === 'RENTAL' ? bookRent(tx, row, paid) : posted(tx, depositPaid(paid));
};

const tellFinance = async (tx: Tx, transactionId: string, { fleetId, amount }: Paid, title: string): Promise<void> =>
  putIntoInbox(tx, {
    to: await financeOf(tx, fleetId),
    event: 'payment:late_success',
    title,
    payload: { transactionId, amount: rupeeText(amount), expected: rupeeText(amount) },
    cause: `${transactionId}:${title}`,
  });

/** Starts the period that was paid for. Where it can start none the driver is owed the money, and finance is told. */
const bookRent = async (tx: Tx, { id, driverId, rentalPlan }: TransactionRow, paid: Paid): Promise<Journal> => {
  const driver = await tx.driver.findUniqueOrThrow({ where: { id: driverId! } });
  const plan = rentalPlan as unknown as PlanSnapshot;
  const period = await startPeriod(tx, { driver, transactionId: id, plan, nowMs: Date.now() });
  if (period) {
    if ((await depositHeld(tx, driver.id)) < plan.depositPaise)
      await tellFinance(tx, id, paid, `${plan.planName} began, and the deposit is below what it asks for`);
    return posted(tx, rentalCharged({ ...paid, rentalId: period.rentalId }));
  }
  await tellFinance(tx, id, paid, `${plan.planName} was paid and can start no period; the driver is owed it`);
  return posted(tx, lateLinkPayment({ ...paid, paid: paid.amount }));
};

const bookPenalty = async (tx: Tx, { id, penaltyId }: TransactionRow, paid: Paid): Promise<Journal> => {
  const penalty = await tx.penalty.findUniqueOrThrow({ where: { id: penaltyId! } });
  const openDue = paise(Number(penalty.outstandingPaise));
  if (openDue === 0) return posted(tx, lateLinkPayment({ ...paid, paid: paid.amount }));
  const journal = await posted(tx, penaltyPaidByLink({ ...paid, penaltyId: penalty.id, paid: paid.amount, openDue }));
  await creditPenalties(tx, journal, 'linkPaidPaise', id);
  return journal;
};

const posted = async (tx: Tx, journal: Journal): Promise<Journal> => {
  await post(tx, journal);
  return journal;
};
