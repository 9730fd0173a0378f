import type { GatewayEvent, VirtualCredit } from '../../../prisma/generated/client.ts';
import { isBooked } from '../../../workflows/domain/money/collections/credits.ts';
import { creditOutcome } from '../../../workflows/domain/money/gateway-words.ts';

interface EventFields {
  status?: string;
  utr?: string;
  accountGatewayId?: string;
  fee?: number;
  tax?: number;
}

const fieldsOf = ({ fields }: GatewayEvent): EventFields => fields as EventFields;

/** Whether an event tells of another credit under the same number: one of the two is forged. */
const deviates = (credit: VirtualCredit, event: GatewayEvent): boolean => {
  const { utr = '', accountGatewayId } = fieldsOf(event);
  const isOtherReference = utr !== '' && credit.utr !== '' && utr !== credit.utr;
  return event.amountPaise !== credit.amountPaise || accountGatewayId !== credit.accountGatewayId || isOtherReference;
};

/** What became of an event whose credit has no more effect, or none yet; null: it asks for the credit to be booked. */
export const effectless = (credit: VirtualCredit, event: GatewayEvent) => {
  const { effect, isKnown } = creditOutcome(fieldsOf(event).status ?? '');
  if (deviates(credit, event)) return { state: 'REVIEW' as const, error: 'another amount, account or UTR than before' };
  if (effect === 'REFUND') return { state: 'REVIEW' as const, error: 'the gateway gave the money back to the payer' };
  if (!isKnown) return { state: 'REVIEW' as const, error: 'a word of the gateway that is not known' };
  return effect === 'CREDIT' && !isBooked(credit) ? null : { state: 'PROCESSED' as const };
};

/** The state of a credit after an event that did not book it. Where two say different things the gateway is asked. */
export const stateAfter = (credit: VirtualCredit, event: GatewayEvent): VirtualCredit['state'] => {
  if (isBooked(credit)) return credit.state;
  if (deviates(credit, event)) return 'CONFIRMING';
  const { effect, isKnown } = creditOutcome(fieldsOf(event).status ?? '');
  if (credit.state !== 'RECEIVED' && credit.state !== 'WAITING') return credit.state;
  return effect === 'NONE' && isKnown ? 'FAILED' : 'WAITING';
};

/** What a credit is by the event that brings its money: a word before may have known neither reference nor fee. */
export const valuesOf = (credit: VirtualCredit, event: GatewayEvent) => {
  const { utr = '', fee = 0, tax = 0 } = fieldsOf(event);
  return {
    utr: credit.utr || utr,
    ...{ feePaise: credit.feePaise || BigInt(fee), taxPaise: credit.taxPaise || BigInt(tax) },
  };
};
