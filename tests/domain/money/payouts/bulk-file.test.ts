import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sentRows, sentRowsOfJson } from '../../../../api/money/payouts/bulk-file.ts';
import { refusalIn } from '../../../../workflows/domain/refusals.ts';

const rowsOf = (content: string | Buffer, name = 'rows.csv') =>
  sentRows({ name, type: 'text/csv', content: Buffer.from(content as string) });

const refused = (work: () => unknown) => {
  try {
    return { accepted: work() };
  } catch (error) {
    const found = refusalIn(error);
    if (!found) throw error;
    return [found.key, found.details];
  }
};

const bom = '\ufeff';

test.each<[string, string]>([
  ['as it should be', 'phone,amount,payoutCycle\n9876543210,1500,Week 48\n9876543211,20.5,\n'],
  ['with BOM and CRLF', `${bom}phone,amount,payoutCycle\r\n9876543210,1500,Week 48\r\n9876543211,20.5,\r\n`],
  [
    'with quoted headers behind a BOM',
    `${bom}"phone","amount","payoutCycle"\n9876543210,1500,Week 48\n9876543211,20.5,`,
  ],
  ['with a BOM alone', `${bom}phone,amount,payoutCycle\n9876543210,1500,Week 48\n9876543211,20.5,`],
  ['with CR alone', 'phone,amount,payoutCycle\r9876543210,1500,Week 48\r9876543211,20.5,\r'],
  ['with LF, CRLF and CR mixed', 'phone,amount,payoutCycle\r\n9876543210,1500,Week 48\n9876543211,20.5,\r'],
  ['with other cases and spaces', 'Phone , AMOUNT,payout_cycle\n9876543210,1500,Week 48\n9876543211,20.5,'],
  ['with spaces in headers', ' P hone,amount ,PAYOUT CYCLE\n9876543210,1500,Week 48\n9876543211,20.5,'],
  [
    'with no-break spaces in headers',
    '\u00a0phone\u00a0,amount,"payout\u00a0Cycle"\n9876543210,1500,Week 48\n9876543211,20.5,',
  ],
  ['with semicolons', 'phone;amount;payoutCycle\n9876543210;1500;Week 48\n9876543211;20.5;'],
  ['with semicolons and quotes', '"phone";"amount";"payoutCycle"\n"9876543210";"1500";"Week 48"\n9876543211;20.5;'],
  [
    'with semicolons behind a comma in quotes',
    '"name, first";phone;amount;payoutCycle\nRavi;9876543210;1500;Week 48\n;9876543211;20.5;',
  ],
  ['with spaces around quotes', '"phone", "amount" , "payoutCycle"\n"9876543210" , "1500", Week 48\n9876543211,20.5,'],
  ['in another order', 'payoutCycle,amount,phone\nWeek 48,1500,9876543210\n,20.5,9876543211'],
  [
    'with blank lines',
    '\n \nphone,amount,payoutCycle\n\n  \t \n9876543210,1500,Week 48\r\n\u00a0\r\n9876543211,20.5,\n\n   \n',
  ],
  ['with a row that ends early', 'phone,amount,payoutCycle\n9876543210,1500,Week 48\n9876543211,20.5'],
  ['with more columns', 'name,phone,amount,payoutCycle,,\nRavi,9876543210,1500,Week 48,,\n"=A1",9876543211,20.5'],
])('two rows %s', (_, text) => {
  expect(rowsOf(text)).toMatchObject([
    { row: 1, cells: { phone: '9876543210', amount: '1500', payoutCycle: 'Week 48' }, tooManyCells: false },
    { row: 2, cells: { phone: '9876543211', amount: '20.5', payoutCycle: '' }, tooManyCells: false },
  ]);
});

test('what no column has is an empty text', () => {
  const [sent] = rowsOf('accountNumber,amount\n000123456789,5\n');

  expect(sent).toEqual({
    row: 1,
    raw: { accountNumber: '000123456789', amount: '5' },
    cells: {
      ...{ driverId: '', phone: '', accountNumber: '000123456789' },
      ...{ amount: '5', penalty: '', incentive: '', payoutCycle: '' },
    },
    tooManyCells: false,
  });
});

test.each<[string, string]>([
  ['a line break in quotes', 'Week\r\n48'],
  ['a quote', 'the "good" week'],
  ['commas and semicolons', 'a,b;c'],
  ['Hindi', 'मार्च का भुगतान'],
  ['a formula', '=HYPERLINK("http://x","y")'],
  ['another formula', '@SUM(1)'],
  ['a formula behind a tab', '\t=1+1'],
  ['a sum', '-2+3'],
  ['rupees', '₹ 500'],
  ['spaces', '  Week 48  '],
])('%s is data', (_, cell) => {
  const quoted = `"${cell.replaceAll('"', '""')}"`;
  const [sent, ...others] = rowsOf(`phone,amount,payoutCycle,note\n9876543210,1,${quoted},${quoted}\n`);

  expect(sent).toMatchObject({ cells: { payoutCycle: cell }, raw: { payoutCycle: cell, note: cell } });
  expect(others).toEqual([]);
});

test('identifiers and amounts stay texts', () => {
  const [sent] = rowsOf('phone,accountNumber,amount\n"09876543210",5.01234E+13,01500\n');

  expect(sent!.cells).toMatchObject({ phone: '09876543210', accountNumber: '5.01234E+13', amount: '01500' });
});

test('a row is kept as it was sent, by the headers of the file', () => {
  const [sent] = rowsOf('Driver Name,PHONE,amount,__proto__\nरवि,9876543210,5,x\n');

  expect(Object.entries(sent!.raw)).toEqual([
    ['Driver Name', 'रवि'],
    ['PHONE', '9876543210'],
    ['amount', '5'],
    ['__proto__', 'x'],
  ]);
});

test.each<[string, string, boolean, string | undefined]>([
  ['phone,amount', '9876543210,1,500', true, '500'],
  ['phone,amount', '9876543210,"1,500"', false, undefined],
  ['phone,amount', '9876543210,1500,', true, undefined],
  ['phone,amount', ',,', true, undefined],
  ['phone,amount,', '9876543210,1,500', true, '500'],
  ['phone,amount,', '9876543210,1500,', false, undefined],
  ['phone;amount', '9876543210;1,500', false, undefined],
  ['phone,amount,payoutCycle', '9876543210,1,500,Week 48', true, 'Week 48'],
  ['phone,amount,payoutCycle', ',,', false, undefined],
])('below %s the row %s has more cells than columns: %s', (header, row, tooManyCells, rest) => {
  const [sent, ...others] = rowsOf(`${header}\n${row}\n`);

  expect([sent!.tooManyCells, sent!.raw['']]).toEqual([tooManyCells, rest]);
  expect(others).toEqual([]);
});

const header = (missing: string[], duplicated: string[], headers: string[]) => [
  'CSV_HEADER_INVALID',
  { missing, duplicated, headers },
];

test.each<[string, string, unknown]>([
  ['no identifier', 'name,amount\nRavi,5', header(['phone or accountNumber'], [], ['name', 'amount'])],
  ['no amount', 'phone,rupees\n9876543210,5', header(['amount'], [], ['phone', 'rupees'])],
  ['one phone twice', 'phone,amount,Phone\n1,2,3', header([], ['phone'], ['phone', 'amount', 'Phone'])],
  [
    'two cycles',
    'phone,amount,payoutCycle,payout cycle\n1,2,3',
    header([], ['payoutCycle'], expect.any(Array) as never),
  ],
  ['no header', '9876543210,1500\n9876543211,5', header(expect.any(Array) as never, [], ['******3210', '1500'])],
  ['tabs', 'phone\tamount\n9876543210\t5', header(['phone or accountNumber', 'amount'], [], ['phone\tamount'])],
  ['another word', 'mobile,amount\n9876543210,5', header(['phone or accountNumber'], [], ['mobile', 'amount'])],
  ['empty cells', ',,\n1,2,3', header(['phone or accountNumber', 'amount'], [], ['', '', ''])],
  ['a wrong header alone', 'name\n', header(['phone or accountNumber', 'amount'], [], ['name'])],
])('a header of %s is refused', (_, text, refusal) => {
  expect(refused(() => rowsOf(text))).toEqual(refusal);
});

test('a header of very many columns is read up to the hundredth', () => {
  const names = Array.from({ length: 150 }, (_, at) => `c${at}`);
  const [key, details] = refused(() => rowsOf(`${names.join()},phone,amount\n1`)) as [string, { headers: string[] }];

  expect([key, details.headers.length]).toEqual(['CSV_HEADER_INVALID', 100]);
});

test.each<[string, Buffer, number, RegExp]>([
  ['UTF-16, little end first', Buffer.from('\ufeffphone\tamount\n9876543210\t5', 'utf16le'), 1, /UTF-16.*UTF-8/],
  ['UTF-16, big end first', Buffer.from('\ufeffphone,amount\n1,2', 'utf16le').swap16(), 1, /UTF-16.*UTF-8/],
  ['Latin-1', Buffer.from('phone,amount,name\n9876543210,5,x\r\n9876543211,5,Jos\u00e9\n', 'latin1'), 3, /UTF-8/],
  [
    'a quote that never ends',
    Buffer.from('phone,amount\n9876543210,5\n9876543211,"5\n1,2\n'),
    4,
    /row 2 .*never closed/,
  ],
  ['a header whose quote never ends', Buffer.from('phone,"amount\n9876543210,5'), 2, /header .*never closed/],
  ['text behind a quote', Buffer.from('phone,amount\n9876543210,"5"00\n'), 2, /follows a closing quote/],
  ['text behind a quote and a space', Buffer.from('phone,amount\n9876543210,"5" 00\n'), 2, /follows a closing quote/],
  ['a quote within a cell', Buffer.from('phone,amount\r9876543210,5\r9876543211,5"0"\r'), 3, /does not begin/],
])('%s is not read', (_, content, line, reason) => {
  const expected = ['CSV_INVALID', { line, reason: expect.stringMatching(reason) as unknown }];

  expect(refused(() => rowsOf(content))).toEqual(expected);
});

test.each<[string, Buffer, string]>([
  ['XLSX', Buffer.from('PK\x03\x04\x14\0\x06\0[Content_Types].xml', 'latin1'), 'an XLSX or ZIP file'],
  ['PDF', Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), 'a PDF file'],
  ['XLS', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]), 'a binary file'],
  ['UTF-16 that does not say so', Buffer.from('phone,amount\n1,2', 'utf16le'), 'a binary file'],
  ['text with a null byte', Buffer.from('phone,amount\n9876543210,5\0\n'), 'a binary file'],
])('%s named .csv is refused by what it is', (_, content, kind) => {
  expect(refused(() => rowsOf(content))).toEqual(['FILE_IS_NOT_CSV', { kind }]);
});

test('a name and a type that are no CSV do not matter', () => {
  const content = Buffer.from('phone,amount\n9876543210,5');

  expect(sentRows({ name: 'भुगतान.txt', type: 'application/vnd.ms-excel', content })).toHaveLength(1);
});

test.each(['', bom, '\n \r\n', 'phone,amount', 'phone,amount\r\n\r\n   \n'])('%j has no rows', (text) => {
  expect(refused(() => rowsOf(text))).toEqual(['EMPTY_FILE', null]);
});

const many = (count: number) => `phone,amount\n${'\n \n9876543210,5'.repeat(count)}`;

test('2,000 rows are taken, and not one more', () => {
  expect(rowsOf(many(2_000))).toHaveLength(2_000);
  expect(refused(() => rowsOf(many(2_001)))).toEqual(['TOO_MANY_ROWS', { rows: 2_001, max: 2_000 }]);
});

test('behind the 2,001st row nobody reads on', () => {
  expect(refused(() => rowsOf(`${many(2_001)}\n"`))).toMatchObject(['TOO_MANY_ROWS', {}]);
});

test('any cells are read as they were quoted', () => {
  const cell = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
      const quoted = rows.map((cells) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(';'));
      const read = rowsOf(`phone;amount;payoutCycle\n${quoted.join('\n')}`);

      expect(read.map(({ cells: { phone, amount, payoutCycle } }) => [phone, amount, payoutCycle])).toEqual(rows);
    }),
  );
});

test('any bytes are read or refused', () => {
  const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), fc.string().map(Buffer.from));
  fc.assert(
    fc.property(anything, fc.boolean(), (bytes, hasHeader) => {
      const content = hasHeader ? Buffer.concat([Buffer.from('phone,amount\n'), bytes]) : bytes;

      expect(() => refused(() => rowsOf(content))).not.toThrow();
    }),
  );
});

test.each<[string, unknown, string]>([
  ['a text', '1500.50', '1500.50'],
  ['a number', 4.35, '4.35'],
  ['a whole number', 9876543210, '9876543210'],
  ['a huge number', 1e21, '1e+21'],
  ['a number that lost digits', Number('12345678901234567'), '1.2345678901234568e+16'],
  ['a tiny number', 1e-7, '1e-7'],
  ['a number below zero', -5, '-5'],
  ['no value', null, ''],
  ['a truth', true, 'true'],
  ['a list', ['1500'], '["1500"]'],
  ['an object', { rupees: 5 }, '{"rupees":5}'],
])('in JSON %s is a text', (_, value, text) => {
  const [sent] = sentRowsOfJson([{ phone: '9876543210', amount: value }]);

  expect(sent!.cells).toMatchObject({ phone: '9876543210', amount: text, penalty: '', payoutCycle: '' });
});

test.each([
  [{ payoutCycle: 'Week 48' }, 'Week 48'],
  [{ description: 'Week 48' }, 'Week 48'],
  [{ payoutCycle: ' ', description: 'Week 48' }, 'Week 48'],
  [{ payoutCycle: 'Week 48', description: 'Salary' }, 'Week 48'],
])('in JSON the cycle of %j is %s', (fields, payoutCycle) => {
  expect(sentRowsOfJson([fields])[0]!.cells.payoutCycle).toBe(payoutCycle);
});

test('a row in JSON has the fields that were sent, and is no other thing', () => {
  const rows = sentRowsOfJson([{ driverId: 'd', amount: 5, note: 'x' }, 'phone', 5, null, ['9876543210', 5]]);

  expect(rows[0]).toMatchObject({ row: 1, raw: { driverId: 'd', amount: '5', note: 'x' }, tooManyCells: false });
  expect(rows[0]!.cells.driverId).toBe('d');
  expect(rows.slice(1).map(({ row, cells }) => [row, ...Object.values(cells)].join(''))).toEqual(['2', '3', '4', '5']);
});

test('in JSON rows are counted alike', () => {
  expect(refused(() => sentRowsOfJson([]))).toEqual(['EMPTY_FILE', null]);
  expect(refused(() => sentRowsOfJson(Array(2_001).fill({})))).toEqual(['TOO_MANY_ROWS', { rows: 2_001, max: 2_000 }]);
});
