import { expect, test } from '@jest/globals';
import {
  deduction,
  end,
  impose,
  isOpenPenalty,
  lift,
  monetaryStatus,
  penaltyDeadlines,
  settle,
  statusUnder,
  suspensionSpan,
  waive,
} from '../../../workflows/domain/money/penalties.ts';
import type { PenaltyFacts } from '../../../workflows/domain/money/penalties.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { ms } from '../../../workflows/domain/time.ts';
import { asStaff } from '../../world/actors.ts';

const startsAt = '2026-12-01T05:00:00.000Z';
const endsAt = '2026-12-03T18:29:59.999Z';
const startMs = ms(startsAt);
const endMs = ms(endsAt);

const aPenalty = (of: Partial<PenaltyFacts> = {}): PenaltyFacts => ({
  ...{ penaltyId: 'penalty-1', shortId: 'PEN20261130001', driverId: 'driver-1', fleetId: 'fleet-1' },
  ...{ type: 'SUSPENSION', status: 'SCHEDULED', startsAt, endsAt, createdAt: '2026-11-30T05:00:00.000Z', version: 0 },
  ...{ depositSettledAt: null, settlementWaitsFor: null },
  ...{ depositPaise: paise(0), nettedPaise: paise(0), linkPaidPaise: paise(0), outstandingPaise: paise(0) },
  ...of,
});

const byStaff = { by: asStaff('user-1'), textId: 'text-1' };

test.each([
  ['before its time', 'SCHEDULED', startMs - 1, undefined],
  ['at its time', 'SCHEDULED', startMs, 'IN_FORCE'],
  ['in its last moment', 'SCHEDULED', endMs, 'IN_FORCE'],
  ['after its end, it never does', 'SCHEDULED', endMs + 1, 'ENDED'],
  ['again', 'IN_FORCE', startMs, undefined],
  ['when it was waived', 'WAIVED', startMs, undefined],
] as const)('a sanction begins %s', (_, status, nowMs, becomes) => {
  expect(impose(aPenalty({ status }), {}, nowMs)?.set.status).toBe(becomes);
});

test('a blacklisting begins at once', () => {
  const blacklisting = aPenalty({ type: 'BLACKLIST', startsAt: null, endsAt: null, createdAt: startsAt });

  expect(impose(blacklisting, {}, startMs)?.set.status).toBe('IN_FORCE');
  expect(end({ ...blacklisting, status: 'IN_FORCE' }, {}, Infinity)).toBeNull();
});

test.each([
  ['in its last moment', 'IN_FORCE', endMs, undefined],
  ['after it', 'IN_FORCE', endMs + 1, 'ENDED'],
  ['before it began', 'SCHEDULED', endMs + 1, undefined],
  ['twice', 'ENDED', endMs + 1, undefined],
] as const)('a suspension ends %s', (_, status, nowMs, becomes) => {
  expect(end(aPenalty({ status }), {}, nowMs)?.set.status).toBe(becomes);
});

test.each([
  ['SUSPENSION', 'SCHEDULED', true],
  ['SUSPENSION', 'IN_FORCE', true],
  ['SUSPENSION', 'ENDED', false],
  ['SUSPENSION', 'WAIVED', false],
  ['BLACKLIST', 'IN_FORCE', false],
  ['WARNING', 'IN_FORCE', false],
  ['MONETARY', 'OUTSTANDING', false],
] as const)('a %s that is %s can be lifted: %s', (type, status, isLiftable) => {
  const lifting = () => lift(aPenalty({ type, status }), byStaff, startMs);

  if (isLiftable) expect(lifting()?.set.status).toBe('ENDED');
  else expect(lifting).toThrow(expect.objectContaining({ type: 'PENALTY_NOT_LIFTABLE' }));
});

test.each(['OUTSTANDING', 'PARTLY_DEDUCTED', 'SETTLED', 'SCHEDULED', 'IN_FORCE', 'ENDED'] as const)(
  'what is %s can be waived, and nothing of it stays open',
  (status) => {
    expect(waive(aPenalty({ status, outstandingPaise: paise(500) }), byStaff, startMs)?.set).toEqual({
      ...{ status: 'WAIVED', outstandingPaise: 0 },
    });
  },
);

test('a waived penalty stays waived', () => {
  expect(() => waive(aPenalty({ status: 'WAIVED' }), byStaff, startMs)).toThrow(
    expect.objectContaining({ type: 'PENALTY_ALREADY_WAIVED' }),
  );
});

test.each([
  ['SUSPENSION', 'SCHEDULED', true, ['impose']],
  ['SUSPENSION', 'IN_FORCE', true, ['end']],
  ['SUSPENSION', 'ENDED', false, []],
  ['BLACKLIST', 'IN_FORCE', true, []],
  ['WARNING', 'IN_FORCE', false, []],
  ['MONETARY', 'OUTSTANDING', false, []],
] as const)('a %s that is %s: open %s, due %j', (type, status, isOpen, due) => {
  const penalty = aPenalty({ type, status, endsAt: type === 'SUSPENSION' ? endsAt : null });

  expect(isOpenPenalty(penalty)).toBe(isOpen);
  expect(penaltyDeadlines(penalty).map(({ name }) => name)).toEqual(due);
});

test('a blacklisting is over once it has settled the deposit, and settles it once', () => {
  const penalty = aPenalty({ type: 'BLACKLIST', status: 'IN_FORCE', startsAt: null, endsAt: null });
  const settled = { ...penalty, depositSettledAt: startsAt };

  expect(settle(penalty, {}, startMs)).toMatchObject({ move: 'settle' });
  expect([isOpenPenalty(settled), settle(settled, {}, startMs)]).toEqual([false, null]);
  expect(settle({ ...penalty, status: 'WAIVED' }, {}, startMs)).toBeNull();
});

test.each([
  [[], null, 'ACTIVE'],
  [['SUSPENSION', 'SUSPENSION'], null, 'SUSPENDED'],
  [['SUSPENSION', 'BLACKLIST'], null, 'BLACKLISTED'],
  [['SUSPENSION'], 'BLACKLISTED', 'BLACKLISTED'],
  [[], 'SUSPENDED', 'SUSPENDED'],
] as const)('sanctions %j, and %s by hand, make a driver %s', (types, byHand, status) => {
  expect(
    statusUnder(
      types.map((type) => ({ type })),
      byHand,
    ),
  ).toBe(status);
});

test.each([
  [
    'moments',
    '2026-12-01T05:30:00.000Z',
    '2026-12-01T09:00:00.000Z',
    '2026-12-01T05:30:00.000Z',
    '2026-12-01T09:00:00.000Z',
  ],
  [
    'days',
    '2026-12-01T00:00:00.000Z',
    '2026-12-01T00:00:00.000Z',
    '2026-11-30T18:30:00.000Z',
    '2026-12-01T18:29:59.999Z',
  ],
  [
    'a moment and a day',
    '2026-12-01T05:30:00.001Z',
    '2026-12-31T00:00:00.000Z',
    '2026-12-01T05:30:00.001Z',
    '2026-12-31T18:29:59.999Z',
  ],
])('a suspension by %s', (_, start, until, from, to) => {
  expect(suspensionSpan(new Date(start), new Date(until))).toEqual({ startsAt: new Date(from), endsAt: new Date(to) });
});

test.each([
  [65_000, 800_000, 'RENTAL', 65_000, 0],
  [65_000, 40_025, 'RENTAL', 40_025, 24_975],
  [65_000, 0, 'RENTAL', 0, 65_000],
  [65_000, 800_000, 'PAYOUT', 0, 65_000],
  [65_000, 800_000, null, 0, 65_000],
] as const)('of %d a deposit of %d of a driver by %s pays %d', (amount, deposit, model, deducted, remaining) => {
  expect(deduction(paise(amount), paise(deposit), model)).toEqual({ deducted, remaining });
});

test.each([
  [0, 500, 'OUTSTANDING'],
  [100, 400, 'PARTLY_DEDUCTED'],
  [0, 0, 'SETTLED'],
  [500, 0, 'SETTLED'],
] as const)('with %d from the deposit and %d open it is %s', (deposit, open, status) => {
  expect(monetaryStatus(paise(deposit), paise(open))).toBe(status);
});
