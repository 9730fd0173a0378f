import type { Role } from '../../prisma/generated/client.ts';
import { lastFour } from '../../prisma/sealed.ts';
import type { Sealer } from '../../prisma/sealed.ts';

/** Whether a role may read personal numbers whole, where a single record is read. Source: conventions section 16. */
export const mayReveal = (role: Role): boolean =>
  role === 'SUPER_ADMIN' || role === 'FLEET_ADMIN' || role === 'MANAGER';

type NumberPurpose = 'identity-number' | 'bank-number';

interface Numbers {
  aadharNumber?: string | undefined;
  panNumber?: string | undefined;
  gstNumber?: string | undefined;
  bankAccountNumber?: string | undefined;
}

/** The columns of a driver that keep the numbers that were given. */
export const sealedNumbers = ({ seal, hash }: Sealer, driverId: string, numbers: Numbers) => {
  const { aadharNumber, panNumber, gstNumber, bankAccountNumber } = numbers;
  return {
    ...(aadharNumber ? { sealedAadharNumber: seal('identity-number', aadharNumber, driverId) } : {}),
    ...(panNumber ? { sealedPanNumber: seal('identity-number', panNumber, driverId) } : {}),
    ...(gstNumber ? { sealedGstNumber: seal('identity-number', gstNumber, driverId) } : {}),
    ...(bankAccountNumber
      ? {
          sealedBankAccountNumber: seal('bank-number', bankAccountNumber, driverId),
          bankNumberHash: hash('bank-number', bankAccountNumber),
        }
      : {}),
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
