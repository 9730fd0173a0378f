import type { Client } from '@temporalio/client';
import type { Db, Tx } from '../../../prisma/client.ts';
import { dateOf, dayOf, spanOf } from '../../../prisma/collections.ts';
import { storeCredit } from '../../../prisma/credits.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { postAll } from '../../../prisma/post.ts';
import { daysToCompare } from '../../../workflows/domain/money/collections/gateway-days.ts';
import type { ToldCredit } from '../../../workflows/domain/money/collections/credits.ts';
import { creditFacts } from '../../../workflows/domain/money/collections/credits.ts';
import { creditOutcome, payInOutcome } from '../../../workflows/domain/money/gateway-words.ts';
import { pgSettlement, vaSettlement } from '../../../workflows/domain/money/journals/settlements.ts';
import { payInFacts } from '../../../workflows/domain/money/pay-ins.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { instant, istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { creditProcess, payInProcess } from '../../../workflows/processes.ts';
import { failuresOf, wake } from '../../begin.ts';
import type { GatewaySettlement } from '../../partners/easebuzz/answers.ts';
import type { GatewayCredit } from '../../partners/easebuzz/insta-collect-answers.ts';
import type { ListedPayment } from './gateway-calls.ts';
import { acceptListed, toldOf } from './listed-credits.ts';

const name = 'gateway';
/** Of days that were left behind, per run. */
const daysMax = 31;

/** What a comparison found. Nothing is posted for a difference: it is taken in as an event, or told to finance. */
export interface ComparedDay {
  day: IstDay;
  /** Credits and payments that the gateway has and that were missing here. */
  missing: number;
  /** Credits that are booked here and that the gateway does not have. */
  unknown: number;
  settlements: number;
}

const tellUnknown = async (tx: Tx, day: IstDay, credits: { creditId: string }[]): Promise<void> => {
  if (credits.length === 0) return;
  await putIntoInbox(tx, {
    to: await financeOf(tx, null),
    event: 'credit:unknown',
    title: `${credits.length} credits of ${day} are not in the gateway's list`,
    payload: { day, creditIds: credits.slice(0, 20).map(({ creditId }) => creditId) },
    cause: `${name}:${day}`,
  });
};

const tellDeviating = async (tx: Tx, { creditId, amount, occurredAt }: ToldCredit): Promise<void> =>
  putIntoInbox(tx, {
    to: await financeOf(tx, null),
    event: 'credit:unknown',
    title: `Credit ${creditId} is booked with another amount, account or day than the gateway's list has`,
    payload: { creditId, amount: rupeeText(amount), occurredAt },
    cause: creditId,
  });

/** What reached the bank, less what it cost; a settlement is posted once, and one of nothing never. Source: ledger.md 39 and 40. */
const settlementJournals = ({ settlementId, product, netPaise, payments }: GatewaySettlement, at: string) =>
  product === 'INSTA_COLLECT'
    ? [netPaise].filter((net) => net > 0).map((net) => vaSettlement({ occurredAt: at, settlementId, net }))
    : payments.flatMap(({ grossPaise, feePaise: fee, taxPaise: tax }, line) => {
        const net = paise(grossPaise - fee - tax);
        return grossPaise > 0 ? [pgSettlement({ occurredAt: at, settlementId, line, net, fee, tax })] : [];
      });

export const gatewayDayActivities = ({ db, client }: { db: Db; client: Client }) => ({
  /** The business days before today that were not compared, since the first account was made. Safe to retry: it reads. */
  async daysDue(): Promise<IstDay[]> {
    const [first] = await db.$queryRaw<{ at: Date | null }[]>`
      SELECT least((SELECT min("createdAt") FROM "virtual_accounts"), (SELECT min("createdAt") FROM "transactions" WHERE "easebuzzTxnId" IS NOT NULL)) AS "at"`;
    if (!first?.at) return [];
    const done = await db.dayRun.findMany({
      where: { name, finishedAt: { not: null } },
      select: { businessDate: true },
    });
    const finished = new Set(done.map(({ businessDate }) => dayOf(businessDate)));
    return daysToCompare(istDay(first.at.getTime()), istDay(Date.now()), finished, daysMax);
  },

  /**
   * Takes in what is missing of a page of the gateway's credits, confirms the others, and tells what is booked otherwise. Returns how
   * many were missing. Safe to retry: a word is stored once.
   */
  async compareCredits(rows: GatewayCredit[]): Promise<number> {
    const ids = rows.map(({ creditId }) => creditId);
    const known = await db.virtualCredit.findMany({ where: { creditId: { in: ids } }, select: { creditId: true } });
    const isKnown = new Set(known.map(({ creditId }) => creditId));
    const listed = rows.filter(({ word }) => creditOutcome(word).effect === 'CREDIT');
    const open: string[] = [];
    for (const row of rows) {
      const told = toldOf(row);
      if (!listed.includes(row)) {
        if (await storeCredit(db, told, { source: 'POLL' })) open.push(row.creditId);
        continue;
      }
      const became = await db.$transaction((tx) => acceptListed(tx, told));
      if (became === 'OPEN') open.push(row.creditId);
      if (became === 'DEVIATES') await db.$transaction((tx) => tellDeviating(tx, told));
    }
    const waiting = await db.virtualCredit.findMany({ where: { creditId: { in: open } } });
    await failuresOf(waiting, (row) => wake(client, creditProcess(creditFacts(row)), 'news'));
    return listed.filter(({ creditId }) => !isKnown.has(creditId)).length;
  },

  /** Makes payments ask again of which the gateway says that they were paid. Returns how many these are. Safe to retry: asking changes nothing. */
  async comparePayments(payments: ListedPayment[]): Promise<number> {
    const paid = payments.filter(({ word }) => payInOutcome(word).status === 'SUCCESS').map(({ txnid }) => txnid);
    const rows = await db.transaction.findMany({
      where: {
        OR: [{ easebuzzTxnId: { in: paid } }, { earlierTxnIds: { hasSome: paid } }],
        status: { in: ['PENDING', 'FAILED'] },
      },
    });
    await failuresOf(rows, (row) => wake(client, payInProcess(payInFacts(row)), 'enquire'));
    return rows.length;
  },

  /** Tells what the gateway does not know, posts its settlements, and ends the day. Safe to retry: each is there once. */
  finishDay: ({
    day,
    missing,
    settlements,
  }: {
    day: IstDay;
    missing: number;
    settlements: GatewaySettlement[];
  }): Promise<ComparedDay> =>
    db.$transaction(async (tx) => {
      const unknown = await tx.virtualCredit.findMany({
        where: { occurredAt: spanOf(day), confirmedAt: null, state: { in: ['COLLECTED', 'ORDERED', 'UNATTRIBUTED'] } },
        select: { creditId: true },
      });
      await tellUnknown(tx, day, unknown);
      const at = instant(spanOf(day).gte.getTime());
      await postAll(
        tx,
        settlements.flatMap((settlement) => settlementJournals(settlement, at)),
      );
      const found = { day, missing, unknown: unknown.length, settlements: settlements.length };
      const key = { name, businessDate: dateOf(day) };
      const ended = { found: found satisfies Prisma.InputJsonObject, finishedAt: new Date() };
      await tx.dayRun.upsert({ where: { name_businessDate: key }, create: { ...key, ...ended }, update: ended });
      return found;
    }),
});

export type GatewayDayActivities = ReturnType<typeof gatewayDayActivities>;
