import type { Role } from '../../prisma/generated/client.ts';
import { lastFour } from '../../prisma/sealed.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { managers } from '../roles.ts';

/** Whether a role may read personal numbers whole, where a single record is read. Source: conventions section 16. */
export const mayReveal = (role: Role): boolean => managers.includes(role);

type NumberPurpose = 'identity-number' | 'bank-number';

type Given = string | null | undefined;

/** The columns of a driver that keep the numbers that were given; null clears one. */
export const sealedNumbers = (
  { seal, hash }: Sealer,
  driverId: string,
  numbers: Record<'aadharNumber' | 'panNumber' | 'gstNumber' | 'bankAccountNumber', Given>,
) => {
  const { aadharNumber, panNumber, gstNumber, bankAccountNumber } = numbers;
  const sealed = (purpose: NumberPurpose, given: Given) => given && seal(purpose, given, driverId);
  return {
    sealedAadharNumber: sealed('identity-number', aadharNumber),
    sealedPanNumber: sealed('identity-number', panNumber),
    sealedGstNumber: sealed('identity-number', gstNumber),
    sealedBankAccountNumber: sealed('bank-number', bankAccountNumber),
    bankNumberHash: bankAccountNumber && hash('bank-number', bankAccountNumber),
  };
};

/** A sealed number as an answer shows it: whole where `reveals` says so, else masked up to its last four characters. */
export const shown = (
  { open }: Sealer,
  purpose: NumberPurpose,
  { sealed, rowId }: { sealed: string; rowId: string },
  reveals: boolean,
): string => {
  const clear = open(purpose, sealed, rowId);
  return reveals ? clear : lastFour(clear);
};
