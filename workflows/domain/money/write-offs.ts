import { refusal } from '../refusals.ts';
import type { DueKind } from './journals/journal.ts';

export const dueKinds = [
  'PENALTY',
  'CASH_SHORTAGE',
  'REVENUE_SHORTAGE',
  'CHARGEBACK',
  'OVERPAYMENT',
] as const satisfies DueKind[];

export const writeOffStatuses = ['WAITING', 'APPROVED', 'LAPSED'] as const;

/** How a due ends that its own record must end. Source: ledger.md, Sub-ledgers. */
const endedElsewhere: Record<string, string> = {
  PENALTY: 'A penalty is waived',
  REVENUE_SHORTAGE: 'The collection is reconciled anew',
};

/** Throws DUE_NOT_WRITABLE or DUE_NOT_OPEN. */
export const requireWritable = ({ kind, closedAs }: { kind: string; closedAs: string | null }): void => {
  const instead = endedElsewhere[kind];
  if (instead) throw refusal('DUE_NOT_WRITABLE', { kind, instead });
  if (closedAs) throw refusal('DUE_NOT_OPEN', { closedAs });
};
