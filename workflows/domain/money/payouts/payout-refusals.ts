import type { Refusal } from '../../refusal.ts';

/** How payouts say no. Source: payouts.md, Endpoints. */
export const payoutRefusals = {
  COLLECTION_ALREADY_PAID: {
    status: 409,
    says: () => 'The collection is paid already',
    remedy: 'Nothing has to be done.',
  },
  COLLECTION_NOT_RECONCILED: {
    status: 422,
    says: ({ status }: { status: string }) => `The collection is ${status}, and nobody knows yet what it is worth`,
    remedy: 'Reconcile it first: `POST /payments/admin/collection/:id/reconcile`.',
  },
  INCENTIVE_ALREADY_PAID: {
    status: 409,
    says: () => 'The incentive is paid already',
    remedy: 'Nothing has to be done.',
  },
  INCENTIVE_ATTACHED: {
    status: 409,
    says: (_: { collectionId: string | null }) => 'The incentive is a part of a reconciled collection',
    remedy: 'Pay the collection in `details.collectionId`.',
  },
  INCENTIVE_CANCELLED: {
    status: 409,
    says: () => 'The incentive was cancelled',
    remedy: 'Give a new one.',
  },
  PAYOUT_IN_PROGRESS: {
    status: 409,
    says: ({ status }: { payoutId: string | null; status: string }) => `A payout of it is under way: ${status}`,
    remedy: 'Wait for the payout in `details.payoutId`, or cancel it while it is held.',
  },
  NOTHING_TO_PAY: {
    status: 422,
    says: () => 'Nothing is owed for it any more',
    remedy: 'Nothing has to be done: what it was worth was paid, or covered an advance.',
  },
  BANK_DETAILS_MISSING: {
    status: 422,
    says: () => 'The driver has no complete bank account',
    remedy: 'Set account number, IFSC and account name of the driver.',
  },
  BANK_DETAILS_INVALID: {
    status: 422,
    says: ({ field }: { field: string }) => `${field} is none that a bank knows`,
    remedy: 'Correct the IFSC (like HDFC0001234) or the account number (6 to 18 letters and digits).',
  },
  PAYOUT_BELOW_MINIMUM: {
    status: 422,
    says: ({ amount, min }: { amount: string; min: string }) => `${amount} is below ${min}, the least that is paid out`,
    remedy: 'Pay it together with what comes next.',
  },
  PAYOUT_ABOVE_LIMIT: {
    status: 422,
    says: ({ amount, max }: { amount: string; max: string }) => `${amount} is above ${max}, the most that is paid out`,
    remedy: 'Ask whoever runs the system to raise the limit.',
  },
  DRIVER_PAYOUT_BLOCKED: {
    status: 422,
    says: ({ reason }: { reason: 'BLACKLISTED' | 'HOLD' }) =>
      reason === 'HOLD' ? 'Finance holds the payouts of this driver' : 'The driver is blacklisted',
    remedy: 'Lift the hold, or the blacklisting, first.',
  },
  BOOKS_NOT_IN_ORDER: {
    status: 409,
    says: () =>
      'The books are not in order, so no money leaves: a check has found something about what is paid, or about all books',
    remedy: 'Read `GET /payments/admin/ledger/checks`, correct what it names, and run the checks again.',
  },
  TRANSFER_REJECTED: {
    code: 'GATEWAY_REJECTED',
    status: 502,
    says: (_: { payoutId: string; reason: string | null }) =>
      'The payment gateway refused the transfer, and nothing was paid',
    remedy: 'Read `details.reason`, mend what it names, and retry the payout.',
  },
  PAYOUT_NOT_HELD: {
    status: 409,
    says: ({ status }: { status: string }) => `Only a payout that is held is released; this one is ${status}`,
    remedy: 'Read the payout again.',
  },
  APPROVER_IS_CREATOR: {
    status: 409,
    says: () => 'Whoever asked for it, or gave the incentive, does not approve it',
    remedy: 'Ask another person with this right.',
  },
  PAYOUT_NOT_RELEASABLE_YET: {
    status: 409,
    says: ({ releasableAt }: { releasableAt: string }) =>
      `The deposit of a driver who is blacklisted is released from ${releasableAt} on`,
    remedy: 'Wait until `details.releasableAt`, or cancel the payout.',
  },
  DEPOSIT_DUES_OUTSTANDING: {
    code: 'DUES_OUTSTANDING',
    status: 422,
    says: ({ dues }: { dues: string }) => `The driver owes ${dues}`,
    remedy: 'Send `settleDues: true`: dues are cleared from the deposit first, oldest first.',
  },
  DEPOSIT_EXCEEDED: {
    status: 422,
    says: ({ available }: { available: string }) => `The deposit holds ${available} that can be paid out`,
    remedy:
      'Ask for at most `details.available`; what is on its way already, and what pays dues, is not there any more.',
  },
  ORDER_STILL_OPEN: {
    status: 409,
    says: ({ status }: { status: string }) => `The order is ${status}: its customer may still pay the rest`,
    remedy: 'Wait until it is complete, or has expired.',
  },
  ORDER_REFUND_EXCEEDED: {
    status: 422,
    says: ({ left, most }: { left: string; most: string }) =>
      `${left} of what was paid are left, at most ${most} of one payment`,
    remedy: 'Refund at most `details.most` at once: a refund goes back to the payer of one payment.',
  },
  CUSTOMER_ACCOUNT_UNKNOWN: {
    status: 422,
    says: ({ missing }: { missing: 'EVENT' | 'ACCOUNT' }) =>
      missing === 'EVENT'
        ? 'What the gateway told of the payment is not kept any more, or was never told'
        : 'The gateway told neither bank account nor UPI handle of the payer',
    remedy: 'Ask the customer, and pay from the dashboard of the gateway.',
  },
  PAYOUT_NOT_CANCELLABLE: {
    status: 409,
    says: ({ status }: { status: string }) => `Only what was not sent can be cancelled; this payout is ${status}`,
    remedy: 'Wait for its end.',
  },
  PAYOUT_NOT_RETRYABLE: {
    status: 409,
    says: ({ status }: { status: string }) => `Only a payout that surely failed is sent again; this one is ${status}`,
    remedy: 'Wait for its end; while nobody knows it, the gateway is asked.',
  },
  USE_BATCH_RETRY: {
    status: 409,
    says: () => 'A row of a bulk file is repeated with its batch, which books its penalty and incentive anew',
    remedy: 'Use `POST /payments/admin/bulk-payout/:id/retry-failed`.',
  },
  FILE_IS_NOT_CSV: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    status: 415,
    says: ({ kind }: { kind: string }) => `This is ${kind}, not CSV`,
    remedy: 'Open it in a spreadsheet, save it as CSV (UTF-8), and send that.',
  },
  CSV_INVALID: {
    status: 400,
    says: ({ line, reason }: { line: number; reason: string }) => `Line ${line} cannot be read: ${reason}`,
    remedy: 'Correct the line `details.line`; from a spreadsheet save as CSV (UTF-8).',
  },
  CSV_HEADER_INVALID: {
    status: 400,
    says: ({ missing, duplicated }: { missing: string[]; duplicated: string[]; headers: string[] }) =>
      [
        ...missing.map((column) => `The header has no column ${column}`),
        ...duplicated.map((column) => `The header has the column ${column} twice`),
      ].join('; '),
    remedy:
      'Name the columns in the first line, with commas or semicolons between them; `details.headers` is what was read.',
  },
  EMPTY_FILE: {
    status: 422,
    says: () => 'There is no row to pay',
    remedy: 'Send at least one row below the header.',
  },
  TOO_MANY_ROWS: {
    status: 422,
    says: ({ max }: { rows: number; max: number }) => `There are more than ${max} rows`,
    remedy: 'Send several files of at most `details.max` rows.',
  },
  BULK_FILE_DUPLICATE: {
    status: 409,
    says: (_: { batchId: string }) => 'This file was taken before, and is not paid again',
    remedy:
      'Read the batch in `details.batchId`; correct the file if other rows are meant, or cancel the batch while it waits.',
  },
  BULK_IN_PROGRESS: {
    status: 409,
    says: () => 'Another file of the fleet is being sent',
    remedy: 'Wait until its rows are sent, or pause it.',
  },
  BATCH_ABOVE_LIMIT: {
    status: 422,
    says: ({ total, max }: { total: string; max: string }) => `The rows add up to ${total}, above ${max}`,
    remedy: 'Split the file, so that each part is below `details.max`.',
  },
  BATCH_STATE_INVALID: {
    status: 409,
    says: ({ status, needed }: { status: string; needed: string }) =>
      `The batch is ${status}, and would have to be ${needed}`,
    remedy: 'Read the batch again.',
  },
  NOTHING_TO_RETRY: {
    status: 422,
    says: () => 'No row of the batch failed in a way that a repetition may mend',
    remedy: 'Correct the rows that the report names, and upload them as a new file.',
  },
  BANK_REFERENCE_USED: {
    status: 409,
    says: () => 'Money with this reference is written down already',
    remedy: 'Take the reference from the statement of the bank; each transfer is written down once.',
  },
  PAYOUT_NOT_DECIDABLE: {
    status: 409,
    says: ({ status, from }: { status: string; from: string | null }) =>
      from === null
        ? `Nobody decides about a payout that is ${status}`
        : `The payout is ${status}, and the gateway is asked about it until ${from}`,
    remedy: 'Read the payout again; decide after `details.from`, if it is given.',
  },
  DECISION_NOT_WAITING: {
    status: 409,
    says: (_: { decisionId: string | null }) => 'This decision does not wait any more',
    remedy: 'Read the payout again; `details.decisionId` is the decision that counts now.',
  },
  DECISION_APPROVED: {
    status: 409,
    says: (_: { decisionId: string }) => 'What became of the payout is decided already',
    remedy: 'Nothing has to be done.',
  },
  UTR_USED: {
    status: 409,
    says: () => 'This UTR belongs to another payout',
    remedy: 'Take the UTR from the statement of the bank.',
  },
  APPROVAL_CODE_INVALID: {
    status: 400,
    says: ({ reason, triesLeft }: { reason: 'MISSING' | 'WRONG' | 'NOT_LIVE'; triesLeft: number }) => {
      if (reason === 'MISSING') return 'So much money is approved with a code, which is sent by SMS';
      return reason === 'WRONG' ? `The code is wrong; ${triesLeft} tries are left` : 'No code is valid any more';
    },
    remedy: 'Send `code`; with `triesLeft` 0 ask for another one at `approval-code` of the same record.',
  },
  APPROVAL_CODE_STALE: {
    status: 409,
    says: () => 'What is to be approved has changed since the code was sent',
    remedy: 'Read it again, and ask for another code.',
  },
} satisfies Record<string, Refusal>;
