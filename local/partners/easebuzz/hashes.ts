import { createHash } from 'node:crypto';

export type KeyPair = { key: string; salt: string };

/** Of virtual accounts and transfers; `apiKey` stands beside the signature, `wallet` is the account that transfers are paid from. */
export type WireKeys = KeyPair & { apiKey: string; wallet?: string };

export type Fields = Record<string, string>;

/** Written as the gateway's pages write them, by section of easebuzz.md; not shared with the system, which has its own. */
const sequences = {
  initiate: 'key|txnid|amount|productinfo|firstname|email|udf1|udf2|udf3|udf4|udf5|udf6|udf7|udf8|udf9|udf10|salt',
  reverse:
    'salt|status|udf10|udf9|udf8|udf7|udf6|udf5|udf4|udf3|udf2|udf1|email|firstname|productinfo|amount|txnid|key',
  retrieve: 'key|txnid|salt',
  retrieveByDate: 'key|merchant_email|start_date|end_date|salt',
  refund: 'key|merchant_refund_id|easebuzz_id|refund_amount|salt',
  retrieveRefund: 'key|easebuzz_id|salt',
  settlements: 'key|start_date|end_date|salt',
  createAccount: 'key|label|salt',
  readAccount: 'key|id|salt',
  switchAccount: 'key|id|salt',
  credits: 'key|salt',
  createOrder: 'key|unique_request_number|amount|per_transaction_amount|udf1|udf2|udf3|udf4|udf5|salt',
  readOrder: 'key|id|salt',
  transfer: 'key|account_number|ifsc|upi_handle|unique_request_number|amount|salt',
  transferState: 'key|unique_request_number|salt',
  wallet: 'key|id|salt',
  transferEvent:
    'key|beneficiary_account_number|beneficiary_account_ifsc|beneficiary_upi_handle|unique_request_number|amount|unique_transaction_reference|status|salt',
  credit: 'key|unique_transaction_reference|amount|status|salt',
  flatCredit: 'key|virtual_account_id|txn_id|amount|salt',
} as const;

export type Sequence = keyof typeof sequences;

export const hashOf = (sequence: Sequence, fields: Fields, { key, salt }: KeyPair): string => {
  const values: Fields = { ...fields, key, salt };
  const text = sequences[sequence].split('|').map((name) => values[name] ?? '');
  return createHash(sequence === 'flatCredit' ? 'sha256' : 'sha512')
    .update(text.join('|'), 'utf8')
    .digest('hex');
};
