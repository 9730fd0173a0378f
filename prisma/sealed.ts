import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What a value is for; each purpose has a key of its own, so that one leaked use does not open the others. */
type Purpose = 'boarding-code' | 'otp' | 'otp-hash' | 'identity-number' | 'bank-number' | 'answer';

export interface Sealer {
  seal: (purpose: Purpose, clear: string) => string;
  open: (purpose: Purpose, sealed: string) => string;
  /** A hash (hex) that nobody without the key can compare guesses with. */
  hash: (purpose: Purpose, clear: string) => string;
}

const keyId = 'k1';
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts what must not lie readable in the database (conventions section 16). AES-256-GCM under keys derived by HKDF from
 * `dataKey` (32 bytes in base64); the text begins with the id of the key, so that keys can be changed later.
 */
export const sealer = (dataKey: string): Sealer => {
  const master = Buffer.from(dataKey, 'base64');
  const keys = new Map<Purpose, Buffer>();
  const keyFor = (purpose: Purpose): Buffer => {
    const known = keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', master, '', purpose, 32));
    keys.set(purpose, key);
    return key;
  };
  return {
    seal(purpose, clear) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, keyFor(purpose), nonce);
      const body = Buffer.concat([nonce, cipher.update(clear, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${keyId}.${body.toString('base64url')}`;
    },
    open(purpose, sealed) {
      const [id, text] = sealed.split('.');
      if (id !== keyId || !text) throw new Error('The value was sealed with an unknown key.');
      const body = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv(algorithm, keyFor(purpose), body.subarray(0, nonceBytes));
      decipher.setAuthTag(body.subarray(-tagBytes));
      return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
    },
    hash: (purpose, clear) => createHmac('sha256', keyFor(purpose)).update(clear).digest('hex'),
  };
};
