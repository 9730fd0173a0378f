import { randomBytes, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Db, Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../prisma/notifications.ts';
import { post } from '../../prisma/post.ts';
import { caseWords, methodOf } from '../../workflows/domain/money/gateway-words.ts';
import { judgePayIn, linkEndsMs, payInEventKey, payInFacts } from '../../workflows/domain/money/pay-ins.ts';
import type { PayInAlert, PayInFacts, PayInType, PayInVerdict } from '../../workflows/domain/money/pay-ins.ts';
import { amountMismatch } from '../../workflows/domain/money/journals/receipts.ts';
import { txnid as newTxnid } from '../../workflows/domain/money/txnids.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';
import type { PayInLink } from '../../workflows/money/pay-ins.ts';
import { hearCases } from './chargebacks.ts';
import { bookPaid } from './pay-in-bookings.ts';
import type { Answer, Initiated } from './gateway-calls.ts';
import { isOurRefund } from './refunds.ts';

type TransactionRow = Prisma.TransactionGetPayload<object>;
type EventRow = Prisma.GatewayEventGetPayload<object>;

/** A payment has a handful; what is above, the schedule finds. */
const eventsMax = 100;

/** The payment, locked after its driver, as everybody does who also changes what it is for. */
const locked = async (tx: Tx, id: string): Promise<TransactionRow> => {
  // Asking for the driver's row in a condition has it locked first.
  await tx.$queryRaw`
    WITH driver AS (
      SELECT "id" FROM "drivers" WHERE "id" = (SELECT "driverId" FROM "transactions" WHERE "id" = ${id}::uuid) FOR NO KEY UPDATE
    )
    SELECT "id" FROM "transactions" WHERE "id" = ${id}::uuid AND (SELECT count(*) FROM driver) >= 0 FOR NO KEY UPDATE`;
  return tx.transaction.findUniqueOrThrow({ where: { id } });
};

const change = (tx: Tx, id: string, data: Prisma.TransactionUpdateInput): Promise<TransactionRow> =>
  tx.transaction.update({ where: { id }, data: { ...data, version: { increment: 1 } } });

interface PayInDeps {
  db: Db;
  log: Logger;
  /** The checkout page of an access key. */
  checkoutPage: (accessKey: string) => string;
}

/** Everything that happens to a payment, each in one transaction under the lock of its row. */
export const payInActivities = ({ db, log, checkoutPage }: PayInDeps) => {
  const hearStored = async (tx: Tx, payment: TransactionRow): Promise<PayInFacts> => {
    let row = payment;
    const events = await tx.gatewayEvent.findMany({
      where: { subjectId: row.id, state: 'RECEIVED', source: { in: ['PG', 'POLL'] } },
      orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
      take: eventsMax,
    });
    for (const event of events.filter((event) => !isCase(event))) row = await apply(tx, row, event, log);
    return payInFacts(await hearCases(tx, row, log));
  };

  return {
    /** Marks the row as begun, and hears what is stored of it. Safe to retry: it keeps the first mark. */
    begin: ({ transactionId }: PayInFacts): Promise<PayInFacts> =>
      db.$transaction(async (tx) => {
        const row = await locked(tx, transactionId);
        if (!row.begunAt) await tx.transaction.update({ where: { id: row.id }, data: { begunAt: new Date() } });
        return hearStored(tx, row);
      }),

    /** Writes down what came of the wish for a link. Safe to retry: a payment that has its link, or is over, is left as it is. */
    async recordLink({ transactionId, initiated }: RecordLink): Promise<{ facts: PayInFacts; link: PayInLink | null }> {
      return db.$transaction(async (tx) => {
        const row = await locked(tx, transactionId);
        if (row.status !== 'PENDING' || row.paymentUrl) return { facts: payInFacts(row), link: linkOf(row) };
        switch (initiated.kind) {
          case 'live': {
            const { accessKey } = initiated;
            const expiresAt = new Date(linkEndsMs(row.createdAt.toISOString()));
            const data = { accessKey, paymentUrl: checkoutPage(accessKey), expiresAt };
            return { facts: payInFacts(await change(tx, transactionId, data)), link: 'LIVE' as const };
          }
          case 'refused':
          case 'unavailable': {
            // Nothing was sent. Whoever tops up comes again by themself; the page of a penalty is asked for again.
            if (initiated.kind === 'unavailable' && row.type === 'PENALTY')
              return { facts: payInFacts(row), link: 'UNAVAILABLE' as const };
            const failed = await fail(tx, row, 'GATEWAY_FAILURE');
            return {
              facts: payInFacts(failed),
              link: initiated.kind === 'refused' ? ('REFUSED' as const) : ('UNAVAILABLE' as const),
            };
          }
          case 'duplicate': {
            const data = {
              easebuzzTxnId: newTxnid(row.type as PayInType, randomBytes(20)),
              earlierTxnIds: { push: row.easebuzzTxnId! },
            };
            return { facts: payInFacts(await change(tx, transactionId, data)), link: null };
          }
          case 'unknown':
            return { facts: payInFacts(row), link: 'UNKNOWN' as const };
        }
      });
    },

    /**
     * Applies what is stored of the gateway's words, oldest first; answers to an enquiry are stored first. Safe to retry: an event is
     * applied once, and the journal of a payment is there once.
     */
    hear: ({ transactionId, answers }: Hear): Promise<PayInFacts> =>
      db.$transaction(async (tx) => {
        const row = await locked(tx, transactionId);
        for (const answer of answers) await storeAnswer(tx, transactionId, answer);
        return hearStored(tx, row);
      }),

    /** Gives a payment up that nobody made in time. Safe to retry: one that is over is left as it is. */
    async expire(transactionId: string): Promise<PayInFacts> {
      return db.$transaction(async (tx) => {
        const row = await locked(tx, transactionId);
        return payInFacts(row.status === 'PENDING' ? await fail(tx, row, 'EXPIRED') : row);
      });
    },
  };
};

interface RecordLink {
  transactionId: string;
  initiated: Initiated;
}

interface Hear {
  transactionId: string;
  answers: Answer[];
}

export type PayInActivities = ReturnType<typeof payInActivities>;

const linkOf = ({ paymentUrl }: TransactionRow): PayInLink => (paymentUrl ? 'LIVE' : 'REFUSED');

const titles: Record<PayInType, string> = { DEPOSIT: 'Deposit', PENALTY: 'Payment', RENTAL: 'Rent' };

const tellDriver = async (
  tx: Tx,
  row: TransactionRow,
  event: 'payment:succeeded' | 'payment:failed',
): Promise<void> => {
  const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: row.driverId! }, select: { userId: true } });
  const amount = rupeeText(paise(Number(row.amountPaise)));
  await putIntoInbox(tx, {
    to: [userId],
    event,
    title: `${titles[row.type as PayInType]} of ${amount} ${event === 'payment:succeeded' ? 'received' : 'was not paid'}`,
    payload: { transactionId: row.id, type: row.type, amount, reason: row.statusReason },
    cause: `${row.id}:${row.version}`,
  });
};

const fail = async (
  tx: Tx,
  { id }: TransactionRow,
  statusReason: NonNullable<TransactionRow['statusReason']>,
  word?: string,
): Promise<TransactionRow> => {
  const said = word === undefined ? {} : { easebuzzStatus: word };
  const failed = await change(tx, id, { status: 'FAILED', statusReason, ...said });
  await tellDriver(tx, failed, 'payment:failed');
  return failed;
};

const storeAnswer = (tx: Tx, subjectId: string, answer: Answer) =>
  tx.gatewayEvent.createMany({
    data: {
      ...{ id: randomUUID(), source: 'POLL' as const, subjectId, amountPaise: answer.amountPaise },
      dedupeKey: payInEventKey(answer.txnid, answer.word, answer.easepayid, answer.amountPaise),
      fields: {
        ...{ txnid: answer.txnid, status: answer.word, easepayid: answer.easepayid },
        ...{ mode: answer.mode, bank_ref_num: answer.bankRef },
      },
    },
    skipDuplicates: true,
  });

const text = (event: EventRow, name: string): string => {
  const value = (event.fields as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
};

const isCase = (event: EventRow): boolean => caseWords.includes(text(event, 'status'));

const alertTitles: Record<PayInAlert, string> = {
  LATE_SUCCESS: 'was paid after it had been given up',
  AMOUNT_MISMATCH: 'was paid with another amount, or once more; the money waits for you',
  UNKNOWN_WORD: 'has a state at the gateway that nobody knows',
  RETURNED: 'was returned at the gateway',
};

const alertFinance = async (tx: Tx, row: TransactionRow, event: EventRow, alert: PayInAlert): Promise<void> => {
  await putIntoInbox(tx, {
    to: await financeOf(tx, row.fleetId),
    event: alert === 'LATE_SUCCESS' ? 'payment:late_success' : 'payment:amount_mismatch',
    title: `Payment ${row.shortId} ${alertTitles[alert]}`,
    payload: {
      ...{ transactionId: row.id, eventId: event.id, alert },
      amount: event.amountPaise === null ? null : rupeeText(paise(Number(event.amountPaise))),
      expected: rupeeText(paise(Number(row.amountPaise))),
    },
    cause: event.id,
  });
};

/** Only number, word and amount of an event are signed: the same three under another id of the gateway's are the same money. */
const isBooked = async (tx: Tx, event: EventRow): Promise<boolean> => {
  const { subjectId, amountPaise } = event;
  const fields = { path: ['txnid'], equals: text(event, 'txnid') };
  const booked = await tx.gatewayEvent.findFirst({ where: { subjectId, amountPaise, movesMoney: true, fields } });
  return booked !== null;
};

/** Applies one event; the row afterwards. */
const apply = async (tx: Tx, row: TransactionRow, event: EventRow, log: Logger): Promise<TransactionRow> => {
  const news = {
    ...{ txnid: text(event, 'txnid'), word: text(event, 'status') },
    amountPaise: event.amountPaise === null ? null : paise(Number(event.amountPaise)),
    isBooked: await isBooked(tx, event),
  };
  const judged = judgePayIn(payInFacts(row), news);
  const isOurs = judged.alert === 'RETURNED' && (await isOurRefund(tx, row.id, row.amountPaise, news.word));
  const verdict: PayInVerdict = isOurs ? { effect: 'none', alert: null } : judged;
  if (verdict.alert) {
    log.warn({ transactionId: row.id, eventId: event.id, alert: verdict.alert }, 'payment event needs finance');
    await alertFinance(tx, row, event, verdict.alert);
  }
  const { state, journal, changed } = await effectOf(tx, row, event, verdict);
  await tx.gatewayEvent.update({
    where: { id: event.id },
    data: {
      ...{ state, processedAt: new Date(), movesMoney: journal !== null },
      ...(journal ? { journalType: journal.type, journalKey: journal.key } : {}),
    },
  });
  return changed;
};

interface Effect {
  state: 'PROCESSED' | 'IGNORED' | 'REVIEW';
  journal: { type: string; key: string } | null;
  changed: TransactionRow;
}

const effectOf = async (tx: Tx, row: TransactionRow, event: EventRow, verdict: PayInVerdict): Promise<Effect> => {
  const word = text(event, 'status');
  const of = { driverId: row.driverId!, fleetId: row.fleetId!, occurredAt: event.receivedAt.toISOString() };
  switch (verdict.effect) {
    case 'credit': {
      const mode = text(event, 'mode');
      const changed = await change(tx, row.id, {
        ...{ status: 'SUCCESS', statusReason: null, paymentMethod: methodOf(mode), easebuzzStatus: word },
        easebuzzPaymentId: text(event, 'easepayid') || null,
        metadata: { paymentMode: mode, utr: text(event, 'bank_ref_num') },
      });
      const journal = await bookPaid(tx, row, { ...of, txnid: text(event, 'txnid'), amount: verdict.amount });
      await tellDriver(tx, changed, 'payment:succeeded');
      return { state: 'PROCESSED', journal: { type: journal.eventType, key: journal.eventKey }, changed };
    }
    case 'mismatch': {
      if (verdict.amount === null) return { state: 'REVIEW', journal: null, changed: row };
      const journal = amountMismatch({ ...of, gatewayEventId: event.id, clearing: 1020, amount: verdict.amount });
      await post(tx, journal);
      return { state: 'REVIEW', journal: { type: journal.eventType, key: journal.eventKey }, changed: row };
    }
    case 'fail':
      return { state: 'PROCESSED', journal: null, changed: await fail(tx, row, verdict.reason, word) };
    case 'none':
      return { state: verdict.alert === 'RETURNED' ? 'REVIEW' : 'IGNORED', journal: null, changed: row };
  }
};
