import { createHash } from 'node:crypto';

/** Key and salt of one product of the gateway. */
export interface KeyPair {
  key: string;
  salt: string;
}

type Fields = Record<string, unknown>;

/** What is hashed is what was sent; what was not sent keeps its place between the pipes. */
const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

const sha512 = (parts: string[]) => createHash('sha512').update(parts.join('|')).digest('hex');
const sha256 = (parts: string[]) => createHash('sha256').update(parts.join('|')).digest('hex');

/**
 * The literals that an amount may have had in the body: JSON knows 150.0 and 150.00 only as 150. Source: easebuzz.md, Amounts,
 * rule 3.
 */
const literals = (amount: unknown): string[] => {
  if (typeof amount !== 'number') return [text(amount)];
  return [String(amount), amount.toFixed(2), ...(Number.isInteger(amount) ? [amount.toFixed(1)] : [])];
};

const udf = Array.from({ length: 10 }, (_, index) => `udf${10 - index}`);

/** Of a payment. Source: easebuzz.md 1.2. */
const paymentHash = (body: Fields, { key, salt }: KeyPair): string[] => {
  const signed = ['status', ...udf, 'email', 'firstname', 'productinfo', 'amount', 'txnid'];
  return [sha512([salt, ...signed.map((name) => text(body[name])), key])];
};

/** Of a credit to a virtual account. Source: easebuzz.md 2.3. */
const creditHashes = (data: Fields, { key, salt }: KeyPair): string[] =>
  literals(data['amount']).map((amount) =>
    sha512([key, text(data['unique_transaction_reference']), amount, text(data['status']), salt]),
  );

/** Of a transfer. Source: easebuzz.md 4.3. */
const transferHashes = (data: Fields, { key, salt }: KeyPair): string[] => {
  const receiver = ['beneficiary_account_number', 'beneficiary_account_ifsc', 'beneficiary_upi_handle'];
  const before = [...receiver, 'unique_request_number'].map((name) => text(data[name]));
  const after = ['unique_transaction_reference', 'status'].map((name) => text(data[name]));
  return literals(data['amount']).map((amount) => sha512([key, ...before, amount, ...after, salt]));
};

/** Of the flat credit of the older dialect. Source: easebuzz.md 6. */
const flatHashes = (body: Fields, { key, salt }: KeyPair): string[] =>
  literals(body['amount']).map((amount) =>
    sha256([key, text(body['virtual_account_id']), text(body['txn_id']), amount, salt]),
  );

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/**
 * The signature that a message of the gateway shows, and those that would be right; none for a message of no known kind. The key
 * is always ours, never the one in the message.
 */
export const signaturesOf = (
  body: unknown,
  pairs: { payIn: KeyPair; wire: KeyPair },
  acceptsFlat: boolean,
): { shown: string; expected: string[] } => {
  const none = { shown: '', expected: [] };
  if (!isFields(body)) return none;
  const { data, event, hash } = body;
  if (isFields(data)) {
    const hashes = event === 'TRANSACTION_CREDIT' ? creditHashes : transferHashes;
    return { shown: text(data['Authorization']), expected: hashes(data, pairs.wire) };
  }
  if ('txn_id' in body) return acceptsFlat ? { shown: text(hash), expected: flatHashes(body, pairs.payIn) } : none;
  return body['key'] === pairs.payIn.key ? { shown: text(hash), expected: paymentHash(body, pairs.payIn) } : none;
};
