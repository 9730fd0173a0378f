import type { Refusal } from '../refusal.ts';
import { collectionRefusals } from './collection-refusals.ts';
import { payoutRefusals } from './payouts/payout-refusals.ts';
import { rentalRefusals } from './rental-refusals.ts';

interface GuardedAccount {
  code: number;
  account: string;
  ownerType: string;
  ownerId: string;
  /** Rupees. */
  balance: string;
  change: string;
}

/** How the books say no. */
export const moneyRefusals = {
  ...collectionRefusals,
  ...payoutRefusals,
  ...rentalRefusals,
  AMOUNT_INVALID: {
    status: 400,
    says: () => 'The amount must be a number of rupees above zero with at most two decimals',
    remedy: 'Send `amount` like 1250.50: digits, and a point before the paise.',
  },
  AMOUNT_OUT_OF_RANGE: {
    status: 400,
    says: ({ min, max }: { min: string; max: string }) => `The amount must be between ${min} and ${max}`,
    remedy: 'Send an amount between `details.min` and `details.max`.',
  },
  PAYER_EMAIL_MISSING: {
    status: 422,
    says: () => 'Neither the driver nor the fleet has an e-mail address, which the gateway asks for',
    remedy: 'Add an e-mail address to the driver or to the fleet.',
  },
  GATEWAY_REJECTED: {
    status: 502,
    says: (_: { transactionId: string }) => 'The payment gateway refused the payment',
    remedy: 'Try again; if it is refused again, tell support the `details.transactionId`.',
  },
  GATEWAY_UNAVAILABLE: {
    status: 503,
    says: (_: { transactionId: string }) => 'The payment gateway cannot be reached',
    remedy: 'Try again in a minute.',
  },
  GATEWAY_TIMEOUT: {
    status: 504,
    says: (_: { transactionId: string }) => 'The payment gateway has not answered yet',
    remedy:
      'Read `GET /payments/transactions/:id` with `details.transactionId`: its `paymentUrl` appears when the gateway has answered.',
  },
  PAYMENT_NOT_REFUNDABLE: {
    status: 409,
    says: ({ type, status }: { type: string; status: string }) =>
      `A payment of the type ${type} that is ${status} cannot be refunded`,
    remedy: 'Refund a DEPOSIT, PENALTY or RENTAL that was paid at the gateway and is SUCCESS.',
  },
  REFUND_EXCEEDS_PAID: {
    status: 422,
    says: ({ paid, refunded, left }: { paid: string; refunded: string; left: string }) =>
      `${paid} were paid and ${refunded} are refunded or under way; ${left} are left`,
    remedy: 'Refund at most `details.left`.',
  },
  REFUND_NOT_COVERED: {
    status: 422,
    says: ({ available }: { available: string }) =>
      `Of this payment only ${available} are still there to be given back`,
    remedy: 'Refund at most `details.available`; the rest was used for dues or paid out.',
  },
  LEDGER_GUARD: {
    status: 409,
    says: ({ account, balance, change }: GuardedAccount) =>
      `${account} holds ${balance}; ${change} would take it below zero`,
    remedy: 'Read the account that `error.details` names, and move at most its balance.',
  },
  JOURNAL_UNBALANCED: {
    status: 422,
    says: ({ debit, credit }: { debit: string; credit: string }) =>
      `The debits are ${debit} and the credits ${credit}; they must be equal`,
    remedy: 'Correct the entries so that both sides have the same sum.',
  },
  ACCOUNT_NOT_MANUAL: {
    status: 422,
    says: ({ code }: { code: number }) => `Account ${code} moves only with dues or payable items, never by hand`,
    remedy: 'Use a penalty, an incentive, an adjustment or a payout instead.',
  },
  SECOND_PERSON_REQUIRED: {
    status: 409,
    says: () => 'Whoever asked for it may not approve it',
    remedy: 'Ask another person whose role is listed for this route.',
  },
  MONTH_NOT_OVER: {
    status: 409,
    says: ({ month, endsAt }: { month: string; endsAt: string }) => `The month ${month} ends at ${endsAt}`,
    remedy: 'Close the month after `details.endsAt`.',
  },
  MONTH_OUT_OF_ORDER: {
    status: 409,
    says: ({ next }: { next: string }) => `The next month to close is ${next}`,
    remedy: 'Close the month in `details.next` first.',
  },
  SUSPENSION_DATES_REQUIRED: {
    status: 400,
    says: () => 'A suspension needs a start and an end that is not before it and lies in the future',
    remedy: 'Send `suspensionStartDate` and `suspensionEndDate`.',
  },
  DRIVER_ALREADY_BLACKLISTED: {
    status: 409,
    says: () => 'The driver is blacklisted already',
    remedy: 'Read the penalties of the driver with `type=BLACKLIST`.',
  },
  DUPLICATE_PENALTY: {
    status: 409,
    says: ({ shortId }: { penaltyId: string; shortId: string }) => `You gave the same penalty a moment ago, ${shortId}`,
    remedy: 'If it is meant twice, wait a minute, or send each with an `Idempotency-Key` of its own.',
  },
  PENALTY_ALREADY_WAIVED: {
    status: 409,
    says: () => 'The penalty is waived already',
    remedy: 'Nothing remains to be done; a new penalty is another one.',
  },
  PENALTY_WAIVED: {
    status: 409,
    says: () => 'The penalty was waived; nothing is to be paid',
    remedy: 'Read the penalties again.',
  },
  PENALTY_SETTLED: {
    status: 409,
    says: () => 'Nothing of this penalty is outstanding',
    remedy: 'Read the penalties again.',
  },
  PENALTY_NOT_LIFTABLE: {
    status: 409,
    says: ({ type, status }: { type: string; status: string }) =>
      `Only a suspension that is not over can be lifted; this ${type} is ${status}`,
    remedy: 'Waive the penalty instead, if it should not have been given.',
  },
  INCENTIVE_LIMIT: {
    status: 422,
    says: ({ max }: { max: string }) => `You may give at most ${max} at once`,
    remedy: 'Give at most `details.max`, or ask a SUPER_ADMIN.',
  },
  DUPLICATE_INCENTIVE: {
    status: 409,
    says: (_: { incentiveId: string }) => 'You gave this driver the same incentive less than a minute ago',
    remedy: 'Read `details.incentiveId`. If a second one is meant, send it with an Idempotency-Key.',
  },
  INCENTIVE_NOT_CANCELLABLE: {
    status: 409,
    says: ({ status }: { status: string }) => `Only an unpaid incentive can be cancelled; this one is ${status}`,
    remedy: 'Read the incentive: its `status` says what became of it.',
  },
  DUES_OUTSTANDING: {
    status: 422,
    says: ({ dues, limit }: { dues: string; limit: string }) =>
      `The driver owes ${dues}; the fleet lets nobody check in who owes more than ${limit}`,
    remedy: 'Pay dues until at most `details.limit` is open, or ask the fleet.',
  },
  DUE_NOT_WRITABLE: {
    status: 409,
    says: ({ kind, instead }: { kind: string; instead: string }) =>
      `A due of the kind ${kind} is not written off. ${instead}`,
    remedy: 'Waive the penalty, or reconcile the collection anew: that closes the due.',
  },
  DUE_NOT_OPEN: {
    status: 409,
    says: ({ closedAs }: { closedAs: string }) => `Nothing of this due is open any more; it is ${closedAs}`,
    remedy: 'There is nothing to write off. If it opens again, ask for another write-off.',
  },
  WRITE_OFF_WAITING: {
    status: 409,
    says: (_: { writeOffId: string }) => 'A write-off of this due waits for its approval already',
    remedy: 'Ask another person to approve it: `POST /payments/admin/dues/:id/write-off/approve`.',
  },
  EVENT_NOT_OPEN: {
    status: 409,
    says: ({ state }: { state: string }) => `Nothing is to be decided about this event any more; it is ${state}`,
    remedy: 'Read the event: `resolution` says who decided what.',
  },
  EVENT_WITHOUT_MONEY: {
    status: 409,
    says: () => 'This event brought no money that waits for a decision, so it can be neither attributed nor refunded',
    remedy: 'Use IGNORE.',
  },
  AMOUNT_EXCEEDS_DUES: {
    status: 422,
    says: ({ amount, open }: { amount: string; open: string }) =>
      `The event brought ${amount} and the driver's open dues are ${open}`,
    remedy: 'Attribute it to DEPOSIT or PAYABLE.',
  },
} satisfies Record<string, Refusal>;
