declare const paiseBrand: unique symbol;

/** A whole number of paise, the only form of money inside. Rupees exist in the wire codec alone. */
export type Paise = number & { readonly [paiseBrand]: true };

/** Throws on fractions and on amounts that a double cannot hold exactly. */
export const paise = (amount: number): Paise => {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a whole number of paise.`);
  return amount as Paise;
};

export const rupees = (wholeRupees: number): Paise => paise(wholeRupees * 100);

export const sum = (...amounts: Paise[]): Paise => paise(amounts.reduce<number>((total, amount) => total + amount, 0));

export const minus = (amount: Paise): Paise => paise(0 - amount);

/**
 * The paise of an amount in rupees as clients and files write it: up to nine digits, at most two decimals, no sign. A JSON number
 * counts by its shortest decimal text and is never multiplied. Null is no amount. Source: payments.md, Paths, aliases, envelope 8.
 */
export const paiseFrom = (written: unknown): Paise | null => {
  if (typeof written !== 'string' && typeof written !== 'number') return null;
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(String(written)) ?? [];
  return whole === undefined ? null : paise(Number(whole) * 100 + Number(fraction.padEnd(2, '0')));
};

/** `-1234.50`: an amount as people and files read it. */
export const rupeeText = (amount: Paise): string => {
  const digits = String(Math.abs(amount)).padStart(3, '0');
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
