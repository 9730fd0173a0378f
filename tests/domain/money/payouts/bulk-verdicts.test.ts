import { expect, test } from '@jest/globals';
import { paise, rupees, rupeeText } from '../../../../workflows/domain/money.ts';
import { readRow } from '../../../../workflows/domain/money/payouts/bulk-rows.ts';
import type { SentRow } from '../../../../workflows/domain/money/payouts/bulk-rows.ts';
import { canonicalRows, cycleKey, judgeRows } from '../../../../workflows/domain/money/payouts/bulk-verdicts.ts';
import type { Known, Payee } from '../../../../workflows/domain/money/payouts/bulk-verdicts.ts';
import { casesOf } from '../../../world/money/cases.ts';
import { accountNumber, defaultCycle, driverId, phone, sent } from './sent-rows.ts';

test.each([
  ['Week 48', ' week  48 '],
  ['Week 48', 'WEEK\u00a048'],
  ['Week 48', 'Ｗｅｅｋ ４８'],
])('the cycles %j and %j are one', (one, other) => {
  expect(cycleKey('d', other)).toBe(cycleKey('d', one));
});

test('other cycles and other drivers have other keys', () => {
  const keys = [cycleKey('d', 'Week 48'), cycleKey('d', 'Week 49'), cycleKey('e', 'Week 48'), cycleKey('d', 'Week48')];

  expect(new Set(keys).size).toBe(4);
  expect(keys[0]).toBe('d:week 48');
});

const aPayee = (of: Partial<Payee> = {}): Payee => ({
  ...{ driverId: 'd1', fleetId: 'f1', isVisible: true, isBlacklisted: false, payoutHold: false, isBankReady: true },
  ...{ owed: rupees(1_000), allowAdvance: true, ...of },
});

const known = (payees: Record<string, Payee[]>, takenCycles: string[] = []): Known => {
  const found = new Map(Object.entries(payees));
  const byId = new Map([...found.values()].flat().map((payee) => [payee.driverId, payee]));
  return { byPhone: found, byAccount: found, byId, takenCycles: new Set(takenCycles) };
};

const limits = { min: rupees(1), max: rupees(100_000), incentiveMax: rupees(25_000) };

const judge = (rows: Partial<SentRow['cells']>[], drivers: Known, cycle = defaultCycle) =>
  judgeRows(
    rows.map((cells, at) =>
      readRow(sent({ phone, amount: '100', payoutCycle: `c${at}`, ...cells }, { row: at + 1 }), cycle),
    ),
    drivers,
    limits,
  );

const outcomes = (verdicts: ReturnType<typeof judge>) =>
  verdicts.map(({ status, errorCode, warnings }) => errorCode ?? [status, ...warnings].join(' '));

test('a row that can be paid', () => {
  const [verdict] = judge(
    [{ penalty: '5', incentive: '7.50', payoutCycle: ' Week  48' }],
    known({ [phone]: [aPayee()] }),
  );

  expect(verdict).toEqual({
    ...{ row: 1, status: 'VALID', errorCode: null, message: null, warnings: [] },
    ...{ driverId: 'd1', fleetId: 'f1', cycleKey: 'd1:week 48' },
    ...{ phone, accountNumber: null, amount: 10_000, penalty: 500, incentive: 750 },
    ...{ payoutCycle: 'Week  48', hasOwnCycle: true },
  });
});

const other = aPayee({ driverId: 'd2' });

test.each<[string, Partial<SentRow['cells']>, Record<string, Payee[]>, string]>([
  ['an unknown phone', {}, {}, 'ROW_DRIVER_NOT_FOUND'],
  [
    'an account without its zeros',
    { phone: '', accountNumber: '123456789' },
    { [accountNumber]: [aPayee()] },
    'ROW_DRIVER_NOT_FOUND',
  ],
  ['an account as it is', { phone: '', accountNumber }, { [accountNumber]: [aPayee()] }, 'VALID'],
  ['an unknown id', { phone: '', driverId }, {}, 'ROW_DRIVER_NOT_FOUND'],
  ['an id', { phone: '', driverId }, { [phone]: [aPayee({ driverId })] }, 'VALID'],
  [
    'an id and the phone of another',
    { driverId },
    { x: [aPayee({ driverId })], [phone]: [other] },
    'ROW_IDENTIFIER_MISMATCH',
  ],
  ['a phone of two', {}, { [phone]: [aPayee(), other] }, 'ROW_DRIVER_AMBIGUOUS'],
  [
    'a phone of two, one of them visible',
    {},
    { [phone]: [aPayee(), aPayee({ driverId: 'd3', isVisible: false })] },
    'ROW_DRIVER_AMBIGUOUS',
  ],
  [
    'an unknown phone beside a known account',
    { accountNumber },
    { [accountNumber]: [aPayee()] },
    'ROW_DRIVER_NOT_FOUND',
  ],
  ['phone and account of one', { accountNumber }, { [phone]: [aPayee()], [accountNumber]: [aPayee()] }, 'VALID'],
  [
    'an account that the driver shares',
    { accountNumber },
    { [phone]: [aPayee()], [accountNumber]: [other, aPayee()] },
    'VALID',
  ],
  [
    'phone and account of two',
    { accountNumber },
    { [phone]: [aPayee()], [accountNumber]: [other] },
    'ROW_IDENTIFIER_MISMATCH',
  ],
  ['a phone beside an account of nobody', { accountNumber }, { [phone]: [aPayee()] }, 'VALID'],
  ['a driver of others', {}, { [phone]: [aPayee({ isVisible: false, isBlacklisted: true })] }, 'ROW_OUT_OF_SCOPE'],
  [
    'a blacklisted driver',
    {},
    { [phone]: [aPayee({ isBlacklisted: true, isBankReady: false })] },
    'ROW_DRIVER_BLOCKED',
  ],
  ['a driver on hold', {}, { [phone]: [aPayee({ payoutHold: true })] }, 'ROW_DRIVER_BLOCKED'],
  [
    'a driver without a bank',
    { amount: '0.50' },
    { [phone]: [aPayee({ isBankReady: false })] },
    'ROW_BANK_DETAILS_MISSING',
  ],
  [
    'a driver without a bank, who gets nothing',
    { amount: '0', penalty: '5' },
    { [phone]: [aPayee({ isBankReady: false })] },
    'VALID',
  ],
  ['too little', { amount: '0.99' }, { [phone]: [aPayee()] }, 'ROW_AMOUNT_OUT_OF_RANGE'],
  ['the least', { amount: '1' }, { [phone]: [aPayee()] }, 'VALID'],
  ['the most', { amount: '100000' }, { [phone]: [aPayee({ owed: rupees(100_000) })] }, 'VALID'],
  ['too much', { amount: '100000.01' }, { [phone]: [aPayee()] }, 'ROW_AMOUNT_OUT_OF_RANGE'],
  ['what is owed', { amount: '1000' }, { [phone]: [aPayee()] }, 'VALID'],
  ['a paisa more', { amount: '1000.01' }, { [phone]: [aPayee()] }, 'VALID ROW_ADVANCE'],
  [
    'a paisa more without advances',
    { amount: '1000.01' },
    { [phone]: [aPayee({ allowAdvance: false })] },
    'ROW_ADVANCE_BLOCKED',
  ],
  ['what is owed with its incentive', { amount: '1005', incentive: '5' }, { [phone]: [aPayee()] }, 'VALID'],
  [
    'what is owed in spite of its penalty',
    { amount: '1000', penalty: '5' },
    { [phone]: [aPayee()] },
    'VALID ROW_ADVANCE',
  ],
  [
    'a penalty of one who owes',
    { amount: '0', penalty: '5' },
    { [phone]: [aPayee({ owed: paise(-1), allowAdvance: false })] },
    'VALID',
  ],
  ['a rupee of one who owes', { amount: '1' }, { [phone]: [aPayee({ owed: paise(-1) })] }, 'VALID ROW_ADVANCE'],
])('%s', (_, cells, drivers, outcome) => {
  expect(outcomes(judge([cells], known(drivers)))).toEqual([outcome]);
});

test.each<[string, Partial<Payee>, Partial<SentRow['cells']>[], string[]]>([
  [
    'the same cycle twice',
    {},
    [{ payoutCycle: 'A' }, { payoutCycle: ' a' }, { payoutCycle: 'B' }],
    ['VALID', 'ROW_DUPLICATE_IN_FILE', 'VALID'],
  ],
  [
    'the same cycle behind a row that fails',
    {},
    [{ payoutCycle: 'A', amount: '0.50' }, { payoutCycle: 'A' }],
    ['ROW_AMOUNT_OUT_OF_RANGE', 'VALID'],
  ],
  [
    'the same cycle behind an advance that fails',
    { allowAdvance: false },
    [{ payoutCycle: 'A', amount: '1001' }, { payoutCycle: 'A' }],
    ['ROW_ADVANCE_BLOCKED', 'VALID'],
  ],
  [
    'a cycle that is taken, twice',
    {},
    [{ payoutCycle: 'Taken' }, { payoutCycle: 'taken' }],
    ['ROW_DUPLICATE', 'ROW_DUPLICATE'],
  ],
  [
    'the default cycle twice',
    {},
    [{ payoutCycle: '' }, { payoutCycle: defaultCycle }],
    ['VALID', 'ROW_DUPLICATE_IN_FILE'],
  ],
  [
    'a sum above what is owed',
    {},
    [{ amount: '600' }, { amount: '400' }, { amount: '1' }],
    ['VALID', 'VALID', 'VALID ROW_ADVANCE'],
  ],
  [
    'a sum with an incentive before',
    {},
    [{ amount: '1000', incentive: '5' }, { amount: '5' }, { amount: '1' }],
    ['VALID', 'VALID', 'VALID ROW_ADVANCE'],
  ],
  ['a penalty before', {}, [{ amount: '0', penalty: '1000' }, { amount: '1' }], ['VALID', 'VALID ROW_ADVANCE']],
  [
    'rows that are not paid',
    { allowAdvance: false },
    [{ amount: '1001' }, { amount: '900', payoutCycle: 'taken' }, { amount: '1000' }],
    ['ROW_ADVANCE_BLOCKED', 'ROW_DUPLICATE', 'VALID'],
  ],
  [
    'a sum of rows by phone and by account',
    { allowAdvance: false },
    [{ amount: '600' }, { phone: '', accountNumber, amount: '600' }, { amount: '400' }],
    ['VALID', 'ROW_ADVANCE_BLOCKED', 'VALID'],
  ],
  ['a total at the end', {}, [{}, { phone: 'Total', amount: '15000' }], ['VALID', 'ROW_IDENTIFIER_INVALID']],
])('%s', (_, payee, rows, expected) => {
  const drivers = known({ [phone]: [aPayee(payee)], [accountNumber]: [aPayee(payee)] }, ['d1:taken']);

  expect(outcomes(judge(rows, drivers))).toEqual(expected);
});

test('rows of other drivers do not touch', () => {
  const drivers = known({ [phone]: [aPayee()], 9876543211: [other] });

  expect(
    outcomes(
      judge(
        [
          { payoutCycle: 'A', amount: '1000' },
          { phone: '9876543211', payoutCycle: 'A', amount: '1000' },
        ],
        drivers,
      ),
    ),
  ).toEqual(['VALID', 'VALID']);
});

test('a row that was paid before is skipped, in these words', () => {
  expect(judge([{ payoutCycle: 'A' }], known({ [phone]: [aPayee()] }, ['d1:a']))).toMatchObject([
    { status: 'SKIPPED', errorCode: 'ROW_DUPLICATE', message: 'Duplicate transaction found', driverId: 'd1' },
  ]);
});

test('a driver of others is not named', () => {
  expect(judge([{}], known({ [phone]: [aPayee({ isVisible: false })] }))).toMatchObject([
    { status: 'FAILED', driverId: null, fleetId: null, cycleKey: null },
  ]);
});

test('no message shows an account number', () => {
  const drivers = known({ [accountNumber]: [aPayee(), other], [phone]: [aPayee({ driverId: 'd3' })] });
  const verdicts = judge(
    [{ accountNumber }, { phone: '', accountNumber }, { phone: '', accountNumber: '500123456789' }],
    drivers,
  );

  expect(outcomes(verdicts)).toEqual(['ROW_IDENTIFIER_MISMATCH', 'ROW_DRIVER_AMBIGUOUS', 'ROW_DRIVER_NOT_FOUND']);
  expect(verdicts.map(({ message }) => message)).toEqual(
    verdicts.map(() => expect.stringContaining('"****6789"') as unknown),
  );
});

test.each(casesOf('bulk_row_ledger'))('$id: what is left for the next row', ({ given, expected }) => {
  const [amount, penalty, incentive] = ['amount', 'penalty', 'incentive'].map((column) =>
    rupeeText(paise(Number(given[`${column}_paise`]))),
  ) as [string, string, string];
  const owed = paise(Number(given['amount_paise']) + 100_000);
  const left = owed + Number(expected['driver_payable_delta_paise']);
  const next = (of: number) => [{ amount, penalty, incentive }, { amount: rupeeText(paise(of)) }];
  const drivers = known({ [phone]: [aPayee({ owed })] });

  expect(outcomes(judge(next(left), drivers))).toEqual(['VALID', 'VALID']);
  expect(outcomes(judge(next(left + 1), drivers))).toEqual(['VALID', 'VALID ROW_ADVANCE']);
});

const drivers = known({ [phone]: [aPayee()], 9876543211: [other] });
const one = { phone, amount: '100', payoutCycle: 'A' };
const two = { phone: '9876543211', amount: '50', payoutCycle: '' };
const file = [one, two];

test.each<[string, Partial<SentRow['cells']>[], boolean]>([
  ['the same rows', [one, two], true],
  ['another order', [two, one], true],
  ['other forms', [{ ...one, phone: `+91${phone}`, amount: '100.00', payoutCycle: ' a ' }, two], true],
  ['a total below', [...file, { phone: 'Total', amount: '150' }], true],
  ['a row more', [...file, { ...one, payoutCycle: 'B' }], false],
  ['a row less', [one], false],
  ['another amount', [{ ...one, amount: '100.01' }, two], false],
  ['another cycle', [{ ...one, payoutCycle: 'B' }, two], false],
  ['another driver', [{ ...one, phone: '9876543212' }, two], false],
  ['a cycle instead of the default', [one, { ...two, payoutCycle: 'B' }], false],
])('a file of %s is the same: %s', (_, rows, isSame) => {
  const before = canonicalRows(judge(file, drivers));
  const after = canonicalRows(judge(rows, drivers, 'Bulk Payout 1 Dec 2026'));

  expect(after === before).toBe(isSame);
});

test('a file is the same whatever became of its rows', () => {
  const taken = known({ [phone]: [aPayee({ payoutHold: true })] }, ['d1:a']);

  expect(canonicalRows(judge(file, taken))).toBe(canonicalRows(judge(file, drivers)));
});
