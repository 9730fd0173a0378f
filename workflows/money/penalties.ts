import { continueAsNew } from '@temporalio/workflow';
import { penaltyRecord } from '../domain/money/penalty-record.ts';
import type { PenaltyFacts } from '../domain/money/penalties.ts';
import { rupeeText } from '../domain/money.ts';
import { momentText } from '../shared/card.ts';
import type { Card } from '../shared/card.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/**
 * One execution per penalty while something will happen to it by itself: until a suspension is over, and for as long as a driver is
 * blacklisted. Any other penalty has one for each of its commands.
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

const waits = ({ type, status, startsAt, endsAt }: PenaltyFacts): string => {
  if (status === 'SCHEDULED') return `its begin at ${at(startsAt)}`;
  if (status !== 'IN_FORCE' || type === 'WARNING') return 'nothing';
  return type === 'SUSPENSION'
    ? `its end at ${at(endsAt)}`
    : 'the settlement of the deposit: dues are cleared from it, and the rest waits until payouts are built';
};

const may = ({ penaltyId, type, status }: PenaltyFacts): string => {
  const call = (verb: string) => `\`POST /payments/admin/penalty/${penaltyId}/${verb}\``;
  if (status === 'WAIVED') return 'read the row';
  const canBeLifted = type === 'SUSPENSION' && status !== 'ENDED';
  return `${canBeLifted ? `end it early: ${call('lift')}, or ` : ''}waive it: ${call('waive')}`;
};

const card = (penalty: PenaltyFacts): Card => ({
  title: `${penalty.type} ${penalty.shortId} of ${at(penalty.createdAt)}`,
  state: `${penalty.status}, ${rupeeText(penalty.outstandingPaise)} outstanding, driver \`${penalty.driverId}\``,
  waitsFor: waits(penalty),
  may: may(penalty),
});
