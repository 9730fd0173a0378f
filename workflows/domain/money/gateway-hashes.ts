const udfs = (count: number) => Array.from({ length: count }, (_, index) => `udf${index + 1}`);

/** What every call and event of the gateway signs: names of fields, in this order, joined by pipes. Source: easebuzz.md, by section. */
const sequences = {
  // 1: payments. The salt comes first in what the gateway sends.
  initiate: ['key', 'txnid', 'amount', 'productinfo', 'firstname', 'email', ...udfs(10), 'salt'],
  payment: [
    ...['salt', 'status', ...udfs(10).reverse()],
    ...['email', 'firstname', 'productinfo', 'amount', 'txnid', 'key'],
  ],
  retrieve: ['key', 'txnid', 'salt'],
  retrieveByDate: ['key', 'merchant_email', 'start_date', 'end_date', 'salt'],
  refund: ['key', 'merchant_refund_id', 'easebuzz_id', 'refund_amount', 'salt'],
  retrieveRefund: ['key', 'easebuzz_id', 'salt'],
  retrieveSettlements: ['merchant_key', 'start_date', 'end_date', 'salt'],
  // 2, 3: calls of virtual accounts and orders.
  createAccount: ['key', 'label', 'salt'],
  account: ['key', 'virtual_account_id', 'salt'],
  credits: ['key', 'salt'],
  createOrder: ['key', 'unique_request_number', 'amount', 'per_transaction_amount', ...udfs(5), 'salt'],
  order: ['key', 'order_id', 'salt'],
  // 4: calls of transfers.
  createTransfer: ['key', 'account_number', 'ifsc', 'upi_handle', 'unique_request_number', 'amount', 'salt'],
  retrieveTransfer: ['key', 'unique_request_number', 'salt'],
  // 2, 4: what arrives for virtual accounts and transfers.
  credit: ['key', 'unique_transaction_reference', 'amount', 'status', 'salt'],
  transfer: [
    ...['key', 'beneficiary_account_number', 'beneficiary_account_ifsc', 'beneficiary_upi_handle'],
    ...['unique_request_number', 'amount', 'unique_transaction_reference', 'status', 'salt'],
  ],
  // 6: the older dialect.
  flatCredit: ['merchant_key', 'virtual_account_id', 'txn_id', 'amount', 'salt'],
} as const;

export type Signed = keyof typeof sequences;

/**
 * The text that is hashed: literals exactly as they are sent, and an empty place for what is not sent. Contains the salt, so it
 * is only ever hashed. Source: easebuzz.md, Signing.
 */
export const signedText = (what: Signed, fields: Readonly<Record<string, string | undefined>>): string =>
  sequences[what].map((name) => fields[name] ?? '').join('|');

/** Whether the text can be read in one way only: a pipe inside a value would let whoever chose it move amount and number. */
export const isUnambiguous = (what: Signed, fields: Readonly<Record<string, string | undefined>>): boolean =>
  !sequences[what].some((name) => fields[name]?.includes('|'));
