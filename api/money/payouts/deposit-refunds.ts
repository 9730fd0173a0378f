import { z } from 'zod';
import type { Tx } from '../../../prisma/client.ts';
import { clearDues } from '../../../prisma/dues.ts';
import type { Payout } from '../../../prisma/generated/client.ts';
import { beginDepositRefund } from '../../../prisma/payouts/deposit-refunds.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import { dayMs, instant } from '../../../workflows/domain/time.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import { post } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { AmountGiven, idOf, Text } from '../../http/shapes.ts';
import { givenAmount } from '../amounts.ts';
import { asked, bankRefusals } from './asking.ts';
import { lockedFor } from './payout-changes.ts';
import type { Asked } from './payout-changes.ts';
import { PayoutMade, payoutMade } from './payout-views.ts';

interface Wanted {
  id: string;
  driverId: string;
  amount: Paise | null;
  reason: string;
  settlesDues: boolean;
  coolingDays: number;
}

/** From when on the deposit of a driver may be released: of one who is blacklisted not at once. Source: payments.md rule 9. */
const releasableAt = async (tx: Tx, { driverId, coolingDays }: Wanted): Promise<Date | null> => {
  const { status, penalties } = await tx.driver.findUniqueOrThrow({
    where: { id: driverId },
    select: {
      status: true,
      penalties: { where: { type: 'BLACKLIST', status: 'IN_FORCE' }, select: { createdAt: true } },
    },
  });
  if (status !== 'BLACKLISTED') return null;
  const since = penalties[0]?.createdAt.getTime() ?? Date.now();
  return new Date(since + coolingDays * dayMs);
};

/** Begins a refund of the deposit, after its dues are cleared from it where that is wished. Safe to repeat with the same id. */
const refundDeposit = async (tx: Tx, wanted: Wanted, asking: Asked): Promise<Payout> => {
  const known = await lockedFor(tx, { ...wanted, orderId: null }, asking);
  if (known) return known;
  const { id, driverId, amount, reason, settlesDues } = wanted;
  if (settlesDues) {
    const { fleetId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { fleetId: true } });
    const happened = { occurredAt: instant(Date.now()), by: asking.by.userId };
    await clearDues(tx, { driverId, fleetId, settlementId: id, ...happened });
  }
  const of = { id, driverId, sourceId: null, amount, reason };
  return beginDepositRefund(tx, { ...of, releasableAt: await releasableAt(tx, wanted) }, asking);
};

/** Deposits go back to their drivers. Source: payments.md, POST deposits/:driverId/refund. */
export const depositRefunds = [
  post('/payments/admin/deposits/:driverId/refund', {
    allow: 'payouts:manage',
    summary: 'Pay the deposit of a driver out, or a part of it; a second person releases it',
    says: 'Refund begun; it waits for a second person',
    params: z.object({ driverId: idOf('driver') }),
    body: z.object({ amount: AmountGiven, reason: Text(500), settleDues: z.boolean().default(false) }),
    returns: PayoutMade,
    refuses: ['AMOUNT_INVALID', 'DEPOSIT_DUES_OUTSTANDING', 'DEPOSIT_EXCEEDED', ...bankRefusals],
    async handle(context) {
      const { driver, body, db, newId, begin, services } = context;
      const amount = body.amount === undefined ? null : givenAmount(body.amount);
      const wanted = { id: newId(), driverId: driver.id, amount, reason: body.reason, settlesDues: body.settleDues };
      const coolingDays = services.env.DEPOSIT_COOLING_DAYS;
      await createOnce(() => db.$transaction((tx) => refundDeposit(tx, { ...wanted, coolingDays }, asked(context))));
      const row = await db.payout.findUniqueOrThrow({ where: { id: wanted.id } });
      begin(payoutProcess(payoutFacts(row)));
      return payoutMade(row);
    },
  }),
];
