const letters = { DEPOSIT: 'D', RENTAL: 'R', PENALTY: 'P', ORDER: 'O', REFUND: 'F', ACCOUNT: 'V' } as const;
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const length = 20;

export type TxnidKind = keyof typeof letters;

/**
 * The number under which the gateway knows a payment, a refund or an account: `DK`, a letter for the kind, 20 characters that nobody can guess. Each takes
 * five bits of one of the first 20 random bytes. Source: easebuzz.md, rule 10.
 */
export const txnid = (kind: TxnidKind, randomBytes: Uint8Array): string => {
  if (randomBytes.length < length) throw new RangeError(`A txnid needs ${length} random bytes.`);
  return `DK${letters[kind]}${Array.from(randomBytes.subarray(0, length), (byte) => base32[byte & 31]).join('')}`;
};
