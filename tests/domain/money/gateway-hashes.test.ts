import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hashOf } from '../../../local/partners/easebuzz/hashes.ts';
import type { Sequence } from '../../../local/partners/easebuzz/hashes.ts';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { Signed } from '../../../workflows/domain/money/gateway-hashes.ts';

type Vector = Record<'id' | 'kind' | 'algorithm' | 'key' | 'salt' | 'fields' | 'hash_input' | 'expected_hex', string>;

const vectors = parse<Vector>(readFileSync(new URL('../../contract/easebuzz-vectors.csv', import.meta.url)), {
  columns: true,
});

/** What a kind of the contract is called here, and in the simulator. */
const names: Record<string, { system?: Signed; simulator?: Sequence }> = {
  initiate_link: { system: 'initiate', simulator: 'initiate' },
  reverse_hash: { system: 'payment', simulator: 'reverse' },
  transaction_retrieve_v2: { system: 'retrieve', simulator: 'retrieve' },
  transaction_date_v2: { system: 'retrieveByDate', simulator: 'retrieveByDate' },
  refund_v2: { system: 'refund', simulator: 'refund' },
  refund_status_v1: { system: 'retrieveRefund', simulator: 'retrieveRefund' },
  settlement_retrieve_v1: { system: 'retrieveSettlements', simulator: 'settlements' },
  wire_transfer_webhook: { system: 'transfer' },
  va_credit_webhook: { system: 'credit' },
  legacy_va_webhook: { system: 'flatCredit' },
};

/** Not spoken yet, or never: the older status call and payment links by mail, transfers, virtual accounts, the older dialect. */
const unspoken =
  /^(?:transaction_retrieve_v1|easycollect_create|wire_(?:quick_transfer|transfer_initiate|transfer_retrieve|account_level)|va_create|va_retrieve_or_status|order_(?:create|retrieve)|bank_account_verify|legacy_(?:payout|va)_create)$/;

const fieldsOf = ({ key, salt, fields }: Vector): Record<string, string> => ({
  ...Object.fromEntries(fields.split(';').map((field) => field.split('=') as [string, string])),
  ...{ key, merchant_key: key, salt },
});

const spoken = vectors.filter(({ kind }) => names[kind]).map((vector) => [vector.id, vector] as const);

test('every vector of the contract is either spoken or named as unspoken', () => {
  expect(vectors.filter(({ kind }) => !names[kind] && !unspoken.test(kind))).toEqual([]);
  expect(new Set(spoken.map(([, { kind }]) => kind)).size).toBe(Object.keys(names).length);
});

test.each(spoken)('%s is signed by the system as the contract says', (_, vector) => {
  const text = signedText(names[vector.kind]!.system!, fieldsOf(vector));

  expect(text).toBe(vector.hash_input);
  expect(createHash(vector.algorithm).update(text).digest('hex')).toBe(vector.expected_hex);
});

test.each(spoken.filter(([, { kind }]) => names[kind]!.simulator))(
  '%s is signed by the simulator as the contract says',
  (_, vector) => {
    expect(hashOf(names[vector.kind]!.simulator!, fieldsOf(vector), vector)).toBe(vector.expected_hex);
  },
);
