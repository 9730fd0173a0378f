import type { Tx } from '../../../prisma/client.ts';
import { storeCredit } from '../../../prisma/credits.ts';
import { creditEventKey, isBooked } from '../../../workflows/domain/money/collections/credits.ts';
import type { ToldCredit } from '../../../workflows/domain/money/collections/credits.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { istDay, ms } from '../../../workflows/domain/time.ts';
import type { GatewayCredit } from '../../partners/easebuzz/insta-collect-answers.ts';

/** A credit of the gateway's list in our words. */
export const toldOf = ({ amountPaise, feePaise, taxPaise, ...row }: GatewayCredit): ToldCredit => ({
  ...row,
  ...{ amount: amountPaise, fee: paise(feePaise), tax: paise(taxPaise) },
});

/**
 * Takes what the gateway's list says of a credit for true: as long as nothing is booked of it, its values are those of the list, and
 * the event that says so is to be heard, whatever was decided about it. Returns what became of it: DEVIATES is booked with other
 * values, which finance has to be told.
 */
export const acceptListed = async (tx: Tx, told: ToldCredit): Promise<'OPEN' | 'CONFIRMED' | 'DEVIATES'> => {
  const { creditId, utr, accountGatewayId, amount, fee, tax, mode, occurredAt } = told;
  await storeCredit(tx, told, { source: 'POLL' });
  await tx.$queryRaw`SELECT "id" FROM "virtual_credits" WHERE "creditId" = ${creditId} FOR UPDATE`;
  const credit = await tx.virtualCredit.findUniqueOrThrow({ where: { creditId } });
  const confirmedAt = credit.confirmedAt ?? new Date();
  if (isBooked(credit)) {
    const isSameDay = istDay(credit.occurredAt.getTime()) === istDay(ms(occurredAt));
    const isSame = credit.amountPaise === BigInt(amount) && credit.accountGatewayId === accountGatewayId && isSameDay;
    if (!isSame) return 'DEVIATES';
    await tx.virtualCredit.update({ where: { creditId }, data: { confirmedAt } });
    return 'CONFIRMED';
  }
  await tx.virtualCredit.update({
    where: { creditId },
    data: {
      ...{ utr, accountGatewayId, amountPaise: amount, feePaise: fee, taxPaise: tax, mode, occurredAt, confirmedAt },
      version: { increment: 1 },
    },
  });
  await tx.gatewayEvent.updateMany({
    where: { dedupeKey: creditEventKey(told), state: { in: ['REVIEW', 'IGNORED'] }, movesMoney: false },
    data: { state: 'RECEIVED', error: null },
  });
  return 'OPEN';
};
