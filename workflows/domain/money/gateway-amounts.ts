import { paise } from '../money.ts';
import type { Paise } from '../money.ts';

const literal = /^(\d{1,9})(?:\.(\d{1,2}))?$/;

/** An amount as the gateway wants it: rupees with two decimals, `1250.00`. Source: easebuzz.md, Amounts, rule 1. */
export const amountLiteral = (amountPaise: number): string => {
  const digits = String(paise(amountPaise)).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

/** The amount of a literal that the gateway sent, `150`, `150.0` and `150.00` alike; null when it is no amount. */
export const paiseOfLiteral = (text: string): Paise | null => {
  const [, whole, fraction = ''] = literal.exec(text) ?? [];
  return whole ? paise(Number(whole + fraction.padEnd(2, '0'))) : null;
};

/**
 * The literals over which the gateway may have signed an amount that it sent as `sent`: the same, with two decimals, and whole
 * rupees with one. Source: easebuzz.md, Amounts, rule 3.
 */
export const signedLiterals = (sent: string): string[] => {
  const [, whole, fraction = ''] = literal.exec(sent) ?? [];
  if (!whole) return [sent];
  const isWhole = Number(fraction) === 0;
  return [...new Set([sent, `${whole}.${fraction.padEnd(2, '0')}`, ...(isWhole ? [`${whole}.0`] : [])])];
};
