import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountCodes, chart, ownerTypeOf, platform } from '../../../workflows/domain/money/accounts.ts';
import type { AccountCode } from '../../../workflows/domain/money/accounts.ts';
import { credit, debit, journal, reversal } from '../../../workflows/domain/money/journals/journal.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { of } from './postings/facts.ts';
import { postings1to25 } from './postings/1-to-25.ts';
import { postings26to50 } from './postings/26-to-50.ts';

/** `D 1020 500`, with the owner where the account has one. */
const lines = ({ entries }: Journal) =>
  entries.map(({ side, code, amount, ownerId }) =>
    [side, ownerId === platform ? code : `${code}[${ownerId}]`, amount].join(' '),
  );

const moves = ({ dues, items }: Journal) =>
  [...dues, ...items].map(({ kind, source, booked, used }) => `${kind} ${source} +${booked} -${used}`);

const postings = [...postings1to25, ...postings26to50];

test.each(postings)('posting %s', (_, posting, event, entries, moved) => {
  expect(`${posting.eventType} ${posting.eventKey}`).toBe(event);
  expect(lines(posting)).toEqual(entries);
  expect(moves(posting)).toEqual(moved);
});

test('every posting of the contract has a builder', () => {
  const numbers = new Set(postings.map(([name]) => parseInt(name, 10)));

  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('who waives or writes off closes the due as such, and who covers it does not', () => {
  const closes = (number: string) =>
    postings.filter(([name]) => name === number).flatMap(([, { dues }]) => dues.map((due) => due.closes));

  expect(['16', '22', '44', '20'].map(closes)).toEqual([['WRITTEN_OFF'], ['WAIVED'], ['WRITTEN_OFF'], [undefined]]);
});

test('a posted payout settles what it reserved, a failed one frees it', () => {
  const reservations = postings
    .filter(([, { reservation }]) => reservation)
    .map(([name, { reservation }]) => [name, reservation]);

  expect(reservations).toEqual([
    ['25', { payoutId: 'po', becomes: 'FINAL' }],
    ['26', { payoutId: 'po', becomes: 'FREE' }],
  ]);
});

const two = (amount: number) => [debit(1010, amount), credit(1040, amount)];

test.each<[string, Parameters<typeof journal>[3], RegExp]>([
  ['sides that differ', [debit(1010, 5), credit(1040, 4)], /debits of 0\.05 and credits of 0\.04/],
  ['nothing', [], /no amount/],
  ['lines of zero alone', two(0), /no amount/],
  ['a negative amount', two(-5), /negative amount/],
  ['a driver’s account without a driver', [debit(1010, 5), credit(2010, 5)], /2010 has no account/],
  ['a platform’s account of somebody', [debit(1010, 5, 'd'), credit(1040, 5)], /1010 has no account/],
  ['an owner without a name', [debit(1010, 5), credit(2010, 5, '')], /2010 has no account/],
  ['dues that do not move', [debit(1070, 5, 'd'), credit(4030, 5, 'f')], /1070 moves without its dues/],
  ['items that do not move', [debit(5010, 5, 'f'), credit(2020, 5, 'd')], /2020 moves without its items/],
])('a journal of %s cannot be made', (_, entries, says) => {
  expect(() => journal('test', 'key', of, entries)).toThrow(says);
});

test('half a paisa cannot be posted', () => {
  expect(() => debit(1010, 0.5)).toThrow(RangeError);
});

test('no choice of entries makes an unbalanced journal', () => {
  const safe = accountCodes.filter((code) => code !== 1070 && code !== 2020);
  const entry = fc
    .record({ code: fc.constantFrom(...safe), amount: fc.integer({ min: 0, max: 9 }), isDebit: fc.boolean() })
    .map(({ code, amount, isDebit }) =>
      (isDebit ? debit : credit)(code, amount, ownerTypeOf(code, platform) ? platform : 'x'),
    );

  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      const total = (side: 'D' | 'C') =>
        entries.filter((each) => each.side === side).reduce((all, { amount }) => all + amount, 0);
      const make = () => journal('test', 'key', of, entries);
      if (total('D') !== total('C') || total('D') === 0) expect(make).toThrow(RangeError);
      else expect(make().entries.every(({ amount }) => amount > 0)).toBe(true);
    }),
  );
});

test('the reversal of a reversal is the journal again', () => {
  for (const [, posting] of postings) {
    const back = reversal({ ...posting, id: '1' }, of);
    const again = reversal({ ...back, id: '2' }, of);

    expect([lines(again), moves(again)]).toEqual([lines(posting), moves(posting)]);
  }
});

test('an account of the chart grows on the side of its kind', () => {
  for (const code of accountCodes) {
    const { kind, normal } = chart[code];

    expect([code, normal]).toEqual([code, kind === 'A' || kind === 'E' ? 'D' : 'C']);
  }
});

test('guarded are exactly the accounts that the contract does not let fall below zero', () => {
  const guarded: AccountCode[] = [1050, 1060, 1070, 2010, 2030, 2040, 2050, 2060, 2070, 2080, 2090];

  expect(accountCodes.filter((code) => chart[code].guarded)).toEqual(guarded);
});
