import { hourMs } from '../time.ts';

/** What of a driver and their fleet decides whether rent must be paid before they work. */
export interface RentalTerms {
  paymentModel: 'RENTAL' | 'PAYOUT' | null;
  rentalEnforcement: 'NONE' | 'WARN' | 'BLOCK';
  rentalGraceHours: number;
  /** The end of the period that runs, or of the last one; null for one who never rented, or whose period is paused. */
  rentedUntil: Date | null;
}

export type RentalFault = 'RENTAL_REQUIRED' | 'RENTAL_EXPIRED';

/** What the fleet holds against a driver who rents; null when it holds nothing. Source: rentals.md rule 11. */
export const rentalFault = (terms: RentalTerms, nowMs: number): RentalFault | null => {
  const { paymentModel, rentalEnforcement, rentalGraceHours, rentedUntil } = terms;
  if (paymentModel !== 'RENTAL' || rentalEnforcement === 'NONE') return null;
  if (!rentedUntil) return 'RENTAL_REQUIRED';
  return rentedUntil.getTime() + rentalGraceHours * hourMs > nowMs ? null : 'RENTAL_EXPIRED';
};
