import { allocate, lockOwnerOf, restate, undoAllocations } from '../../../prisma/payouts/payouts.ts';
import { booksOf } from '../../../prisma/payouts/payout-books.ts';
import { followPayout } from '../../../prisma/payouts/bulk-payouts.ts';
import { postedJournal } from '../../../prisma/books.ts';
import type { Db, Tx } from '../../../prisma/client.ts';
import type { Payout, Prisma } from '../../../prisma/generated/client.ts';
import { post, postAll } from '../../../prisma/post.ts';
import { transferOutcome } from '../../../workflows/domain/money/gateway-words.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { payoutFee } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { attemptOf, isInFlight, payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutFacts, TransferAnswer } from '../../../workflows/domain/money/payouts/payouts.ts';
import { instant } from '../../../workflows/domain/time.ts';
import { isDecidedPaid, takeDecision } from './decisions.ts';
import { isBooked, isOnlyOne, lateJournal, paidBy } from './late-successes.ts';
import { change, show, tellFinance } from './payout-rows.ts';

type Told = Extract<TransferAnswer, { kind: 'told' }>;

/** What became of an answer: the row, and the journal that it brought, if any. */
interface Applied {
  row: Payout;
  journal?: Journal;
  /** Why a person has to look at what was said. */
  review?: string;
}

const settle = async (
  tx: Tx,
  row: Payout,
  { utr, word, gatewayTransferId, feePaise, taxPaise }: Told,
): Promise<Applied> => {
  const journal = await booksOf(row).settle(tx, row);
  await postAll(tx, [journal, ...feesOf(row, feePaise, taxPaise)]);
  await show(tx, row, { status: 'SUCCESS', easebuzzPaymentId: utr || null });
  const settled = await change(tx, row, {
    ...{ status: 'SUCCESS', utr: utr || row.utr, gatewayStatus: word, settledAt: new Date() },
    ...{ gatewayTransferId: gatewayTransferId || row.gatewayTransferId, queuedOnLowBalance: false },
    ...{ feePaise: BigInt(feePaise), taxPaise: BigInt(taxPaise) },
  });
  await restate(tx, [row]);
  return { row: settled, journal };
};

/** What the gateway took for an attempt. */
const feesOf = (
  { id: payoutId, attempt, driverId, fleetId }: Payout,
  feePaise: number,
  taxPaise: number,
): Journal[] => {
  const [fee, tax] = [paise(feePaise), paise(taxPaise)];
  const of = { payoutId, attempt, driverId, fleetId, occurredAt: instant(Date.now()) };
  return fee + tax > 0 ? [payoutFee({ ...of, fee, tax })] : [];
};

/** The money is owed again: what was to be paid, or was, is open. */
const oweAgain = async (tx: Tx, row: Payout, data: Prisma.PayoutUncheckedUpdateInput): Promise<Payout> => {
  await undoAllocations(tx, row);
  const changed = await change(tx, row, data);
  await restate(tx, [row]);
  return changed;
};

const fail = async (tx: Tx, row: Payout, reason: string, word: string | null): Promise<Applied> => {
  const journal = await booksOf(row).fail(tx, row);
  await post(tx, journal);
  await show(tx, row, { status: 'FAILED', statusReason: 'GATEWAY_FAILURE' });
  await tellFinance(tx, row, 'payout:failed', reason || 'the gateway refused it');
  const data = { status: 'FAILED', failureReason: reason, gatewayStatus: word, queuedOnLowBalance: false } as const;
  return { row: await oweAgain(tx, row, data), journal };
};

/** A settled transfer came back. Rule 7. */
const reverse = async (tx: Tx, row: Payout, { word, reason }: Told): Promise<Applied> => {
  const journal = await booksOf(row).reverse(tx, row);
  await post(tx, journal);
  await show(tx, row, { status: 'FAILED', statusReason: 'BOUNCED' });
  await tellFinance(tx, row, 'payout:reversed', reason || 'the bank sent the money back');
  const data = { status: 'REVERSED', failureReason: reason, gatewayStatus: word } as const;
  return { row: await oweAgain(tx, row, data), journal };
};

/** An attempt that was given up has paid after all. Where nothing else pays the same its payout is paid; else the driver was paid twice. */
const succeedLate = async (tx: Tx, row: Payout, attempt: number, told: Told): Promise<Applied> => {
  if (await isBooked(tx, row, attempt)) return { row };
  const isOnly = await isOnlyOne(tx, row, attempt);
  const journal = await lateJournal(tx, row, { attempt, amount: paise(told.amountPaise), isOnly });
  await postAll(tx, [journal, ...feesOf({ ...row, attempt }, told.feePaise, told.taxPaise)]);
  if (!isOnly) {
    await tellFinance(tx, row, 'payout:double_payment', `DOUBLE_PAYMENT: its attempt ${attempt} has paid as well`);
    return { row, journal, review: `DOUBLE_PAYMENT: attempt ${attempt} has paid as well` };
  }
  await allocate(tx, [{ row, allocations: paidBy(row, journal) }]);
  // An earlier attempt may have been of another amount.
  const amountPaise = BigInt(told.amountPaise);
  await show(tx, row, { status: 'SUCCESS', statusReason: null, easebuzzPaymentId: told.utr, amountPaise });
  await tellFinance(tx, row, 'payout:late_success', 'it was given up, and has arrived');
  const { utr, word } = told;
  const late = { status: 'SUCCESS', utr, gatewayStatus: word, failureReason: null, settledAt: new Date() } as const;
  const paid = await change(tx, row, { ...late, amountPaise });
  await restate(tx, [row]);
  return { row: paid, journal };
};

const accept = async (tx: Tx, row: Payout, { word, isQueued, gatewayTransferId }: Told): Promise<Applied> => {
  if (isQueued && !row.queuedOnLowBalance)
    await tellFinance(tx, row, 'payout:queued', 'the gateway waits for money in our wallet');
  const isSame = row.status === 'ACCEPTED' && row.gatewayStatus === word && row.queuedOnLowBalance === isQueued;
  if (isSame) return { row };
  const { isKnown } = transferOutcome(word);
  if (!isKnown) await tellFinance(tx, row, 'payout:unknown_word', `a word of the gateway that is not known: ${word}`);
  return {
    row: await change(tx, row, {
      ...{ status: 'ACCEPTED', gatewayStatus: word, queuedOnLowBalance: isQueued },
      gatewayTransferId: gatewayTransferId || row.gatewayTransferId,
    }),
  };
};

const doubt = async (tx: Tx, row: Payout): Promise<Applied> => ({
  row: row.status === 'SUBMITTING' ? await change(tx, row, { status: 'UNKNOWN' }) : row,
});

/** It was surely not sent, and will be. */
const unsent = async (tx: Tx, row: Payout): Promise<Applied> => ({
  row: isInFlight(row) ? await change(tx, row, { status: 'UNKNOWN', calledAt: null }) : row,
});

/** What the gateway says of the current attempt. Source: payouts.md, Lifecycle. */
const hearTold = async (tx: Tx, row: Payout, told: Told): Promise<Applied> => {
  const { status } = transferOutcome(told.word);
  if (isInFlight(row)) {
    if (status === 'SUCCESS' && told.utr) return settle(tx, row, told);
    if (status === 'FAILED') return fail(tx, row, told.reason, told.word);
    if (status !== 'REVERSED') return accept(tx, row, told);
    // It was paid before it came back: a success that is told later has no more effect.
    return reverse(tx, (await settle(tx, row, told)).row, told);
  }
  if (row.status === 'SUCCESS' && status === 'REVERSED') return reverse(tx, row, told);
  const isGivenUp = row.status === 'FAILED' || row.status === 'CANCELLED';
  if (isGivenUp && status === 'SUCCESS' && told.utr) return succeedLate(tx, row, row.attempt, told);
  if (row.status === 'SUCCESS' && status === 'SUCCESS' && told.utr && told.utr !== row.utr)
    return { row, review: `it was settled as ${row.utr}` };
  const isContradiction = row.status === 'SUCCESS' && status === 'FAILED';
  if (isContradiction && (await isDecidedPaid(tx, row))) return reverse(tx, row, told);
  if (isContradiction) return { row, review: 'it was settled, and is said to have failed' };
  return isGivenUp ? secondReturn(tx, row, row.attempt, told) : { row };
};

/** A second payment that came back is no second payment any more: a person books that. */
const secondReturn = async (tx: Tx, row: Payout, attempt: number, { word }: Told): Promise<Applied> => {
  const isBack = transferOutcome(word).status === 'REVERSED';
  if (!isBack || !(await postedJournal(tx, 'payout_late_success', `${row.id}:${attempt}`))) return { row };
  await tellFinance(tx, row, 'payout:second_reversed', `what its attempt ${attempt} has paid came back`);
  return { row, review: `what attempt ${attempt} has paid came back` };
};

const apply = async (tx: Tx, row: Payout, attempt: number, answer: TransferAnswer): Promise<Applied> => {
  if (attempt > row.attempt) return { row, review: 'an attempt that nobody made' };
  if (attempt !== row.attempt) {
    if (answer.kind !== 'told') return { row };
    const isPaid = transferOutcome(answer.word).status === 'SUCCESS' && answer.utr !== '';
    return isPaid ? succeedLate(tx, row, attempt, answer) : secondReturn(tx, row, attempt, answer);
  }
  if (answer.kind === 'told' && BigInt(answer.amountPaise) !== row.amountPaise) {
    const amount = rupeeText(paise(answer.amountPaise));
    await tellFinance(tx, row, 'payout:amount_mismatch', `the gateway speaks of ${amount}`);
    return { ...(await doubt(tx, row)), review: `another amount: ${amount}` };
  }
  switch (answer.kind) {
    case 'told':
      return hearTold(tx, row, answer);
    case 'refused':
      return isInFlight(row) ? fail(tx, row, answer.reason, null) : { row };
    case 'notAllowed':
      // What is wrong with our account fails no row of a file: its batch waits, and the row is sent again. Rule 13.
      if (row.kind === 'BULK_ROW') return unsent(tx, row);
      return isInFlight(row) ? fail(tx, row, answer.reason, null) : { row };
    case 'notSent':
      return unsent(tx, row);
    case 'notFound':
    case 'unknown':
      return doubt(tx, row);
  }
};

const locked = async (tx: Tx, id: string): Promise<Payout> => {
  await lockOwnerOf(tx, id);
  return tx.payout.findUniqueOrThrow({ where: { id } });
};

/** What a stored event says. */
const toldBy = (fields: Prisma.JsonValue, amountPaise: bigint | null): Told => {
  const {
    status = '',
    utr = '',
    id = '',
    reason = '',
    fee = 0,
    tax = 0,
  } = fields as Partial<Record<'status' | 'utr' | 'id' | 'reason', string> & Record<'fee' | 'tax', number>>;
  return {
    ...{ kind: 'told', word: status, utr, gatewayTransferId: id, reason, amountPaise: Number(amountPaise ?? 0n) },
    ...{ feePaise: fee, taxPaise: tax, isQueued: status === 'queued' },
  };
};

/** A payout that is about to be sent, unless it was cancelled meanwhile. */
export const submitted = async (db: Db, id: string): Promise<Payout> => {
  // One statement, so that a file is sent at the pace of the bank; whoever cancels has locked the row (`lockUnsent`).
  await db.$executeRaw`
    UPDATE "payouts" SET "status" = 'SUBMITTING', "submittedAt" = coalesce("submittedAt", now()), "calledAt" = now(),
      "version" = "version" + 1, "updatedAt" = now()
    WHERE "id" = ${id}::uuid AND "status" IN ('CREATED', 'SUBMITTING', 'UNKNOWN')`;
  return db.payout.findUniqueOrThrow({ where: { id } });
};

/** Everything that happens to a payout by itself, each in one transaction under the lock of its driver or order. */
export const payoutActivities = ({ db }: { db: Db }) => {
  const hear = (id: string): Promise<PayoutFacts> =>
    db.$transaction(async (tx) => {
      let row = await locked(tx, id);
      const events = await tx.gatewayEvent.findMany({
        where: { subjectId: id, state: 'RECEIVED' },
        orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
      });
      for (const { id: eventId, fields, amountPaise } of events) {
        const { attempt } = attemptOf((fields as { number: string }).number)!;
        const { row: changed, journal, review } = await apply(tx, row, attempt, toldBy(fields, amountPaise));
        row = changed;
        const booked = journal && { movesMoney: true, journalType: journal.eventType, journalKey: journal.eventKey };
        await tx.gatewayEvent.update({
          where: { id: eventId },
          data: { state: review ? 'REVIEW' : 'PROCESSED', error: review ?? null, ...booked, processedAt: new Date() },
        });
      }
      if (row.unheardSince) await tx.payout.update({ where: { id }, data: { unheardSince: null } });
      const decided = await takeDecision(tx, row);
      if (decided) ({ row } = await apply(tx, row, row.attempt, decided));
      await followPayout(tx, row);
      return payoutFacts(row);
    });

  return {
    /** Marks the payout as begun, and hears what is stored of it. Safe to retry: it keeps the first mark. */
    async begin(id: string): Promise<PayoutFacts> {
      await db.payout.updateMany({ where: { id, begunAt: null }, data: { begunAt: new Date() } });
      return hear(id);
    },

    /** Hears what is stored, once, and what people did with the row. Safe to retry: an event is heard once. */
    hear,

    /** Commits that the transfer is about to be sent: for the first time, or once more under its number. Safe to retry. */
    submit: async (id: string): Promise<PayoutFacts> => payoutFacts(await submitted(db, id)),

    /** Writes down what the gateway answered. Safe to retry: what is over has no second end. */
    answered: ({ payoutId, attempt, answer }: Answered): Promise<PayoutFacts> =>
      db.$transaction(async (tx) => {
        const { row } = await apply(tx, await locked(tx, payoutId), attempt, answer);
        await followPayout(tx, row);
        return payoutFacts(row);
      }),

    /** Nobody knows what became of it: finance is told, once. Rule 5. */
    alert: (id: string): Promise<null> =>
      db.$transaction(async (tx) => {
        await tellFinance(tx, await locked(tx, id), 'payout:unresolved', 'the gateway does not say what became of it');
        return null;
      }),
  };
};

interface Answered {
  payoutId: string;
  attempt: number;
  answer: TransferAnswer;
}

export type PayoutActivities = ReturnType<typeof payoutActivities>;
