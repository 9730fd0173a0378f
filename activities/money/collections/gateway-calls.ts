import { toDataURL } from 'qrcode';
import type { Db } from '../../../prisma/client.ts';
import type { Prisma, VirtualAccount, VirtualCredit } from '../../../prisma/generated/client.ts';
import type { ToldCredit } from '../../../workflows/domain/money/collections/credits.ts';
import { creditOutcome } from '../../../workflows/domain/money/gateway-words.ts';
import type { AccountAnswer } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import { taskOf, upiLink } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import type { GatewaySettlement } from '../../partners/easebuzz/answers.ts';
import type { Easebuzz } from '../../partners/easebuzz/client.ts';
import type { GatewayCredit } from '../../partners/easebuzz/insta-collect-answers.ts';
import type { InstaCollect } from '../../partners/easebuzz/insta-collect.ts';
import { toldOf } from './listed-credits.ts';

const usualPayee = "Driver's Klub";

/** The picture of a QR that every banking app reads. Rendered here: no third party learns of the account. */
const qrOf = (upiId: string, amount: string | null): Promise<string> =>
  toDataURL(upiLink(upiId, usualPayee, amount), { errorCorrectionLevel: 'M', margin: 2, width: 512 });

/** What an order does not say of its payments. */
const valuesOf = ({ utr, mode, accountGatewayId, occurredAt, feePaise, taxPaise }: VirtualCredit) => ({
  ...{ utr, mode, accountGatewayId, occurredAt: occurredAt.toISOString() },
  ...{ feePaise: Number(feePaise), taxPaise: Number(taxPaise) },
});

interface GatewayDeps {
  db: Db;
  gateway: Easebuzz | null;
  instaCollect: InstaCollect | null;
}

/** The calls to the gateway about virtual accounts. */
export const accountCalls = ({ db, gateway, instaCollect }: GatewayDeps) => {
  const withOrder = { order: true } satisfies Prisma.VirtualAccountInclude;
  type Row = Prisma.VirtualAccountGetPayload<{ include: typeof withOrder }>;

  const save = ({ id, status }: VirtualAccount, data: Prisma.VirtualAccountUncheckedUpdateInput) =>
    db.virtualAccount.updateMany({ where: { id, status }, data: { ...data, version: { increment: 1 } } });

  const ask = async (wire: InstaCollect, { number, label, order }: Row) => {
    if (!order) return wire.createAccount({ number, label });
    const answer = await wire.createOrder({
      ...{ number, amountPaise: Number(order.totalPaise), allowPartial: order.allowPartial, udf1: order.id },
      ...{ customerName: order.customerName, customerPhone: order.customerPhone },
      customerEmail: order.customerEmail ?? '',
      expiresAt: order.expiresAt.toISOString(),
    });
    if (answer.kind !== 'created') return answer;
    return {
      kind: answer.kind,
      account: answer.order.account,
      paymentLink: answer.order.paymentLink,
      orderGatewayId: answer.order.gatewayId,
    };
  };

  /** Without an account an order can never be paid. */
  const refuse = (row: Row, failureReason: string) =>
    db.$transaction(async (tx) => {
      if (row.orderId)
        await tx.paymentOrder.updateMany({
          where: { id: row.orderId, status: 'PENDING' },
          data: {
            ...{ status: 'FAILED', statusReason: 'GATEWAY_FAILURE', unheardSince: new Date() },
            version: { increment: 1 },
          },
        });
      await tx.virtualAccount.updateMany({
        where: { id: row.id, status: 'CREATING' },
        data: { status: 'FAILED', failureReason, version: { increment: 1 } },
      });
    });

  const create = async (wire: InstaCollect, row: Row): Promise<AccountAnswer> => {
    const answer = await ask(wire, row);
    if (answer.kind === 'refused') {
      await refuse(row, answer.reason);
      return 'REFUSED';
    }
    // A duplicate without its account is an attempt whose answer was lost: the same number is asked for again.
    if (answer.kind !== 'created') return answer.kind === 'unavailable' ? 'UNAVAILABLE' : 'UNKNOWN';
    const { gatewayId, accountNumber, ifsc, upiId, qrImageUrl, isActive } = answer.account;
    // Without its id nothing that is paid into it could be told from what is paid elsewhere.
    if (gatewayId === '') return 'UNKNOWN';
    const amount = row.order ? rupeeText(paise(Number(row.order.totalPaise))) : null;
    await save(row, {
      ...{ status: isActive ? 'ACTIVE' : 'INACTIVE', gatewayId, accountNumber, ifscCode: ifsc, upiId },
      ...{ qrCodeUrl: qrImageUrl, qrCodeBase64: upiId ? await qrOf(upiId, amount) : null },
      ...('paymentLink' in answer ? { paymentLink: answer.paymentLink, orderGatewayId: answer.orderGatewayId } : {}),
    });
    return 'DONE';
  };

  const switchOver = async (wire: InstaCollect, row: Row): Promise<AccountAnswer> => {
    const answer = await wire.switchAccount(row.gatewayId!, row.isWanted);
    if (answer.kind === 'switched') {
      await save(row, { status: answer.isActive ? 'ACTIVE' : 'INACTIVE' });
      return answer.isActive === row.isWanted ? 'DONE' : 'UNKNOWN';
    }
    if (answer.kind === 'refused') {
      await save(row, { failureReason: answer.reason });
      return 'REFUSED';
    }
    return answer.kind === 'unavailable' ? 'UNAVAILABLE' : 'UNKNOWN';
  };

  return {
    /**
     * Makes the gateway agree with what is wanted of an account, and writes its answer down. Safe to repeat: an account is asked for
     * under its number, and switched to a state. Source: easebuzz.md 2.1, 2.2, 3.1.
     */
    async settleAccount(id: string): Promise<AccountAnswer> {
      const row = await db.virtualAccount.findUniqueOrThrow({ where: { id }, include: withOrder });
      const task = taskOf(row);
      if (!task) return 'DONE';
      if (!instaCollect) return 'UNAVAILABLE';
      return task === 'create' ? create(instaCollect, row) : switchOver(instaCollect, row);
    },

    /**
     * What the gateway says of a credit: its list of that day, and for a payment of an order the order; null when neither has it.
     * Source: easebuzz.md 2.2, 2.3, 3.2.
     */
    async listedCredit(id: string): Promise<{ isSilent: true } | { isSilent: false; told: ToldCredit | null }> {
      const credit = await db.virtualCredit.findUniqueOrThrow({ where: { id }, include: { account: true } });
      const listed = await instaCollect?.creditsOn(istDay(credit.occurredAt.getTime()));
      if (listed?.kind !== 'listed') return { isSilent: true };
      const isReal = (row: { creditId: string; word: string }) =>
        row.creditId === credit.creditId && creditOutcome(row.word).effect === 'CREDIT';
      const row = listed.rows.find(isReal);
      const { orderGatewayId } = credit.account ?? {};
      if (row || !orderGatewayId) return { isSilent: false, told: row ? toldOf(row) : null };
      const order = await instaCollect!.readOrder(orderGatewayId);
      if (order.kind !== 'found') return { isSilent: true };
      const payment = order.credits.find(isReal);
      return { isSilent: false, told: payment ? toldOf({ ...valuesOf(credit), ...payment }) : null };
    },

    /** The credits of a business day as the gateway lists them, one page; null while it does not answer. */
    async creditsPage({ day, page }: { day: IstDay; page: number }): Promise<ListedPage | null> {
      const listed = await instaCollect?.creditsPage(day, page);
      return listed?.kind === 'listed' ? { rows: listed.rows, isLast: listed.isLast } : null;
    },

    /** What was paid at the checkout on a business day, as the gateway lists it; null while it does not answer. */
    async paymentsOf(day: IstDay): Promise<ListedPayment[] | null> {
      const listed = await gateway?.statusByDate(day, day);
      return listed?.kind === 'listed' ? listed.rows.map(({ txnid, word }) => ({ txnid, word })) : null;
    },

    /** What reached our bank on a business day; null while the gateway does not answer. */
    async settlementsOf(day: IstDay): Promise<GatewaySettlement[] | null> {
      const listed = await gateway?.settlements(day, day);
      return listed?.kind === 'listed' ? listed.rows : null;
    },
  };
};

export interface ListedPage {
  rows: GatewayCredit[];
  isLast: boolean;
}

export interface ListedPayment {
  txnid: string;
  word: string;
}

export type AccountCalls = ReturnType<typeof accountCalls>;
