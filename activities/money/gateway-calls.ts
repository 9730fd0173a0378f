import { ApplicationFailure } from '@temporalio/common';
import type { Db } from '../../prisma/client.ts';
import type { PlanSnapshot } from '../../prisma/rentals.ts';
import type { PayInType } from '../../workflows/domain/money/pay-ins.ts';
import type { Easebuzz, PaymentState } from '../partners/easebuzz/client.ts';

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

/** The calls to the gateway: each one call and nothing else. */
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
  };
};

interface GatewayDeps {
  db: Db;
  gateway: Easebuzz | null;
  /** For a payer without an e-mail of their own whose fleet has none either. */
  fallbackEmail: string | undefined;
}

export type GatewayCalls = ReturnType<typeof gatewayCalls>;
