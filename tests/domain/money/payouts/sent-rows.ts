import type { SentRow } from '../../../../workflows/domain/money/payouts/bulk-rows.ts';

const nothing = {
  ...{ driverId: '', phone: '', accountNumber: '', amount: '', penalty: '', incentive: '', payoutCycle: '' },
};

/** A row of which nothing was sent but `cells`. */
export const sent = (cells: Partial<SentRow['cells']>, more: Partial<SentRow> = {}): SentRow => ({
  ...{ row: 1, raw: {}, tooManyCells: false, ...more },
  cells: { ...nothing, ...cells },
});

export const phone = '9876543210';
export const accountNumber = '000123456789';
export const driverId = 'd0000000-0000-4000-8000-000000000001';
export const defaultCycle = 'Bulk Payout 30 Nov 2026';
