import type { Paise } from '../../money.ts';
import { minus, sum } from '../../money.ts';
import { book, change, credit, debit, journal, use } from './journal.ts';
import type { DueMove, Happened, ItemKind, ItemMove, Journal, OfDriver } from './journal.ts';

interface OfPayout extends OfDriver {
  payoutId: string;
  attempt: number;
  amount: Paise;
  /** What is paid: a deposit refund takes 2010, everything else what the driver is owed. */
  from: 'PAYABLE' | 'DEPOSIT';
}

const keyOf = ({ payoutId, attempt }: Pick<OfPayout, 'payoutId' | 'attempt'>): string => `${payoutId}:${attempt}`;

const source = ({ from }: OfPayout) => (from === 'DEPOSIT' ? 2010 : 2020);

/** The amount leaves what is owed and is in flight. Its items are reserved beside it. Source: ledger.md 24. */
export const payoutInitiated = (of: OfPayout): Journal =>
  journal('payout_initiated', keyOf(of), of, [
    debit(source(of), of.amount, of.driverId),
    credit(2080, of.amount, of.driverId),
  ]);

/** The money arrived; what no reserved item covers is an advance. Source: ledger.md 25. */
export const payoutSettled = (of: OfPayout & { reserved: Paise }): Journal => {
  const advance = of.from === 'DEPOSIT' ? 0 : of.amount - of.reserved;
  return journal('payout_settled', keyOf(of), of, [debit(2080, of.amount, of.driverId), credit(1040, of.amount)], {
    items: [book('ADVANCE', of.payoutId, -advance)],
    reservation: { payoutId: of.payoutId, becomes: 'FINAL' },
  });
};

/** The transfer failed or was given up: the money is owed again and its items are free. Source: ledger.md 26. */
export const payoutFailed = (of: OfPayout): Journal =>
  journal(
    'payout_failed',
    keyOf(of),
    of,
    [debit(2080, of.amount, of.driverId), credit(source(of), of.amount, of.driverId)],
    { reservation: { payoutId: of.payoutId, becomes: 'FREE' } },
  );

/** What a settled payout paid of one item. */
export interface Allocation {
  kind: ItemKind;
  source: string;
  amount: Paise;
}

const reopened = ({ kind, source: from, amount }: Allocation): ItemMove =>
  kind === 'ADVANCE' ? book(kind, from, amount) : use(kind, from, minus(amount));

/** A settled transfer came back: its items are open again. Source: ledger.md 27. */
export const payoutReversed = (of: OfPayout & { allocations: Allocation[] }): Journal =>
  journal('payout_reversed', keyOf(of), of, [debit(1040, of.amount), credit(source(of), of.amount, of.driverId)], {
    items: of.from === 'DEPOSIT' ? [] : of.allocations.map(reopened),
  });

/** Source: ledger.md 28. */
export const payoutFee = (of: Happened & { payoutId: string; attempt: number; fee: Paise; tax: Paise }): Journal =>
  journal('payout_fee', keyOf(of), of, [debit(5020, of.fee), debit(1080, of.tax), credit(1040, of.fee + of.tax)]);

/**
 * A transfer that was given up arrived after all. Money that was owed becomes an advance, but for what `covers` names of its own items;
 * of a deposit refund, what the deposit no longer holds is a due. Source: ledger.md 47.
 */
export const payoutLateSuccess = (
  of: OfPayout & { depositBalance: Paise; covers?: readonly Allocation[] },
): Journal => {
  const paidOut = credit(1040, of.amount);
  const { covers = [] } = of;
  const advance = of.amount - sum(...covers.map(({ amount }) => amount));
  if (of.from === 'PAYABLE')
    return journal('payout_late_success', keyOf(of), of, [debit(2020, of.amount, of.driverId), paidOut], {
      items: [
        ...covers.map(({ kind, source: from, amount }) => use(kind, from, amount)),
        book('ADVANCE', keyOf(of), -advance),
      ],
    });
  const held = Math.min(of.amount, of.depositBalance);
  const due: DueMove = book('OVERPAYMENT', keyOf(of), of.amount - held);
  return journal(
    'payout_late_success',
    keyOf(of),
    of,
    [debit(2010, held, of.driverId), debit(1070, of.amount - held, of.driverId), paidOut],
    { dues: [due] },
  );
};

interface OfRow extends OfDriver {
  batchId: string;
  row: number;
}

const rowKey = ({ batchId, row }: OfRow): string => `${batchId}:${row}`;

/** A penalty in a row of a bulk file is taken from what the driver is owed. Source: ledger.md 29. */
export const bulkPenalty = (of: OfRow & { amount: Paise }): Journal =>
  journal('bulk_penalty', rowKey(of), of, [debit(2020, of.amount, of.driverId), credit(4030, of.amount, of.fleetId)], {
    items: [book('ADVANCE', rowKey(of), minus(of.amount))],
  });

/** Source: ledger.md 30. */
export const bulkIncentive = (of: OfRow & { amount: Paise }): Journal =>
  journal(
    'bulk_incentive',
    rowKey(of),
    of,
    [debit(5010, of.amount, of.fleetId), credit(2020, of.amount, of.driverId)],
    { items: [book('INCENTIVE', rowKey(of), of.amount)] },
  );

/** A row that failed takes its penalty and its incentive back. Source: ledger.md 50. */
export const bulkRowReversed = (of: OfRow & { penalty: Paise; incentive: Paise }): Journal =>
  journal(
    'bulk_row_reversed',
    rowKey(of),
    of,
    [
      debit(4030, of.penalty, of.fleetId),
      change(2020, of.incentive - of.penalty, of.driverId),
      credit(5010, of.incentive, of.fleetId),
    ],
    { items: [book('ADVANCE', rowKey(of), of.penalty), book('INCENTIVE', rowKey(of), minus(of.incentive))] },
  );
