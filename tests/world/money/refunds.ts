import { randomUUID } from 'node:crypto';
import type { RefundStatus } from '../../../prisma/generated/enums.ts';
import { post as postJournal } from '../../../prisma/post.ts';
import { createRefund } from '../../../prisma/refunds.ts';
import { pgRefundInitiated } from '../../../workflows/domain/money/journals/refunds.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { post } from '../api.ts';
import type { Sent } from '../api.ts';
import { db } from '../database.ts';
import { aDriver } from '../factories.ts';
import { until } from '../until.ts';
import { world } from '../world.ts';
import { gatewayAt } from './gateway.ts';
import { beginDeposit, untilStatus } from './pay-ins.ts';

export const gateway = gatewayAt(world.gateway);

/** A deposit of so many rupees that a driver of the fleet paid at the checkout. */
export const aPaidDeposit = async (fleet: { id: string; hubId: string }, rupees: number | string = 500) => {
  const driver = await aDriver(fleet, { vehicle: false });
  const { transactionId: id, txnId: txnid, paymentUrl } = await beginDeposit(driver, rupees);
  await gateway.click(paymentUrl, 'success');
  await untilStatus(id, 'SUCCESS');
  return { driver, id, txnid };
};

export const askRefund = (transactionId: string, amount: unknown, by: Sent) =>
  post(`/payments/admin/transactions/${transactionId}/refund`, { amount, reason: 'Paid twice' }, by);

/** A refund of 300.00 of a paid deposit of 500.00, as the API writes it down; its process is not begun. */
export const anUnbegunRefund = async (fleet: { id: string; hubId: string; manager: { id: string } }) => {
  const payment = await aPaidDeposit(fleet);
  const { driver, id: transactionId, txnid: paidUnder } = payment;
  const [refundId, amount] = [randomUUID(), rupees(300)];
  const of = { driverId: driver.id, fleetId: fleet.id };
  const row = await db.$transaction(async (tx) => {
    const happened = { ...of, occurredAt: new Date().toISOString() };
    await postJournal(tx, pgRefundInitiated({ ...happened, refundId, parts: [{ of: 'DEPOSIT', amount }] }));
    const wanted = { id: refundId, of: { transactionId }, paidUnder, amountPaise: amount, reason: 'Paid twice' };
    return createRefund(tx, { ...wanted, ...of, by: fleet.manager.id });
  });
  return { driver, transactionId, row };
};

export const refundOf = (id: string) => db.refund.findUniqueOrThrow({ where: { id } });

export const untilRefund = (id: string, ...statuses: RefundStatus[]) =>
  until(
    async () => {
      const row = await refundOf(id);
      return statuses.includes(row.status) && row;
    },
    `refund ${id} to be ${statuses.join(' or ')}`,
  );

/** The gateway has taken the refund, gives it this state, and hints at it. */
export const gatewaySays = async (refundId: string, word: string): Promise<void> => {
  const { number: merchantRefundId } = await untilRefund(refundId, 'ACCEPTED', 'UNKNOWN');
  await gateway.refund({ merchantRefundId, word });
};

/** How often the gateway was asked to pay the refund. */
export const timesSent = async (refundId: string): Promise<number> => {
  const { number } = await refundOf(refundId);
  return (await gateway.entries('asked', number)).filter(({ what }) => what === 'refund').length;
};

/** What of a refund lies in 2090: its amount while it is under way, nothing before and after. */
export const inClearing = async (refundId: string): Promise<number> => {
  const [row] = await db.$queryRaw<{ paise: number }[]>`
    SELECT coalesce(sum(CASE e.side WHEN 'C' THEN e.amount_paise ELSE -e.amount_paise END), 0)::float8 AS paise
    FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code = 2090 AND j.event_key = ${refundId}`;
  return row!.paise;
};
