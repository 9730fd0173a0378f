import { continueAsNew } from '@temporalio/workflow';
import { penaltyRecord } from '../domain/money/penalty-record.ts';
import type { PenaltyFacts } from '../domain/money/penalties.ts';
import { rupeeText } from '../domain/money.ts';
import { momentText } from '../shared/card.ts';
import type { Card } from '../shared/card.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/**
 * One execution per penalty while something will happen to it by itself: until a suspension is over, and until a blacklisting has
 * settled the deposit. Any other penalty has one for each of its commands.
 */
export async function penaltyWorkflow(facts: PenaltyFacts): Promise<void> {
  await liveAsRecord(penaltyRecord, facts, {
    card,
    deadlineTexts,
    clock: null,
    patienceMs: usualPatienceMs,
    updatesMax: usualUpdatesMax,
    again: (latest) => continueAsNew<typeof penaltyWorkflow>(latest),
  });
}

const deadlineTexts = {
  impose: 'the driver may not drive from then on',
  end: 'the driver may drive again, if nothing else forbids it',
};

const at = (moment: string | null): string => (moment ? momentText(moment) : 'the next moment');

/** What the payout of the deposit lacks. */
const lacks: Record<string, string> = {
  BANK_DETAILS_MISSING: 'a bank account of the driver',
  BANK_DETAILS_INVALID: 'a bank account of the driver that a bank knows',
  DRIVER_PAYOUT_BLOCKED: 'finance to lift its hold of the driver',
  PAYOUT_BELOW_MINIMUM: 'more than is left of the deposit: it is below the least that is paid out',
  BOOKS_NOT_IN_ORDER: 'the books to be in order, which a check says they are not',
  PAYOUT_ABOVE_LIMIT: 'somebody to pay the deposit out in parts: it is above the most that is paid out',
};

const waits = ({ type, status, startsAt, endsAt, depositSettledAt, settlementWaitsFor }: PenaltyFacts): string => {
  if (status === 'SCHEDULED') return `its begin at ${at(startsAt)}`;
  if (status !== 'IN_FORCE' || type === 'WARNING') return 'nothing';
  if (type === 'SUSPENSION') return `its end at ${at(endsAt)}`;
  if (depositSettledAt) return 'nothing: the deposit is settled';
  return `${lacks[settlementWaitsFor ?? ''] ?? 'the next look'}, so that the rest of the deposit can be paid out`;
};

const may = ({ penaltyId, driverId, type, status, depositSettledAt }: PenaltyFacts): string => {
  const call = (verb: string) => `\`POST /payments/admin/penalty/${penaltyId}/${verb}\``;
  if (status === 'WAIVED') return 'read the row';
  const canBeLifted = type === 'SUSPENSION' && status !== 'ENDED';
  const isUnsettled = type === 'BLACKLIST' && status === 'IN_FORCE' && !depositSettledAt;
  const refund = `pay the deposit out: \`POST /payments/admin/deposits/${driverId}/refund\`, or `;
  return `${canBeLifted ? `end it early: ${call('lift')}, or ` : ''}${isUnsettled ? refund : ''}waive it: ${call('waive')}`;
};

const card = (penalty: PenaltyFacts): Card => ({
  title: `${penalty.type} ${penalty.shortId} of ${at(penalty.createdAt)}`,
  state: `${penalty.status}, ${rupeeText(penalty.outstandingPaise)} outstanding, driver \`${penalty.driverId}\``,
  waitsFor: waits(penalty),
  may: may(penalty),
});
