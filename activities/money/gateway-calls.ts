import { ApplicationFailure } from '@temporalio/common';
import type { Db } from '../../prisma/client.ts';
import type { Refund } from '../../prisma/generated/client.ts';
import type { PlanSnapshot } from '../../prisma/rentals.ts';
import { refundOutcome } from '../../workflows/domain/money/gateway-words.ts';
import type { PayInType } from '../../workflows/domain/money/pay-ins.ts';
import type { RefundState } from '../../workflows/domain/money/refunds.ts';
import type { Easebuzz, PaymentState, RefundState as RefundAnswer } from '../partners/easebuzz/client.ts';

/** What the gateway answered to the wish for a link, without the address, which the commit makes anew. */
export type Initiated =
  | { kind: 'live'; accessKey: string }
  /** The gateway took the number in an attempt whose answer was lost. */
  | { kind: 'duplicate' }
  | { kind: 'refused' | 'unknown' | 'unavailable' };

/** What the gateway answered to the question what became of a payment, one per number that it knows. */
export type Answer = Extract<PaymentState, { kind: 'found' }>;

const products = { DEPOSIT: 'Security Deposit', PENALTY: 'Penalty', RENTAL: 'Rent' };

/** What the payer reads on the checkout page. */
const productOf = (type: PayInType, plan: PlanSnapshot | null): string => plan?.planName ?? products[type];

/** What an answer says of a refund; null: the gateway does not know its number. Another amount is not this refund. */
const refundState = (answer: RefundAnswer, { amountPaise }: Refund): RefundState | null => {
  if (answer.kind === 'notFound') return null;
  if (answer.kind !== 'found' || BigInt(answer.amountPaise) !== amountPaise) return { status: 'UNKNOWN' };
  const { status } = refundOutcome(answer.word);
  return status === 'FAILED' ? { status, reason: `The gateway says ${answer.word}` } : { status };
};

/** The calls to the gateway, which write nothing. */
export const gatewayCalls = ({ db, gateway, fallbackEmail }: GatewayDeps) => {
  const rowOf = (id: string) =>
    db.transaction.findUniqueOrThrow({
      where: { id },
      include: { driver: { include: { fleet: { select: { email: true } } } } },
    });

  return {
    /** Asks for a checkout page. Safe to repeat: without the page no money can move. */
    async initiate(transactionId: string): Promise<Initiated> {
      const { driver, type, ...row } = await rowOf(transactionId);
      if (!gateway || !driver) return { kind: 'unavailable' };
      const answer = await gateway.initiate({
        txnid: row.easebuzzTxnId!,
        amountPaise: Number(row.amountPaise),
        productinfo: productOf(type as PayInType, row.rentalPlan as unknown as PlanSnapshot | null),
        firstname: driver.firstName,
        email: driver.email ?? driver.fleet.email ?? fallbackEmail ?? '',
        phone: driver.mobile,
        ...{
          udf1: driver.id,
          udf2: type,
          udf3: row.penaltyId ?? (row.rentalPlan as unknown as PlanSnapshot | null)?.rentalPlanId ?? '',
        },
      });
      if (answer.kind === 'live') return { kind: 'live', accessKey: answer.accessKey };
      return { kind: answer.kind };
    },

    /**
     * Asks what became of a payment under each of its numbers. Fails while that stays unknown of one and none was paid. Safe to
     * repeat: it only reads.
     */
    async enquire(transactionId: string): Promise<Answer[]> {
      const { easebuzzTxnId, earlierTxnIds } = await rowOf(transactionId);
      const numbers = gateway ? [...earlierTxnIds, easebuzzTxnId!] : [];
      const states = await Promise.all(numbers.map((txnid) => gateway!.status(txnid)));
      const answers = states.filter((state) => state.kind === 'found');
      const isKnown = states.every(({ kind }) => kind === 'found' || kind === 'notFound');
      if (isKnown || answers.some(({ word }) => word === 'success')) return answers;
      throw ApplicationFailure.nonRetryable('The gateway does not answer', 'GatewaySilent');
    },

    /**
     * Sends the money of a refund back unless the gateway knows its number, and says where it stands. Safe to repeat: the number is
     * asked for before it is sent, and once more after a refusal, which may be about money that an attempt with a lost answer took.
     * The gateway names the payment, because in an event its id is not signed. Source: easebuzz.md 1.4, Retryability.
     */
    async refund(refundId: string): Promise<RefundState> {
      const row = await db.refund.findUniqueOrThrow({ where: { id: refundId } });
      const payment = await gateway?.status(row.txnid);
      if (!gateway || payment?.kind !== 'found') return { status: 'UNKNOWN' };
      const { easepayid } = payment;
      const ask = async () => refundState(await gateway.refundStatus(row.number, easepayid), row);
      const known = await ask();
      if (known) return known;
      const sent = await gateway.refund(row.number, easepayid, Number(row.amountPaise));
      if (sent.kind === 'accepted') return { status: 'ACCEPTED' };
      if (sent.kind === 'refused') return (await ask()) ?? { status: 'FAILED', reason: sent.reason };
      return { status: 'UNKNOWN' };
    },
  };
};

interface GatewayDeps {
  db: Db;
  gateway: Easebuzz | null;
  /** For a payer without an e-mail of their own whose fleet has none either. */
  fallbackEmail: string | undefined;
}

export type GatewayCalls = ReturnType<typeof gatewayCalls>;
