import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../../prisma/client.ts';
import type { Journal } from '../../../../workflows/domain/money/journals/journal.ts';
import type { Allocation } from '../../../../workflows/domain/money/journals/payouts.ts';
import type { Reference } from './reference-ledger.ts';

/** A journal that was posted. */
export type Posted = Journal & { id: string };

/** An account and its debit; a credit is negative. */
export type Line = [string, number];

/** One journal that may be posted: what the books are told, and what the reference makes of the same event. */
export interface Posting {
  event: string;
  journal: Journal | ((tx: Tx, posted: ReadonlyMap<string, Posted>) => Journal | Promise<Journal>);
  lines: () => Line[];
  /** What else follows in the reference once it is posted. */
  then?: () => void;
}

/** What happens together, in one transaction. Null when nothing of the kind can happen now. */
export type Command = () => Posting[] | null;

interface Penalty {
  d: string;
  id: string;
  amount: number;
  fromDeposit: number;
}
export interface Payment {
  d: string;
  txnid: string;
  penalty: Penalty;
  /** What of it paid the penalty, and what of it was too much. */
  settled: number;
  late: number;
}
export interface Reconciled {
  d: string;
  id: string;
  share: number;
  shortage: number;
  division: Line[];
  /** The dues that it paid. */
  covers: Line[];
}
export interface Payout {
  d: string;
  id: string;
  attempt: number;
  amount: number;
  from: 'PAYABLE' | 'DEPOSIT';
  state: 'NEW' | 'IN_FLIGHT' | 'SETTLED' | 'FAILED';
  /** What the books reserved for it, and what the reference did. */
  allocations: Allocation[];
  reserved: Line[];
}
/** A refund or a chargeback, which may still turn out otherwise. */
export interface Begun {
  id: string;
  event: string;
  lines: Line[];
  amount: number;
  /** Whether the due that it opened or closed is as it left it. */
  isAsLeft: () => boolean;
  /** What it does to dues and items besides; negative when it is undone. */
  move: (sign: 1 | -1) => void;
}

/** Numbers that the same seed repeats (mulberry32). */
export const randomFrom = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A fleet with three drivers, and what happened to them so far. */
export const season = (random: () => number, reference: Reference, number: number) => {
  const below = (max: number) => Math.floor(random() * max);
  const fleetId = randomUUID();
  const drivers = Array.from({ length: 3 }, () => randomUUID());
  let serial = 0;
  return {
    ...{ reference, fleetId, drivers, below },
    upTo: (max: number) => 1 + below(max),
    pick: <T>(list: readonly T[]): T | undefined => list[below(list.length)],
    driver: () => drivers[below(drivers.length)]!,
    name: (what: string) => `${what}-${number}-${(serial += 1)}`,
    of: (driverId: string) => ({ driverId, fleetId, occurredAt: new Date().toISOString() }),
    penalties: [] as Penalty[],
    payments: [] as Payment[],
    incentives: [] as { d: string; id: string; amount: number }[],
    payouts: [] as Payout[],
    rentals: [] as { d: string; id: string }[],
    orders: [] as { id: string; income: number }[],
    rows: [] as { d: string; batchId: string; penalty: number; incentive: number }[],
    reconciled: [] as Reconciled[],
    refunds: [] as Begun[],
    chargebacks: [] as Begun[],
  };
};

export type Season = ReturnType<typeof season>;

export const without = <T>(list: T[], one: T): void => void list.splice(list.indexOf(one), 1);

export const opposite = (lines: Line[]): Line[] => lines.map(([account, debit]) => [account, -debit]);

export const total = (lines: Line[]): number => lines.reduce((all, [, amount]) => all + amount, 0);
