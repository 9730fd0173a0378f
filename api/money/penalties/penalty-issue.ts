import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../prisma/client.ts';
import { audit } from '../../../prisma/audit.ts';
import type { PaymentModel, Penalty } from '../../../prisma/generated/client.ts';
import { putIntoInbox } from '../../../prisma/notifications.ts';
import { wantLink } from '../../../prisma/penalties.ts';
import { depositHeld } from '../../../prisma/books.ts';
import { post } from '../../../prisma/post.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { penaltyFromDeposit, penaltyIssued } from '../../../workflows/domain/money/journals/penalties.ts';
import { deduction, isSanction, monetaryStatus } from '../../../workflows/domain/money/penalties.ts';
import type { PenaltyType } from '../../../workflows/domain/money/penalties.ts';
import { minus, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { instant, minuteMs } from '../../../workflows/domain/time.ts';
import type { Payer } from '../gateway/checkouts.ts';

export interface PenaltyWanted {
  id: string;
  /** Of the payment of what the deposit does not cover. */
  linkId: string;
  driverId: string;
  type: PenaltyType;
  /** Of a MONETARY one; of any other it is 0. */
  amount: Paise;
  reason: string;
  category: string | null;
  /** Of a SUSPENSION. */
  span: { startsAt: Date; endsAt: Date } | null;
  by: Actor;
  /** Without a key a second click looks like a second penalty. */
  isKeyed: boolean;
  /** Whether the gateway can be asked for a link. */
  canBePaid: (driver: Payer) => boolean;
}

/** The same, by the same person, within a minute: a second click. Source: payments.md, fault 21. */
const refuseTwin = async (tx: Tx, { driverId, type, amount, reason, by }: PenaltyWanted): Promise<void> => {
  const twin = await tx.penalty.findFirst({
    where: {
      ...{ driverId, type, amountPaise: amount, reason, createdBy: by.userId },
      createdAt: { gt: new Date(Date.now() - minuteMs) },
    },
    select: { id: true, shortId: true },
  });
  if (twin) throw refusal('DUPLICATE_PENALTY', { penaltyId: twin.id, shortId: twin.shortId });
};

interface DriverRow extends Payer {
  userId: string;
  fleetId: string;
  paymentModel: PaymentModel | null;
}

const lockedDriver = async (tx: Tx, id: string): Promise<DriverRow> => {
  const rows = await tx.$queryRaw<DriverRow[]>`
    SELECT d."userId", d."fleetId", d."paymentModel", d."email", jsonb_build_object('email', f."email") AS "fleet"
    FROM "drivers" d JOIN "fleets" f ON f."id" = d."fleetId" WHERE d."id" = ${id}::uuid FOR NO KEY UPDATE OF d`;
  return rows[0]!;
};

const statusOf = (type: PenaltyType, deducted: Paise, remaining: Paise) => {
  if (type === 'MONETARY') return monetaryStatus(deducted, remaining);
  return isSanction({ type }) ? 'SCHEDULED' : 'IN_FORCE';
};

/**
 * Writes a penalty down, with all that it costs the driver at once, under the lock of the driver. What the deposit of a driver who
 * rents does not cover gets a link. Throws DUPLICATE_PENALTY. Source: payments.md, rules 1 to 6.
 */
export const issuePenalty = async (tx: Tx, wanted: PenaltyWanted): Promise<void> => {
  const { id, driverId, type, amount, reason, category, span, by } = wanted;
  const driver = await lockedDriver(tx, driverId);
  if (!wanted.isKeyed) await refuseTwin(tx, wanted);
  const { paymentModel, fleetId } = driver;
  const deposit = await depositHeld(tx, driverId);
  const { deducted, remaining } = deduction(amount, deposit, paymentModel);
  const at = new Date();
  const isSettled = type === 'MONETARY' && remaining === 0;
  const deductionId = randomUUID();
  const penalty = await tx.penalty.create({
    data: {
      ...{ id, driverId, fleetId, type, reason, category, createdBy: by.userId, createdAt: at },
      ...{ amountPaise: amount, depositPaise: deducted, outstandingPaise: remaining },
      status: statusOf(type, deducted, remaining),
      begunAt: isSanction({ type }) ? null : at,
      ...(deducted > 0 ? { depositDeductionAt: at } : {}),
      ...(isSettled ? { paidAt: at, transactionId: deductionId } : {}),
      suspensionStartDate: span?.startsAt ?? null,
      suspensionEndDate: span?.endsAt ?? null,
    },
  });
  const happened = { driverId, fleetId, penaltyId: id, by: by.userId, occurredAt: instant(at.getTime()) };
  if (type === 'MONETARY') await post(tx, penaltyIssued({ ...happened, amount }));
  if (deducted > 0) await deduct(tx, penalty, deductionId, { ...happened, amount: deducted });
  if (paymentModel === 'RENTAL' && remaining > 0 && wanted.canBePaid(driver))
    await wantLink(tx, penalty, remaining, wanted.linkId);
  const after = { type, amount: rupeeText(amount), deducted: rupeeText(deducted) };
  await audit(tx, by, { action: 'penalty.created', subject: 'penalty', subjectId: id, after });
  await putIntoInbox(tx, {
    to: [driver.userId],
    event: 'penalty:created',
    title: type === 'MONETARY' ? `Penalty of ${rupeeText(amount)}` : `You have a ${type.toLowerCase()}`,
    payload: { penaltyId: id, type, amount: rupeeText(amount), until: span?.endsAt.toISOString() ?? null },
    cause: id,
  });
};

/** Takes a part from the deposit, and shows it to the driver as a payment of theirs; its sign is the one that clients know. */
const deduct = async (
  tx: Tx,
  { id, shortId, driverId, fleetId }: Penalty,
  transactionId: string,
  happened: Omit<Parameters<typeof penaltyFromDeposit>[0], 'seq'>,
): Promise<void> => {
  await post(tx, penaltyFromDeposit({ ...happened, seq: 1 }));
  await tx.transaction.create({
    data: {
      ...{ id: transactionId, penaltyId: id, driverId, fleetId, type: 'PENALTY', direction: 'DEBIT' },
      ...{ status: 'SUCCESS', amountPaise: minus(happened.amount), metadata: { source: 'DEPOSIT' } },
      description: `Penalty ${shortId}, from the deposit`,
    },
  });
};
