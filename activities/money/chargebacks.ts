import type { Logger } from 'pino';
import { depositHeld, whatBecameOf, postedJournal } from '../../prisma/books.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { financeOf, putIntoInbox } from '../../prisma/notifications.ts';
import { post } from '../../prisma/post.ts';
import { paidNumber } from '../../prisma/refunds.ts';
import { judgeCase } from '../../workflows/domain/money/chargebacks.ts';
import type { CaseVerdict } from '../../workflows/domain/money/chargebacks.ts';
import { caseWords, payInOutcome } from '../../workflows/domain/money/gateway-words.ts';
import type { CaseWord } from '../../workflows/domain/money/gateway-words.ts';
import type { Journal } from '../../workflows/domain/money/journals/journal.ts';
import { chargebackWon, depositChargeback, driverChargeback } from '../../workflows/domain/money/journals/refunds.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';

type TransactionRow = Prisma.TransactionGetPayload<object>;
type EventRow = Prisma.GatewayEventGetPayload<object>;

/** A payment has a handful. */
const eventsMax = 100;

const said = ({ fields }: EventRow) => {
  const { txnid = '', status = '' } = fields as { txnid?: string; status?: string };
  return { txnid, word: payInOutcome(status).status as CaseWord };
};

/** The gateway sends no number of a case, so that of its payment names it: a payment has one case. */
const journalOf = async (tx: Tx, row: TransactionRow, event: EventRow): Promise<Journal> => {
  const { txnid: caseId, word } = said(event);
  const occurredAt = event.receivedAt.toISOString();
  if (word === 'CHARGEBACK_WON') {
    const lost = (await postedJournal(tx, 'chargeback', caseId))!;
    return chargebackWon(lost, { occurredAt }, await whatBecameOf(tx, lost.dues));
  }
  const [driverId, fleetId, amount] = [row.driverId!, row.fleetId!, paise(Number(row.amountPaise))];
  const of = { driverId, fleetId, occurredAt, caseId, clearing: 1020 as const, amount };
  return row.type === 'DEPOSIT'
    ? depositChargeback({ ...of, depositBalance: await depositHeld(tx, driverId) })
    : driverChargeback(of);
};

const titles: Record<CaseVerdict, (word: CaseWord) => string | null> = {
  BOOK: (word) => (word === 'CHARGEBACK' ? 'was charged back by the bank' : 'was charged back, and the case is won'),
  WAIT: (word) =>
    word === 'CHARGEBACK'
      ? 'was charged back, but with another amount or before it was paid; nothing is booked'
      : 'is said to be won back, but no such chargeback is booked',
  REPEATED: () => null,
};

const tellFinance = async (tx: Tx, row: TransactionRow, event: EventRow, verdict: CaseVerdict): Promise<void> => {
  const title = titles[verdict](said(event).word);
  if (!title) return;
  await putIntoInbox(tx, {
    to: await financeOf(tx, row.fleetId),
    event: 'payment:chargeback',
    title: `Payment ${row.shortId} ${title}`,
    payload: {
      ...{ transactionId: row.id, eventId: event.id },
      amount: event.amountPaise === null ? null : rupeeText(paise(Number(event.amountPaise))),
      expected: rupeeText(paise(Number(row.amountPaise))),
    },
    cause: `${event.id}:${verdict}`,
  });
};

const apply = async (tx: Tx, row: TransactionRow, event: EventRow, log: Logger): Promise<TransactionRow> => {
  const { txnid, word } = said(event);
  const isBooked = async (type: string) => (await postedJournal(tx, type, txnid)) !== null;
  const verdict = judgeCase(
    {
      amount: paise(Number(row.amountPaise)),
      isPaid: (await paidNumber(tx, row.id)) === txnid,
      isChargedBack: await isBooked('chargeback'),
      isWon: await isBooked('chargeback_won'),
    },
    word,
    event.amountPaise === null ? null : paise(Number(event.amountPaise)),
  );
  if (verdict === 'WAIT' && event.state === 'REVIEW') return row; // Finance was told when it came.
  log.warn({ transactionId: row.id, eventId: event.id, word, verdict }, 'chargeback');
  await tellFinance(tx, row, event, verdict);
  const state = ({ BOOK: 'PROCESSED', WAIT: 'REVIEW', REPEATED: 'IGNORED' } as const)[verdict];
  const journal = verdict === 'BOOK' ? await journalOf(tx, row, event) : null;
  if (journal) await post(tx, journal);
  const booked = journal && { movesMoney: true, journalType: journal.eventType, journalKey: journal.eventKey };
  await tx.gatewayEvent.update({ where: { id: event.id }, data: { state, processedAt: new Date(), ...booked } });
  if (!journal) return row;
  const isLost = word === 'CHARGEBACK' || row.refundedPaise === row.amountPaise;
  const data = { status: isLost ? 'REFUNDED' : 'SUCCESS', version: { increment: 1 } } as const;
  return tx.transaction.update({ where: { id: row.id }, data });
};

/**
 * Applies what is stored of chargebacks of a payment, also what waited for its success; a lost case before a won one, in whatever
 * order they came. In the transaction that holds the lock of the payment.
 */
export const hearCases = async (tx: Tx, payment: TransactionRow, log: Logger): Promise<TransactionRow> => {
  const events = await tx.gatewayEvent.findMany({
    where: {
      ...{ subjectId: payment.id, state: { in: ['RECEIVED', 'REVIEW'] }, resolution: { equals: Prisma.DbNull } },
      OR: caseWords.map((word) => ({ fields: { path: ['status'], equals: word } })),
    },
    orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
    take: eventsMax,
  });
  if (events.length > 0 && payment.driverId) await lockDrivers(tx, [payment.driverId]);
  const isWon = (event: EventRow) => said(event).word === 'CHARGEBACK_WON';
  let row = payment;
  for (const event of [...events.filter((event) => !isWon(event)), ...events.filter(isWon)])
    row = await apply(tx, row, event, log);
  return row;
};
