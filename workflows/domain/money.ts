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
