import { randomUUID } from 'node:crypto';
import { incentiveCreated } from '../../../workflows/domain/money/journals/incentives.ts';
import { driverChargeback } from '../../../workflows/domain/money/journals/refunds.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { amountMismatch } from '../../../workflows/domain/money/journals/receipts.ts';
import { paise } from '../../../workflows/domain/money.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';

interface Of {
  driverId: string;
  fleetId: string;
}

/** A deposit of 500.00 that was paid, unless told otherwise. */
export const aTransaction = (of: Of, more: Partial<Prisma.TransactionUncheckedCreateInput> = {}) => {
  const id = randomUUID();
  return db.transaction.create({
    data: {
      ...{ id, ...of, type: 'DEPOSIT', direction: 'CREDIT', amountPaise: 50_000n, status: 'SUCCESS' },
      ...{ easebuzzTxnId: `DEP${id.replaceAll('-', '')}`, description: 'Security deposit' },
      ...more,
    },
  });
};

/** A deposit of 500.00 that was paid, in the books and with the event that brought it. */
export const aBookedDeposit = async (of: Of) => {
  const row = await aTransaction(of);
  const txnid = row.easebuzzTxnId!;
  await posted(depositPaid({ ...of, occurredAt: new Date().toISOString(), txnid, amount: paise(50_000) }));
  const booked = { journalType: 'deposit_paid', journalKey: txnid, movesMoney: true, state: 'PROCESSED' as const };
  await anEvent(row.id, { ...booked, fields: { txnid, status: 'success', easepayid: 'E1' } });
  return row;
};

/** An event of this kind, about a transaction or about none that we know. */
export const anEvent = (subjectId: string | null, more: Partial<Prisma.GatewayEventUncheckedCreateInput> = {}) => {
  const id = randomUUID();
  const fields = { txnid: `DEP${id.slice(0, 8)}`, status: 'success', easepayid: `E${id.slice(0, 8)}` };
  return db.gatewayEvent.create({
    data: { id, source: 'PG', dedupeKey: id, fields, state: 'REVIEW', amountPaise: 45_000n, subjectId, ...more },
  });
};

/** 450.00 came in for a deposit of 500.00 and lie with the receipts that belong to nobody. */
export const aHeldEvent = async (of: Of | null, amountPaise = 45_000) => {
  const subject = of && (await aTransaction(of, { status: 'PENDING' }));
  const id = randomUUID();
  const booked = { journalType: 'amount_mismatch', journalKey: id, movesMoney: true };
  const happened = { occurredAt: new Date().toISOString(), gatewayEventId: id, clearing: 1020 as const };
  await posted(amountMismatch({ ...happened, amount: paise(amountPaise) }));
  return anEvent(subject?.id ?? null, { id, dedupeKey: id, amountPaise: BigInt(amountPaise), ...booked });
};

/** 500.00 that are owed to the driver. */
export const anIncentive = async (of: Of, amountPaise = 50_000) => {
  const [id, occurredAt] = [randomUUID(), new Date().toISOString()];
  await posted(incentiveCreated({ ...of, incentiveId: id, amount: paise(amountPaise), occurredAt }));
  return db.incentive.create({
    data: { id, ...of, amountPaise: BigInt(amountPaise), reason: 'Ten trips on a Sunday', createdBy: 'SYSTEM' },
  });
};

/** 300.00 that a driver owes since the bank took a payment of theirs back. */
export const aDue = async (of: Of, amountPaise = 30_000) => {
  const [caseId, occurredAt] = [randomUUID(), new Date().toISOString()];
  await posted(driverChargeback({ ...of, caseId, clearing: 1020, amount: paise(amountPaise), occurredAt }));
  return db.driverDue.findUniqueOrThrow({ where: { kind_source: { kind: 'CHARGEBACK', source: caseId } } });
};
