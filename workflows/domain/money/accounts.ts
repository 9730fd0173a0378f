export type Side = 'D' | 'C';
export type OwnerType = 'PLATFORM' | 'DRIVER' | 'FLEET' | 'HUB' | 'COLLECTION' | 'ORDER' | 'RENTAL';

interface AccountKind {
  name: string;
  /** Asset, liability, income, expense. */
  kind: 'A' | 'L' | 'I' | 'E';
  /** The side on which the account grows. */
  normal: Side;
  owners: readonly OwnerType[];
  /** A guarded account may not fall below zero, and is locked while it is posted to. */
  guarded: boolean;
}

const asset = (name: string, owner: OwnerType, guarded = false) =>
  ({ name, kind: 'A', normal: 'D', owners: [owner], guarded }) as const;
const liability = (name: string, owner: OwnerType, guarded = true) =>
  ({ name, kind: 'L', normal: 'C', owners: [owner], guarded }) as const;
const income = (name: string, ...owners: OwnerType[]) =>
  ({ name, kind: 'I', normal: 'C', owners, guarded: false }) as const;
const expense = (name: string, owner: OwnerType) =>
  ({ name, kind: 'E', normal: 'D', owners: [owner], guarded: false }) as const;

/** Source: ledger.md, Chart of accounts. */
export const chart = {
  1010: asset('BANK_MAIN', 'PLATFORM'),
  1020: asset('GATEWAY_PG_CLEARING', 'PLATFORM'),
  1030: asset('GATEWAY_VA_CLEARING', 'PLATFORM'),
  1040: asset('WIRE_BALANCE', 'PLATFORM'),
  1050: asset('CASH_DECLARED', 'DRIVER', true),
  1060: asset('CASH_AT_HUB', 'HUB', true),
  1070: asset('DRIVER_RECEIVABLE', 'DRIVER', true),
  1080: asset('GST_INPUT_CREDIT', 'PLATFORM'),
  2010: liability('DRIVER_DEPOSIT', 'DRIVER'),
  // Below zero it is an advance, which the fleet allows or not.
  2020: liability('DRIVER_PAYABLE', 'DRIVER', false),
  2030: liability('COLLECTION_SUSPENSE', 'COLLECTION'),
  2040: liability('UNATTRIBUTED_RECEIPTS', 'PLATFORM'),
  2050: liability('ORDER_RECEIPTS', 'ORDER'),
  2060: liability('CUSTOMER_REFUNDABLE', 'ORDER'),
  2070: liability('RENTAL_DEFERRED', 'RENTAL'),
  2080: liability('PAYOUT_CLEARING', 'DRIVER'),
  2090: liability('REFUND_CLEARING', 'PLATFORM'),
  3010: liability('OPENING_EQUITY', 'PLATFORM', false),
  4010: income('RENTAL_INCOME', 'FLEET'),
  4020: income('PLATFORM_SHARE', 'FLEET'),
  4030: income('PENALTY_INCOME', 'FLEET'),
  4040: income('ORDER_INCOME', 'FLEET', 'PLATFORM'),
  4050: income('CASH_OVERAGE', 'FLEET'),
  5010: expense('INCENTIVE_EXPENSE', 'FLEET'),
  5020: expense('GATEWAY_FEES', 'PLATFORM'),
  5030: expense('SHORTAGE_WRITE_OFF', 'FLEET'),
  5040: expense('BAD_DEBT', 'FLEET'),
} as const satisfies Record<number, AccountKind>;

export type AccountCode = keyof typeof chart;

export const accountCodes = Object.keys(chart).map(Number) as AccountCode[];

export const isAccountCode = (code: number): code is AccountCode => Object.hasOwn(chart, code);

/** Owner of the accounts that the platform has once. */
export const platform = '-';

/** Whose account this is; null when nobody of the kind that the chart names has one. */
export const ownerTypeOf = (code: AccountCode, ownerId: string): OwnerType | null => {
  const { owners }: AccountKind = chart[code];
  const isPlatform = ownerId === platform;
  return owners.find((owner) => ownerId !== '' && isPlatform === (owner === 'PLATFORM')) ?? null;
};
