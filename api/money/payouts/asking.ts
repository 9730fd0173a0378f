import type { Actor } from '../../../workflows/domain/commands.ts';
import type { RefusalKey } from '../../../workflows/domain/refusals.ts';
import type { Base } from '../../http/endpoint.ts';
import type { Asked } from './payout-changes.ts';

/** Who asks for a payout, and within which limits. */
export const asked = ({ actor, services: { env, sealer } }: Base & { actor: Actor }): Asked => ({
  by: actor,
  limits: {
    ...{ min: env.MIN_PAYOUT_AMOUNT, max: env.MAX_TRANSACTION_AMOUNT },
    ...{ approval: env.PAYOUT_APPROVAL_THRESHOLD, ownIncentives: env.SELF_PAY_MAX },
  },
  sealer,
});

/** How a payout says no before the gateway is asked, whatever it pays. */
export const bankRefusals: RefusalKey[] = [
  ...(['PAYOUT_IN_PROGRESS', 'NOTHING_TO_PAY', 'BANK_DETAILS_MISSING', 'BANK_DETAILS_INVALID'] as const),
  ...(['PAYOUT_BELOW_MINIMUM', 'PAYOUT_ABOVE_LIMIT', 'DRIVER_PAYOUT_BLOCKED', 'BOOKS_NOT_IN_ORDER'] as const),
];
