import type { Refusal } from '../refusal.ts';

/** What the account is for. */
type AccountOf = { virtualQrId: string } | { orderId: string };

const locks: Record<string, string> = {
  PAYOUT_PENDING: 'its payout has begun',
  PAID: 'it is settled',
};

/** How collections, their cash, QR codes and orders say no. */
export const collectionRefusals = {
  COLLECTION_LOCKED: {
    status: 409,
    says: ({ status, lockedBy }: { status: string; lockedBy?: string | null }) =>
      lockedBy === undefined
        ? `The collection cannot be changed any more: ${locks[status] ?? status}`
        : `The reconciliation cannot be taken back: ${lockedBy ? 'another collection took its shortage' : 'a part of it is settled otherwise'}`,
    remedy: 'Adjust the collection of the current day instead; with `lockedBy`, reopen that collection first.',
  },
  COLLECTION_DISPUTED: {
    status: 409,
    says: () => 'The collection is disputed',
    remedy: 'End the dispute first: `POST /payments/admin/collection/:id/reopen`.',
  },
  COLLECTION_RECONCILED: {
    status: 409,
    says: () => 'The collection is reconciled, and a count would change it',
    remedy: 'Ask finance to reopen it: `POST /payments/admin/collection/:id/reopen`.',
  },
  COLLECTION_NOT_CLOSED: {
    status: 409,
    says: ({ status }: { status: string }) => `The day of this collection is still ${status}`,
    remedy: 'Wait until its last shift is checked out, or until the day is over.',
  },
  SHIFT_STILL_OPEN: {
    status: 409,
    says: () => 'A shift of this day is still open',
    remedy: 'Check the driver out first, or send `force: true`.',
  },
  VERSION_CONFLICT: {
    status: 409,
    says: ({ version, seen }: { version: number; seen: number }) =>
      `The collection is at version ${version}, and you saw version ${seen}`,
    remedy: 'Read it again, and send the version that you see in If-Match.',
  },
  NOTES_REQUIRED: {
    status: 422,
    says: ({ because }: { variance: string | null; because: string }) => `Notes are required, because ${because}`,
    remedy: 'Send `reconciliationNotes`.',
  },
  ADJUSTMENT_EXCEEDS_TOTAL: {
    status: 422,
    says: ({ total }: { total: string }) => `The collection holds ${total}, and no more can be taken from it`,
    remedy: 'Adjust by a smaller amount.',
  },
  ATTENDANCE_OF_OTHER_DAY: {
    status: 422,
    says: () => 'This shift brought no cash into this collection',
    remedy: 'Send an `attendanceId` that `cash` of the collection shows.',
  },
  CASH_WITHOUT_SHIFT: {
    status: 422,
    says: () => 'No shift of this day has ended, so nobody can have brought cash',
    remedy: 'Leave `countedCash` out, or adjust the collection.',
  },
  COUNT_SETTLED: {
    status: 409,
    says: ({ counted }: { counted: string }) =>
      `The shortage of the count of ${counted} is settled in part or in whole, so that count stays`,
    remedy: 'Use `POST /payments/admin/collection/:id/adjust`.',
  },
  CASH_WITHOUT_HUB: {
    status: 422,
    says: () => 'Neither the shift nor its driver has a hub where cash can be counted',
    remedy: 'Give the driver a hub, then count again.',
  },
  HUB_CASH_SHORT: {
    status: 409,
    says: ({ onHand }: { onHand: string }) => `The hub holds ${onHand} in cash`,
    remedy: 'Check the amount, or count the cash that is missing first.',
  },
  SLIP_NUMBER_USED: {
    status: 409,
    says: () => 'Cash was banked under this slip number already',
    remedy: 'Check the slip; one slip is booked once per hub.',
  },
  RECEIPT_RESOLVED: {
    status: 409,
    says: ({ state }: { state: string }) => `Nothing is to be decided about this receipt any more; it is ${state}`,
    remedy: 'Read it: `resolvedBy` and `collectionId` say what became of it.',
  },
  CREDIT_NOT_REFUNDABLE: {
    status: 409,
    says: () => 'Money that came into a virtual account does not go back through the checkout',
    remedy: 'Attribute it, or send it back by a transfer from the bank and write a manual journal.',
  },
  ACCOUNT_REJECTED: {
    code: 'GATEWAY_REJECTED',
    status: 502,
    says: (_: AccountOf) => 'The payment gateway refused the account',
    remedy: 'Try again; if it is refused again, tell support the id in `details`.',
  },
  ACCOUNT_UNAVAILABLE: {
    code: 'GATEWAY_UNAVAILABLE',
    status: 503,
    says: (_: AccountOf) => 'The payment gateway cannot be reached; it is asked again until it answers',
    remedy: 'Read it again in a minute.',
  },
  ACCOUNT_TIMEOUT: {
    code: 'GATEWAY_TIMEOUT',
    status: 504,
    says: (_: AccountOf) => 'The payment gateway has not answered yet; it is asked again until it does',
    remedy: 'Read it by the id in `details`: account and QR appear when the gateway has answered.',
  },
  ORDER_HAS_PAYMENTS: {
    status: 409,
    says: ({ collected }: { collected: string }) => `${collected} was paid for this order`,
    remedy: 'Let it expire: what was paid is the customer’s again then.',
  },
  ORDER_OVER: {
    status: 409,
    says: ({ status, reason }: { status: string; reason: string | null }) =>
      `The order is ${status}${reason ? ` (${reason})` : ''}`,
    remedy: 'Make a new order.',
  },
} satisfies Record<string, Refusal>;
