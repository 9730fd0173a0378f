import type { Paise } from '../../money.ts';
import { paise } from '../../money.ts';
import type { DuePart } from './deposits.ts';
import { book, credit, debit, journal, use } from './journal.ts';
import type { Journal, OfDriver } from './journal.ts';

interface OfPenalty extends OfDriver {
  penaltyId: string;
}

/** A monetary penalty is due. Source: ledger.md 19. */
export const penaltyIssued = (of: OfPenalty & { amount: Paise }): Journal =>
  journal(
    'penalty_issued',
    of.penaltyId,
    of,
    [debit(1070, of.amount, of.driverId), credit(4030, of.amount, of.fleetId)],
    {
      dues: [book('PENALTY', of.penaltyId, of.amount)],
    },
  );

/** A penalty, or a part of it, is taken from the deposit; `seq` counts the deductions of one penalty. Source: ledger.md 20. */
export const penaltyFromDeposit = (of: OfPenalty & { seq: number; amount: Paise }): Journal =>
  journal(
    'penalty_from_deposit',
    `${of.penaltyId}:${of.seq}`,
    of,
    [debit(2010, of.amount, of.driverId), credit(1070, of.amount, of.driverId)],
    { dues: [use('PENALTY', of.penaltyId, of.amount)] },
  );

/** A penalty is paid by link; what is more than its open due is owed to the driver. Source: ledger.md 21. */
export const penaltyPaidByLink = (of: OfPenalty & { txnid: string; paid: Paise; openDue: Paise }): Journal => {
  const settled = paise(Math.min(of.paid, of.openDue));
  const rest = of.paid - settled;
  return journal(
    'penalty_paid_link',
    of.txnid,
    of,
    [debit(1020, of.paid), credit(1070, settled, of.driverId), credit(2020, rest, of.driverId)],
    { dues: [use('PENALTY', of.penaltyId, settled)], items: [book('LATE_PAYMENT', of.txnid, rest)] },
  );
};

/** What became of a penalty before it was waived. The parts add up to its amount. */
export interface PenaltyParts {
  fromDeposit: Paise;
  netted: Paise;
  paidByLink: Paise;
  outstanding: Paise;
}

/** A penalty is waived: each part goes back to where it came from. Source: ledger.md 22. */
export const penaltyWaived = (of: OfPenalty & PenaltyParts): Journal => {
  const owed = of.netted + of.paidByLink;
  return journal(
    'penalty_waived',
    of.penaltyId,
    of,
    [
      debit(4030, of.fromDeposit + owed + of.outstanding, of.fleetId),
      credit(2010, of.fromDeposit, of.driverId),
      credit(2020, owed, of.driverId),
      credit(1070, of.outstanding, of.driverId),
    ],
    {
      dues: [{ ...use('PENALTY' as const, of.penaltyId, of.outstanding), closes: 'WAIVED' }],
      items: [book('WAIVER', of.penaltyId, owed)],
    },
  );
};

/** A link is paid after its penalty was settled or waived. Source: ledger.md 23. */
export const lateLinkPayment = (of: OfDriver & { txnid: string; paid: Paise }): Journal =>
  journal('late_link_payment', of.txnid, of, [debit(1020, of.paid), credit(2020, of.paid, of.driverId)], {
    items: [book('LATE_PAYMENT', of.txnid, of.paid)],
  });

/** Two people gave up a due. Source: ledger.md 44. */
export const badDebt = (of: OfDriver & { approvalId: string; due: DuePart }): Journal => {
  const { kind, source, amount } = of.due;
  return journal('bad_debt', of.approvalId, of, [debit(5040, amount, of.fleetId), credit(1070, amount, of.driverId)], {
    dues: [{ ...use(kind, source, amount), closes: 'WRITTEN_OFF' }],
  });
};
