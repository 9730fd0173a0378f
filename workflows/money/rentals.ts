import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { RentalIncomeActivities } from '../../activities/money/rentals.ts';
import { runningOf, scheduledOf } from '../domain/money/rental-periods.ts';
import type { Period } from '../domain/money/rental-periods.ts';
import { rentalRecord } from '../domain/money/rental-record.ts';
import type { SubscriptionFacts } from '../domain/money/rentals.ts';
import { hourMs } from '../domain/time.ts';
import { momentText } from '../shared/card.ts';
import type { Card } from '../shared/card.ts';
import { sweep } from '../shared/profiles.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/** One execution per driver who rents, while a period runs, is paused or is scheduled. Tests shorten its runs. */
export async function rentalWorkflow(facts: SubscriptionFacts, updatesMax: number = usualUpdatesMax): Promise<void> {
  await liveAsRecord(rentalRecord, facts, {
    card,
    deadlineTexts,
    clock: null,
    patienceMs: usualPatienceMs,
    updatesMax,
    again: (latest) => continueAsNew<typeof rentalWorkflow>(latest, updatesMax),
  });
}

const { recognizeIncome } = proxyActivities<RentalIncomeActivities>({ ...sweep, startToCloseTimeout: '15m' });

/** Every night: the income of all periods that run. */
export async function rentalIncomeWorkflow(): Promise<{ rentals: number }> {
  return recognizeIncome();
}

const deadlineTexts = {
  remind48h: 'the driver is told that the period ends in two days',
  remind24h: 'the driver is told that the period ends in a day',
  expire: 'the period is over, and the scheduled one begins',
  endPause: 'the period is cancelled, and the rent goes back pro rata',
};

const line = ({ planName, status, startsAt, expiresAt, remainingMs }: Period): string =>
  status === 'PAUSED'
    ? `${planName}: PAUSED with ${Math.floor(remainingMs! / hourMs)} h left`
    : `${planName}: ${status}, ${momentText(startsAt)} to ${momentText(expiresAt)}`;

const waitsFor = ({ periods }: SubscriptionFacts): string => {
  const running = runningOf(periods);
  if (!running) return 'nothing';
  if (running.status === 'PAUSED')
    return running.pausedBy === 'SANCTION' ? 'the end of a suspension' : 'somebody to resume it';
  return `the end of the period at ${momentText(running.expiresAt)}`;
};

const may = ({ periods }: SubscriptionFacts): string => {
  const running = runningOf(periods);
  if (!running) return 'read the row';
  const calls = (...verbs: string[]) =>
    verbs.map((verb) => `\`POST /payments/admin/rentals/${running.rentalId}/${verb}\``).join(', ');
  if (running.pausedBy === 'SANCTION') return `wait, it goes on when the suspension ends; or ${calls('cancel')}`;
  return calls(running.status === 'PAUSED' ? 'resume' : 'pause', 'extend', 'cancel');
};

const card = (facts: SubscriptionFacts): Card => {
  const live = [runningOf(facts.periods), scheduledOf(facts.periods)].filter((period) => period !== undefined);
  return {
    title: `Rental of driver ${facts.shortId}`,
    state: live.map(line).join('; ') || 'over',
    waitsFor: waitsFor(facts),
    may: may(facts),
  };
};
