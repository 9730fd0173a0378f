import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A number as it may be shown: all but its last four characters are hidden. */
export const lastFour = (clear: string): string => '*'.repeat(Math.max(0, clear.length - 4)) + clear.slice(-4);

/** What a value is for; each purpose has a key of its own, so that one leaked use does not open the others. */
type Purpose =
  'boarding-code' | 'otp' | 'otp-hash' | 'identity-number' | 'bank-number' | 'answer' | 'gateway-body' | 'bulk-row';

export interface Sealer {
  /** Encrypts a value for the row with this id; in another row it cannot be opened. */
  seal: (purpose: Purpose, clear: string, rowId: string) => string;
  open: (purpose: Purpose, sealed: string, rowId: string) => string;
  /** A hash (hex) that nobody without the key can compare guesses with. */
  hash: (purpose: Purpose, clear: string) => string;
}

/** Key `k1` with the row bound to the value, and, only to be opened, values from before without it. */
const bound = 'k1r';
const unbound = 'k1';
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts what must not lie readable in the database (conventions section 16). AES-256-GCM under keys derived by HKDF from
 * `dataKey` (32 bytes in base64), with the id of the row as associated data; the text begins with the id of key and format, so that
 * both can be changed later.
 */
export const sealer = (dataKey: string): Sealer => {
  const master = Buffer.from(dataKey, 'base64');
  const keys = new Map<Purpose, KeyObject>();
  const keyFor = (purpose: Purpose): KeyObject => {
    const known = keys.get(purpose);
    if (known) return known;
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', master, '', purpose, 32)));
    keys.set(purpose, key);
    return key;
  };
  return {
    seal(purpose, clear, rowId) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, keyFor(purpose), nonce).setAAD(Buffer.from(rowId));
      const body = Buffer.concat([nonce, cipher.update(clear, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${bound}.${body.toString('base64url')}`;
    },
    open(purpose, sealed, rowId) {
      const [id, text] = sealed.split('.');
      if ((id !== bound && id !== unbound) || !text) throw new Error('The value was sealed with an unknown key.');
      const body = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv(algorithm, keyFor(purpose), body.subarray(0, nonceBytes));
      if (id === bound) decipher.setAAD(Buffer.from(rowId));
      decipher.setAuthTag(body.subarray(-tagBytes));
      return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
    },
    hash: (purpose, clear) => createHmac('sha256', keyFor(purpose)).update(clear).digest('hex'),
  };
};
