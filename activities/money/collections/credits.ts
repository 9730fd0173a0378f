import { audit } from '../../../prisma/audit.ts';
import type { Author } from '../../../prisma/audit.ts';
import type { Db, Tx } from '../../../prisma/client.ts';
import { remarksOf } from '../../../prisma/command-texts.ts';
import type { GatewayEvent, Prisma, VirtualAccount, VirtualCredit } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { post } from '../../../prisma/post.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { businessDay } from '../../../workflows/domain/money/collections/business-day.ts';
import {
  attributed,
  creditFacts,
  isBooked,
  needsConfirmation,
} from '../../../workflows/domain/money/collections/credits.ts';
import type {
  CreditFacts,
  ToldCredit,
  UnattributedReason,
} from '../../../workflows/domain/money/collections/credits.ts';
import { qrCollected, qrFee } from '../../../workflows/domain/money/journals/collections.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import {
  amountMismatch,
  qrUnattributed,
  unattributedAssigned,
} from '../../../workflows/domain/money/journals/receipts.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { instant } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { effectless, stateAfter, valuesOf } from './credit-events.ts';
import { acceptListed } from './listed-credits.ts';
import { bookOrderCredit } from './order-credits.ts';
import { holdersOf, intoCollection } from './vehicle-credits.ts';

/** Of an event whose credit the gateway is asked for: nobody has to wake it. */
export const waitsForGateway = 'waits for the confirmation of the gateway';

export interface AssignCredit {
  id: string;
  driverId: string;
  date: IstDay;
  /** The text that holds the reason, if there is one. */
  textId: string | null;
  by: Actor;
}

const lockCredit = async (tx: Tx, id: string): Promise<VirtualCredit> => {
  await tx.$queryRaw`SELECT "id" FROM "virtual_credits" WHERE "id" = ${id}::uuid FOR UPDATE`;
  return tx.virtualCredit.findUniqueOrThrow({ where: { id } });
};

const save = (tx: Tx, { id }: VirtualCredit, data: Prisma.VirtualCreditUncheckedUpdateInput): Promise<VirtualCredit> =>
  tx.virtualCredit.update({ where: { id }, data: { ...data, version: { increment: 1 } } });

const endEvent = (tx: Tx, { id }: GatewayEvent, data: Prisma.GatewayEventUncheckedUpdateInput) =>
  tx.gatewayEvent.update({ where: { id }, data: { ...data, processedAt: new Date() } });

const amountOf = ({ amountPaise }: VirtualCredit): Paise => paise(Number(amountPaise));

const happenedOf = ({ occurredAt, creditId }: VirtualCredit) => ({ occurredAt: occurredAt.toISOString(), creditId });

const tellFinance = async (
  tx: Tx,
  { id, amountPaise, fleetId }: VirtualCredit,
  event: 'credit:unattributed' | 'payment:amount_mismatch',
  reason: string,
): Promise<void> => {
  const amount = rupeeText(paise(Number(amountPaise)));
  await putIntoInbox(tx, {
    to: await financeOf(tx, fleetId),
    event,
    title: `${amount} came in and wait for a decision: ${reason}`,
    payload: { id, amount, reason },
    cause: `${id}:${reason}`,
  });
};

/** Books a credit with the money that belongs to nobody. Source: ledger.md 8. */
const bookUnattributed = async (tx: Tx, credit: VirtualCredit, reason: UnattributedReason): Promise<Booked> => {
  const journal = qrUnattributed({ ...happenedOf(credit), fleetId: credit.fleetId, amount: amountOf(credit) });
  await post(tx, journal);
  await tellFinance(tx, credit, 'credit:unattributed', reason);
  return { journal, set: { state: 'UNATTRIBUTED', reason } };
};

interface Booked {
  journal: Journal;
  set: Prisma.VirtualCreditUncheckedUpdateInput;
  /** Finance has to look at its event. */
  review?: string;
}

const bookVehicleCredit = async (tx: Tx, credit: VirtualCredit, account: VirtualAccount): Promise<Booked> => {
  if (account.status !== 'ACTIVE' || !account.isWanted) return bookUnattributed(tx, credit, 'INACTIVE_QR');
  const holder = attributed(await holdersOf(tx, account.vehicleId!, credit.occurredAt));
  if ('reason' in holder) return bookUnattributed(tx, credit, holder.reason);
  const { driverId, attendanceId, checkInTime } = holder;
  const day = businessDay(credit.occurredAt.toISOString(), checkInTime);
  const into = await intoCollection(tx, credit, { driverId, attendanceId, day });
  const { collectionId, fleetId } = into;
  const journal = qrCollected({
    ...happenedOf(credit),
    businessDay: day,
    driverId,
    fleetId,
    collectionId,
    amount: amountOf(credit),
  });
  await post(tx, journal);
  return { journal, set: { state: 'COLLECTED', ...into } };
};

/** Leaves money with what belongs to nobody, and its event to finance. Source: ledger.md 45. */
const bookMismatch = async (tx: Tx, credit: VirtualCredit, gatewayEventId: string, remark: string): Promise<Booked> => {
  const { fleetId, occurredAt } = credit;
  const happened = { fleetId, occurredAt: occurredAt.toISOString(), clearing: 1030 as const };
  const journal = amountMismatch({ ...happened, gatewayEventId, amount: amountOf(credit) });
  await post(tx, journal);
  await tellFinance(tx, credit, 'payment:amount_mismatch', remark);
  return { journal, set: { state: 'REVIEW', reason: 'AMOUNT_MISMATCH', remark }, review: remark };
};

interface Of {
  account: VirtualAccount | null;
  /** Another credit has the same bank reference. This one is real, as the gateway has confirmed, and a person decides about it. */
  isTwin: boolean;
  gatewayEventId: string;
}

const book = async (tx: Tx, credit: VirtualCredit, { account, isTwin, gatewayEventId }: Of): Promise<Booked> => {
  if (isTwin) return bookMismatch(tx, credit, gatewayEventId, 'its UTR was seen with another credit');
  if (!account) return bookUnattributed(tx, credit, 'UNKNOWN_ACCOUNT');
  if (!account.orderId) return bookVehicleCredit(tx, credit, account);
  const ordered = await bookOrderCredit(tx, credit, account.orderId);
  return 'remark' in ordered ? bookMismatch(tx, credit, gatewayEventId, ordered.remark) : ordered;
};

export const creditActivities = ({ db, confirmAbovePaise }: { db: Db; confirmAbovePaise: Paise }) => {
  /** Books a credit once it is sure; an event of it then names the journal. */
  const bookIfSure = async (tx: Tx, credit: VirtualCredit, event: GatewayEvent): Promise<VirtualCredit> => {
    const { utr } = valuesOf(credit, event);
    const account = await tx.virtualAccount.findUnique({ where: { gatewayId: credit.accountGatewayId } });
    const of = {
      ...{ virtualAccountId: account?.id ?? null, vehicleId: account?.vehicleId ?? null },
      ...{ orderId: account?.orderId ?? null, fleetId: account?.fleetId ?? null },
    };
    const others =
      utr === '' ? [] : await tx.virtualCredit.findMany({ where: { utr, id: { not: credit.id } }, take: 100 });
    // What nobody has confirmed nor booked may be forged, and keeps no real one from its driver.
    const isTwin = others.some((other) => other.confirmedAt !== null || isBooked(other));
    const doubt = { amount: amountOf(credit), utr, isSeen: others.length > 0, ...happenedOf(credit) };
    if (!credit.confirmedAt && needsConfirmation(doubt, confirmAbovePaise, Date.now())) {
      await tx.gatewayEvent.update({ where: { id: event.id }, data: { error: waitsForGateway } });
      return save(tx, credit, { ...of, state: 'CONFIRMING' });
    }
    const told = { ...credit, ...of, ...valuesOf(credit, event) };
    const { journal, set, review } = await book(tx, told, { account, isTwin, gatewayEventId: event.id });
    const [fee, tax] = [paise(Number(told.feePaise)), paise(Number(told.taxPaise))];
    const { businessDay } = journal;
    const happened = { ...happenedOf(credit), ...(businessDay ? { businessDay } : {}), fleetId: of.fleetId };
    if (fee + tax > 0) await post(tx, qrFee({ ...happened, fee, tax }));
    await endEvent(tx, event, {
      ...{ state: review ? 'REVIEW' : 'PROCESSED', error: review ?? null, movesMoney: true },
      ...{ journalType: journal.eventType, journalKey: journal.eventKey },
    });
    const { feePaise, taxPaise } = told;
    return save(tx, credit, { ...of, ...set, utr, feePaise, taxPaise });
  };

  const hear = (id: string, listed: ToldCredit | null) =>
    db.$transaction(async (tx) => {
      if (listed) await acceptListed(tx, listed);
      let credit = await lockCredit(tx, id);
      const events = await tx.gatewayEvent.findMany({
        where: { subjectId: id, state: 'RECEIVED' },
        orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
      });
      for (const event of events) {
        const end = effectless(credit, event);
        if (!end) {
          credit = await bookIfSure(tx, credit, event);
          continue;
        }
        await endEvent(tx, event, end);
        if (end.state === 'REVIEW') await tellFinance(tx, credit, 'payment:amount_mismatch', end.error);
        const state = stateAfter(credit, event);
        if (state !== credit.state) credit = await save(tx, credit, { state });
      }
      return creditFacts(credit);
    });

  return {
    /** Marks the credit as begun, and hears what is stored of it. */
    async begin(id: string): Promise<CreditFacts> {
      await db.virtualCredit.updateMany({ where: { id, begunAt: null }, data: { begunAt: new Date() } });
      return hear(id, null);
    },

    /** Hears what is stored, once; and what the gateway's list says, if it was asked. Safe to retry: an event is heard once. */
    hear: ({ id, listed }: { id: string; listed: ToldCredit | null }): Promise<CreditFacts> => hear(id, listed),

    /** The gateway does not know the credit, however often it is asked: finance has to look at it. No money is booked. */
    giveUp: (id: string): Promise<CreditFacts> =>
      db.$transaction(async (tx) => {
        const credit = await lockCredit(tx, id);
        if (credit.state !== 'CONFIRMING') return creditFacts(credit);
        const remark = 'the gateway does not confirm it';
        await tx.gatewayEvent.updateMany({
          where: { subjectId: id, state: 'RECEIVED' },
          data: { state: 'REVIEW', error: remark, processedAt: new Date() },
        });
        await tellFinance(tx, credit, 'payment:amount_mismatch', remark);
        return creditFacts(await save(tx, credit, { state: 'REVIEW', remark }));
      }),

    /** Gives money that belongs to nobody to a driver's day. Safe to retry: given so before is given. Throws RECEIPT_RESOLVED. Source: ledger.md 9. */
    assign: ({ id, driverId, date, textId, by }: AssignCredit): Promise<CreditFacts> =>
      db.$transaction(async (tx) => {
        await lockDrivers(tx, [driverId]);
        const credit = await lockCredit(tx, id);
        const { state, reason, resolvedAt, resolvedBy } = credit;
        const resolution = `${driverId} ${date}`;
        if (resolvedBy === by.userId && credit.resolution === resolution) return creditFacts(credit);
        if (!reason || resolvedAt) throw refusal('RECEIPT_RESOLVED', { state });
        const into = await intoCollection(tx, credit, { driverId, day: date, attendanceId: null });
        const { fleetId, collectionId } = into;
        const amount = amountOf(credit);
        const occurredAt = instant(Date.now());
        await post(
          tx,
          unattributedAssigned({
            ...{ driverId, fleetId, receiptId: id, collectionId, amount },
            ...{ occurredAt, by: by.userId },
          }),
        );
        await tx.gatewayEvent.updateMany({
          where: { subjectId: id, state: 'REVIEW', movesMoney: true },
          data: { state: 'PROCESSED', processedAt: new Date() },
        });
        const why = await remarksOf(tx, textId);
        await audit(tx, by satisfies Author, {
          ...{ action: 'unattributed.assigned', subject: 'unattributedReceipt', subjectId: id },
          ...{ before: { reason }, after: { driverId, date, amount: rupeeText(amount), why } },
        });
        const data = {
          ...into,
          state: 'COLLECTED' as const,
          resolvedAt: new Date(),
          resolvedBy: by.userId,
          resolution,
        };
        return creditFacts(await save(tx, credit, data));
      }),
  };
};

export type CreditActivities = ReturnType<typeof creditActivities>;
