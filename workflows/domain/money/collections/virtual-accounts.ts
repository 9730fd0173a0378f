import type { Labels } from '../../records.ts';
import { istDay, minuteMs, ms } from '../../time.ts';
import type { Instant } from '../../time.ts';

/** How far the gateway is with what is wanted of an account. */
export type AccountAnswer = 'DONE' | 'REFUSED' | 'UNKNOWN' | 'UNAVAILABLE';

export type VirtualAccountStatus = 'CREATING' | 'ACTIVE' | 'INACTIVE' | 'FAILED';

/** An account at the gateway, as far as its process cares. */
export interface VirtualAccountFacts {
  id: string;
  shortId: string;
  fleetId: string | null;
  /** Whose it is: one of the two. */
  vehicleId: string | null;
  orderId: string | null;
  status: VirtualAccountStatus;
  isWanted: boolean;
  createdAt: Instant;
}

interface VirtualAccountRow {
  id: string;
  shortId: string;
  fleetId: string | null;
  vehicleId: string | null;
  orderId: string | null;
  status: VirtualAccountStatus;
  isWanted: boolean;
  createdAt: Date;
}

export const virtualAccountFacts = (row: VirtualAccountRow): VirtualAccountFacts => ({
  id: row.id,
  shortId: row.shortId,
  fleetId: row.fleetId,
  vehicleId: row.vehicleId,
  orderId: row.orderId,
  status: row.status,
  isWanted: row.isWanted,
  createdAt: row.createdAt.toISOString(),
});

export const virtualAccountLabels = ({ shortId, fleetId, status, createdAt }: VirtualAccountFacts): Labels => ({
  ...{ shortId, fleetId, hubId: null, driverId: null, state: status },
  businessDay: istDay(ms(createdAt)),
});

/** What the gateway still has to be asked for. */
export const taskOf = ({
  status,
  isWanted,
}: Pick<VirtualAccountFacts, 'status' | 'isWanted'>): 'create' | 'switch' | null => {
  if (status === 'CREATING') return 'create';
  return (status === 'ACTIVE' && !isWanted) || (status === 'INACTIVE' && isWanted) ? 'switch' : null;
};

/** Every time that an account keeps: how long after an unknown answer the gateway is asked again, under the same number. */
export interface VirtualAccountClock {
  waitsMs: readonly number[];
}

export const virtualAccountClock: VirtualAccountClock = {
  waitsMs: [5_000, 30_000, 2 * minuteMs, 10 * minuteMs, 60 * minuteMs],
};

/** What payers read in their banking app: letters and digits only. Source: collections.md, POST qr; easebuzz.md 2.1. */
export const vehicleLabel = (vehicleNumber: string): string =>
  `DKVEH ${vehicleNumber.toUpperCase().replace(/[^A-Z0-9]/g, '')}`;

/** The link that a QR of an account shows; with an amount it asks for that. */
export const upiLink = (upiId: string, payee: string, amount: string | null): string => {
  const query = new URLSearchParams({ pa: upiId, pn: payee, ...(amount ? { am: amount } : {}), cu: 'INR' });
  return `upi://pay?${query.toString().replaceAll('+', '%20')}`;
};
