import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRow } from '../../../../workflows/domain/money/payouts/bulk-rows.ts';
import type { ReadRow, RowFault, SentRow } from '../../../../workflows/domain/money/payouts/bulk-rows.ts';
import { accountNumber, defaultCycle, driverId, phone, sent } from './sent-rows.ts';

const read = (cells: Partial<SentRow['cells']>) => readRow(sent({ phone, amount: '1', ...cells }), defaultCycle);

const codeOf = (row: ReadRow | RowFault) => ('errorCode' in row ? row.errorCode : null);

test.each<[string, string | null]>([
  ['9876543210', phone],
  [' 9876543210\u00a0', phone],
  ['+919876543210', phone],
  ['919876543210', phone],
  ['09876543210', phone],
  ['+91 98765 43210', phone],
  ['98765-43210', phone],
  ['\u202a9876543210\u202c', phone],
  ['9198765432', '9198765432'],
  ['9.87654E+09', null],
  ['9.876543210E+09', null],
  ['9876543210.0', null],
  ['987654321.0', null],
  ['9.8E+09', null],
  ['987654321', null],
  ['98765432100', null],
  ['+9876543210', null],
  ['0919876543210', null],
  ['-9876543210', null],
  ['(98765) 43210', null],
  ['9876543210 / 9876543211', null],
  ['९८७६५४३२१०', null],
  ['Total', null],
  ["'9876543210", null],
])('the phone %j is %s', (written, digits) => {
  const row = read({ phone: written });

  expect([codeOf(row), row.phone]).toEqual(digits ? [null, digits] : ['ROW_IDENTIFIER_INVALID', expect.any(String)]);
});

test.each<[string, boolean]>([
  ['000123456789', true],
  ['123456789', true],
  ['50123000000000', true],
  ['ABC123', true],
  [' 000123456789\u00a0', true],
  ['5.0123E+13', false],
  ['5.01234E+13', false],
  ['12345', false],
  ['1234567890123456789', false],
  ['5012 3456 7890', false],
  ['XXXX-6789', false],
  ['Total', false],
])('the account number %j can be one: %s', (written, isOne) => {
  const row = read({ phone: '', accountNumber: written });

  expect(codeOf(row)).toBe(isOne ? null : 'ROW_IDENTIFIER_INVALID');
  if (isOne) expect(row.accountNumber).toBe(written.trim());
});

test.each<[string, Partial<SentRow['cells']>, string | null]>([
  ['a phone that is none beside an account number', { phone: '9.8E+09', accountNumber }, 'ROW_IDENTIFIER_INVALID'],
  ['an account number that is none beside a phone', { accountNumber: '5.0123E+13' }, null],
  ['nothing', { phone: ' \u00a0' }, 'ROW_IDENTIFIER_INVALID'],
  ['the id of a driver', { phone: '', driverId: driverId.toUpperCase() }, null],
  ['an id that is none', { phone: '', driverId: 'DRV20261130001' }, 'ROW_IDENTIFIER_INVALID'],
  ['an id that is none beside a phone', { driverId: '7' }, 'ROW_IDENTIFIER_INVALID'],
])('%s as identifier', (_, cells, code) => {
  expect(codeOf(read(cells))).toBe(code);
});

test.each<[string, number | null]>([
  ['1500', 150_000],
  ['01500', 150_000],
  ['1500.5', 150_050],
  ['4.35', 435],
  [' 1500 ', 150_000],
  ['1500\u00a0', 150_000],
  ['999999999.99', 99_999_999_999],
  ...[
    ...['₹1500', '₹ 500', 'Rs. 1500', '1500/-', '500/-', '1500 INR', '1,500', '1.500,00', '1500.5.0', '.50', '1500.'],
    ...['-1500', '+1500', '(1500)', '१५००', '1500.005', '1 500', '1E+3', '1e3', '12abc', 'NaN', '', '=1500', '1e+21'],
    ...['1234567890', "'1500", '1\u200b500', 'true', '["1500"]'],
  ].map((text): [string, null] => [text, null]),
])('the amount %j is worth %s paise', (written, amount) => {
  const row = read({ amount: written });

  expect([codeOf(row), row.amount]).toEqual(amount === null ? ['ROW_AMOUNT_INVALID', 0] : [null, amount]);
});

test.each(['penalty', 'incentive'] as const)('%s may be empty, and is an amount else', (column) => {
  expect(read({ [column]: ' ' })).toMatchObject({ amount: 100, [column]: 0 });
  expect(read({ [column]: '7.50' })).toMatchObject({ amount: 100, [column]: 750 });
  expect(read({ [column]: '-7' })).toMatchObject({
    errorCode: 'ROW_AMOUNT_INVALID',
    message: expect.stringMatching(`^${column} "-7"`) as unknown,
  });
});

test.each<[Partial<SentRow['cells']>, string | null]>([
  [{ amount: '0' }, 'ROW_EMPTY'],
  [{ amount: '0.00', penalty: '0', incentive: '0.0' }, 'ROW_EMPTY'],
  [{ amount: '0', penalty: '0.01' }, null],
  [{ amount: '0', incentive: '5' }, null],
])('a row of %j: %s', (cells, code) => {
  expect(codeOf(read(cells))).toBe(code);
});

test.each<[string, string, boolean, string | null]>([
  ['', defaultCycle, false, null],
  [' \u00a0', defaultCycle, false, null],
  [' Week 48 ', 'Week 48', true, null],
  ['=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")', true, null],
  ['\t=1+1', '=1+1', true, null],
  ['अ'.repeat(60), 'अ'.repeat(60), true, null],
  ['🚕'.repeat(60), '🚕'.repeat(60), true, null],
  ['अ'.repeat(61), 'अ'.repeat(60), true, 'ROW_CYCLE_TOO_LONG'],
])('the cycle %j', (written, payoutCycle, hasOwnCycle, code) => {
  const row = read({ payoutCycle: written });

  expect([row.payoutCycle, row.hasOwnCycle, codeOf(row)]).toEqual([payoutCycle, hasOwnCycle, code]);
});

test.each<[Partial<SentRow['cells']>, boolean, string]>([
  [{ phone: '', amount: 'x' }, true, 'ROW_TOO_MANY_CELLS'],
  [{ phone: '', amount: 'x' }, false, 'ROW_IDENTIFIER_INVALID'],
  [{ phone: 'Total', amount: '15000' }, false, 'ROW_IDENTIFIER_INVALID'],
  [{ amount: '0', incentive: 'x' }, false, 'ROW_AMOUNT_INVALID'],
  [{ amount: '0', payoutCycle: 'x'.repeat(61) }, false, 'ROW_EMPTY'],
])('of several faults the first counts: %j', (cells, tooManyCells, code) => {
  expect(codeOf(readRow(sent({ phone, ...cells }, { tooManyCells }), defaultCycle))).toBe(code);
});

test('with a cell too many no amount is read', () => {
  expect(readRow(sent({ phone, amount: '1', penalty: '500' }, { tooManyCells: true }), defaultCycle)).toMatchObject({
    ...{ errorCode: 'ROW_TOO_MANY_CELLS', phone, amount: 0, penalty: 0 },
    message: expect.stringContaining('amount "1"') as unknown,
  });
});

test.each<[Partial<SentRow['cells']>, string]>([
  [{ phone: 'x'.repeat(50) }, `phone "${'x'.repeat(40)}" is no mobile number: write its 10 digits`],
  [{ phone: '' }, 'phone and accountNumber are empty: write one of them'],
  [
    { phone: '', accountNumber: '5.01234E+13' },
    'accountNumber "****E+13" is none: write its 6 to 18 digits or letters, as text',
  ],
  [
    { amount: '1,500' },
    'amount "1,500" is no amount: write digits, and at most two behind a point, like 1500 or 1500.50',
  ],
  [{ amount: '' }, 'amount is empty: write digits, and at most two behind a point, like 1500 or 1500.50'],
  [{ payoutCycle: 'y'.repeat(61) }, `payoutCycle "${'y'.repeat(40)}" has 61 characters: write at most 60`],
])('a message names column, text and remedy: %j', (cells, message) => {
  expect(read(cells)).toMatchObject({ message });
});

test('no cells throw, and no amount differs from its text', () => {
  const amount = fc.oneof(fc.string(), fc.double().map(String), fc.stringMatching(/^ ?\d{0,10}(\.\d{0,3})?[ x]?$/));
  const any = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', phone, accountNumber, driverId));
  const cells = fc.record({
    ...{ driverId: any, phone: any, accountNumber: any, payoutCycle: any },
    ...{ amount, penalty: amount, incentive: amount },
  });
  /** The paise of a decimal text, found in another way. */
  const exact = (text: string) =>
    BigInt(text.replace(/^(\d+)\.?(\d*)$/, (_, a: string, b: string) => a + b.padEnd(2, '0')));
  fc.assert(
    fc.property(cells, fc.boolean(), (written, tooManyCells) => {
      const row = readRow(sent(written, { tooManyCells }), defaultCycle);
      for (const column of ['amount', 'penalty', 'incentive'] as const) {
        const text = written[column].trim();
        const isRead = /^\d{1,9}(\.\d{1,2})?$/.test(text) && !tooManyCells;
        expect(BigInt(row[column])).toBe(isRead ? exact(text) : 0n);
        if (codeOf(row) === null) expect(isRead || (text === '' && column !== 'amount')).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
