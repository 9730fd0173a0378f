import { expect, test } from '@jest/globals';
import {
  allCancelled,
  cancelled,
  daysRemaining,
  earnedDays,
  expired,
  extended,
  incomeUntil,
  nextStartMs,
  paused,
  placed,
  proRataRefund,
  resumed,
} from '../../../workflows/domain/money/rental-periods.ts';
import type { Period } from '../../../workflows/domain/money/rental-periods.ts';
import { forecast } from '../../../workflows/domain/money/rental-forecast.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { dayMs, hourMs, instant, ms } from '../../../workflows/domain/time.ts';
import { casesOf } from '../../world/money/cases.ts';

const bought = (rentalId: string, validityDays = 14, price = 349_900) => ({
  ...{ rentalId, planName: 'Fortnight', fleetId: 'fleet-1', pricePaise: paise(price), validityDays },
});

const t0 = ms('2026-03-02T06:15:00.000Z');
const at = (days: number) => t0 + days * dayMs;

/** A period that runs since t0, and one that is bought ahead. */
const running = (validityDays = 14, price = 349_900): Period => placed([], bought('first', validityDays, price), t0)!;
const withNext = (): Period[] => [running(), placed([running()], bought('second'), at(10))!];
const [from, until] = ['startsAt', 'expiresAt'] as const;

test.each(casesOf('rental_period'))('$id: an activation runs for its days', ({ given, expected }) => {
  const period = placed([], bought('r', Number(given['validity_days'])), ms(given['activated_at']!))!;

  expect(period).toMatchObject({ status: 'ACTIVE', [from]: expected['start'], [until]: expected['expiry'] });
});

test.each(casesOf('rental_renewal'))('$id: a renewal begins where the current one ends', ({ given, expected }) => {
  const days = Number(given['validity_days']);
  const current = placed([], bought('r', days), ms(given['current_expiry']!) - days * dayMs)!;
  const next = placed([current], bought('s', days), ms(given['activated_at']!))!;

  expect(next).toMatchObject({ status: 'SCHEDULED', [from]: expected['start'], [until]: expected['expiry'] });
});

test.each(casesOf('rental_days_remaining'))('$id: days that are left', ({ given, expected }) => {
  const [now, expiry] = [ms(given['now']!), given['expiry']!];

  expect(daysRemaining({ expiresAt: expiry, remainingMs: null }, now)).toBe(Number(expected['days_remaining']));
  expect(now >= ms(expiry)).toBe(expected['is_expired'] === 'true');
});

test.each(casesOf('rental_pause'))('$id: what is left is kept while paused', ({ given, expected }) => {
  const days = 14;
  const period = placed([], bought('r', days), ms(given['expiry']!) - days * dayMs)!;
  const stopped = paused([period], 'SANCTION', ms(given['paused_at']!))!;
  const [again] = resumed(stopped, 'SANCTION', ms(given['resumed_at']!))!;

  expect(again).toMatchObject({ status: 'ACTIVE', [until]: expected['new_expiry'], remainingMs: null });
});

test.each(casesOf('rental_prorata_refund'))('$id: unused days go back', ({ given, expected }) => {
  const [price, days, unused] = ['rental_paise', 'validity_days', 'unused_full_days'].map((name) =>
    Number(given[name]),
  );
  const period = placed([], bought('r', days, price), t0)!;
  const nowMs = at(days! - unused!) - 1;

  expect(proRataRefund(period, nowMs)).toBe(Number(expected['refund_paise']));
  expect(price! - proRataRefund(period, nowMs)).toBe(Number(expected['retained_paise']));
});

test.each(casesOf('rental_recognition'))('$id: the days of a rent add up to its price', ({ given, expected }) => {
  const period = bought('r', Number(given['validity_days']), Number(given['rental_paise']));
  const days = Array.from(
    { length: period.validityDays },
    (_, n) => incomeUntil(period, n + 1) - incomeUntil(period, n),
  );

  expect(days.slice(0, 2)).toEqual([Number(expected['first_day_paise']), Number(expected['second_day_paise'])]);
  expect(days.reduce((sum, day) => sum + day, 0)).toBe(Number(expected['sum_paise']));
});

test.each([
  ['2027-01-31T10:00:00.000Z', 30, '2027-03-02T10:00:00.000Z'],
  ['2028-02-15T10:00:00.000Z', 30, '2028-03-16T10:00:00.000Z'],
  ['2028-02-28T18:29:59.999Z', 1, '2028-02-29T18:29:59.999Z'],
])('from %s %d days last until %s', (start, days, end) => {
  expect(placed([], bought('r', days), ms(start))).toMatchObject({ [until]: end });
});

test('one period can be bought ahead, and no second one', () => {
  expect(nextStartMs([], t0)).toBe(t0);
  expect(nextStartMs([running()], at(3))).toBe(at(14));
  expect(nextStartMs(withNext(), at(3))).toBeNull();
  expect(placed(withNext(), bought('third'), at(3))).toBeNull();
});

test('at the end the next one begins in the same instant, and the one after that when its time comes', () => {
  expect(expired(withNext(), at(14) - 1)).toBeNull();
  const [first, second] = expired(withNext(), at(14))!;

  expect([first!.status, second!.status]).toEqual(['EXPIRED', 'ACTIVE']);
  expect(second![from]).toBe(first![until]);
  expect(expired([second!], at(40))).toMatchObject([{ status: 'EXPIRED', [until]: instant(at(28)) }]);
});

test('a pause keeps what is left and moves what comes after it', () => {
  const stopped = paused(withNext(), 'STAFF', at(4))!;
  expect(stopped).toMatchObject([{ status: 'PAUSED', remainingMs: 10 * dayMs }, { status: 'SCHEDULED' }]);
  expect(resumed(stopped, 'SANCTION', at(9))).toBeNull();

  const [first, second] = resumed(stopped, 'STAFF', at(9))!;

  expect([first![until], second![from], second![until]]).toEqual([at(19), at(19), at(33)].map(instant));
  expect(paused(stopped, 'STAFF', at(5))).toBeNull();
  expect(expired(stopped, at(100))).toBeNull();
});

test('hours for nothing come after the paid time: they are neither income nor refunded', () => {
  const [longer, next] = extended(withNext(), 'first', 48 * hourMs);
  expect([longer![until], next![from]]).toEqual([at(16), at(16)].map(instant));

  expect(proRataRefund(longer!, at(14))).toBe(0);
  expect(earnedDays(longer!, at(14))).toBe(14);
  expect(earnedDays(longer!, at(15))).toBe(14);
  const stopped = paused([longer!], 'STAFF', at(9))!;
  const [given] = extended(stopped, 'first', 24 * hourMs);
  expect(given).toMatchObject({ remainingMs: 8 * dayMs });
  expect(proRataRefund(given!, at(60))).toBe(Math.round((349_900 * 5) / 14));
});

test('cancelling gives back what is not used, and lets the next one begin', () => {
  const now = { nowMs: at(4), refunds: true, isKeptOff: false };
  const [first, second] = cancelled(withNext(), 'first', now);

  expect(first).toMatchObject({ status: 'CANCELLED', refundPaise: Math.round((349_900 * 10) / 14) });
  expect(second).toMatchObject({ status: 'ACTIVE', [from]: instant(at(4)), [until]: instant(at(18)) });
  expect(cancelled(withNext(), 'second', now)).toMatchObject([
    { status: 'ACTIVE' },
    { status: 'CANCELLED', refundPaise: 349_900 },
  ]);
  expect(cancelled(withNext(), 'first', { ...now, refunds: false })[0]).toMatchObject({ refundPaise: 0 });
  expect(cancelled(withNext(), 'first', { ...now, isKeptOff: true })[1]).toMatchObject({
    ...{ status: 'PAUSED', pausedBy: 'SANCTION', remainingMs: 14 * dayMs },
  });
  expect(() => cancelled([first!], 'first', now)).toThrow(expect.objectContaining({ type: 'RENTAL_NOT_ACTIVE' }));
});

test('a refund is never more than what is not income yet', () => {
  const period = { ...running(), recognizedPaise: paise(300_000) };

  expect(proRataRefund(period, t0)).toBe(49_900);
  expect(allCancelled([period], t0)).toMatchObject([{ status: 'CANCELLED', refundPaise: 49_900 }]);
});

test('a forecast names the next payment, twelve periods and the refund of today', () => {
  const { nextPayment, periods, refundToday, blocked } = forecast(withNext(), { isKeptOff: false, fault: null }, at(4));

  expect(nextPayment).toEqual({ at: instant(at(28)), amount: 349_900 });
  expect(periods).toHaveLength(12);
  expect(periods[11]).toEqual({ startsAt: instant(at(28 + 11 * 14)), expiresAt: instant(at(28 + 12 * 14)) });
  expect(refundToday).toBe(Math.round((349_900 * 10) / 14) + 349_900);
  expect(blocked).toBeNull();
});

test.each([
  ['nothing', [], false, null, null],
  ['no paid rental', [], false, 'RENTAL_REQUIRED', /No paid rental/],
  ['a sanction', [running()], true, null, /sanction/],
  ['a pause by staff', paused([running()], 'STAFF', at(2))!, false, 'RENTAL_REQUIRED', /paused by staff/],
] as const)('a forecast says why a driver may not drive: %s', (_, periods, isKeptOff, fault, sentence) => {
  const { blocked } = forecast(periods, { isKeptOff, fault }, at(3));

  expect(blocked).toEqual(sentence && expect.stringMatching(sentence));
});
