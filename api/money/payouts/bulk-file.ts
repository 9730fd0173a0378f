import { CsvError, parse } from 'csv-parse/sync';
import { isUtf8 } from 'node:buffer';
import type { SentRow } from '../../../workflows/domain/money/payouts/bulk-rows.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import type { Upload } from '../../http/endpoint.ts';

const rowsMax = 2000;
/** Cells beyond belong to no column. */
const columnsMax = 100;
const headerTextMax = 40;

const columns = ['phone', 'accountNumber', 'amount', 'penalty', 'incentive', 'payoutCycle'] as const;
type Column = (typeof columns)[number];

const beginsWith = (content: Buffer, ...bytes: number[]): boolean =>
  content.subarray(0, bytes.length).equals(Buffer.from(bytes));

/** What a file is that is no text; null: it may be text. */
const binaryKind = (content: Buffer): string | null => {
  if (beginsWith(content, 0x50, 0x4b, 0x03, 0x04)) return 'an XLSX or ZIP file';
  if (beginsWith(content, 0x25, 0x50, 0x44, 0x46, 0x2d)) return 'a PDF file';
  return content.includes(0) ? 'a binary file' : null;
};

const lineThatIsNotUtf8 = (content: Buffer): number => {
  const lines = content.toString('latin1').split(/\r\n|\n|\r/);
  return 1 + lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
};

/** Throws UNSUPPORTED_MEDIA_TYPE or CSV_INVALID on what is no text in UTF-8. */
const requireText = (content: Buffer): void => {
  if (beginsWith(content, 0xff, 0xfe) || beginsWith(content, 0xfe, 0xff)) {
    throw refusal('CSV_INVALID', { line: 1, reason: 'the file is UTF-16: save it as UTF-8' });
  }
  const kind = binaryKind(content);
  if (kind) throw refusal('FILE_IS_NOT_CSV', { kind });
  if (isUtf8(content)) return;
  throw refusal('CSV_INVALID', { line: lineThatIsNotUtf8(content), reason: 'the file is not UTF-8: save it as UTF-8' });
};

/** Why a line cannot be read, after so many records. */
const reasonOf = ({ code }: CsvError, records: number): string => {
  const where = records === 0 ? 'the header' : `row ${records}`;
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `the quote that ${where} opens is never closed`;
  return code === 'INVALID_OPENING_QUOTE'
    ? 'a quote is in a cell that does not begin with one'
    : 'something follows a closing quote';
};

/** The header and at most one row more than a file may have. Spaces around cells are dropped, and so are lines of nothing else. */
const recordsOf = (content: Buffer): string[][] => {
  // The first of the two that is not in quotes stands in the header.
  const delimiter = /[,;]/.exec(content.toString().replace(/"[^"]*"/g, ''))?.[0] ?? ',';
  const record_delimiter = ['\r\n', '\n', '\r'];
  const leniency = { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true };
  try {
    return parse(content, { delimiter, record_delimiter, ...leniency, to: 1 + rowsMax + 1 });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines, records } = error as unknown as { lines: number; records: number };
    throw refusal('CSV_INVALID', { line: lines, reason: reasonOf(error, records) });
  }
};

const longNumber = /\d(?=\d{4})/g;

/** Long numbers are masked: a file without a header begins with somebody's. */
const shown = (name: string): string => name.slice(0, headerTextMax).toWellFormed().replace(longNumber, '*');

const plain = (name: string): string => name.replace(/[\s_]/g, '').toLowerCase();

/** Which column each name of a header means. Throws CSV_HEADER_INVALID. */
const columnsOf = (header: string[]): (Column | undefined)[] => {
  const found = header.map((name) => columns.find((column) => plain(column) === plain(name)));
  const has = (column: Column) => found.includes(column);
  const duplicated = columns.filter((column) => found.indexOf(column) !== found.lastIndexOf(column));
  const missing = [
    ...(has('phone') || has('accountNumber') ? [] : ['phone or accountNumber']),
    ...(has('amount') ? [] : ['amount']),
  ];
  if (missing.length === 0 && duplicated.length === 0) return found;
  throw refusal('CSV_HEADER_INVALID', { missing, duplicated, headers: header.map(shown) });
};

const cellsOf = (cellOf: (column: Column | 'driverId') => string): SentRow['cells'] => ({
  driverId: cellOf('driverId'),
  phone: cellOf('phone'),
  accountNumber: cellOf('accountNumber'),
  amount: cellOf('amount'),
  penalty: cellOf('penalty'),
  incentive: cellOf('incentive'),
  payoutCycle: cellOf('payoutCycle'),
});

/** Throws EMPTY_FILE or TOO_MANY_ROWS. */
const requireCount = (rows: number): void => {
  if (rows === 0) throw refusal('EMPTY_FILE');
  if (rows > rowsMax) throw refusal('TOO_MANY_ROWS', { rows, max: rowsMax });
};

/**
 * The rows of a CSV file, whatever its name and type say it is; blank lines are none. Cells under no name are in `raw` under an
 * empty one. Throws UNSUPPORTED_MEDIA_TYPE (XLSX, PDF, binary), CSV_INVALID, CSV_HEADER_INVALID, EMPTY_FILE, TOO_MANY_ROWS (it
 * does not count beyond 2,001). Source: payouts.md, CSV.
 */
export const sentRows = ({ content }: Upload): SentRow[] => {
  requireText(content);
  const [wholeHeader, ...records] = recordsOf(content);
  if (!wholeHeader) throw refusal('EMPTY_FILE');
  const header = wholeHeader.slice(0, columnsMax).map((name) => name.trim());
  const found = columnsOf(header);
  requireCount(records.length);
  return records.map((record, index) => {
    const named = record.flatMap((cell, at) => (header[at] ? [[header[at], cell] as const] : []));
    const unnamed = record.filter((_, at) => !header[at]);
    return {
      row: index + 1,
      raw: Object.fromEntries(unnamed.some(Boolean) ? [...named, ['', unnamed.join()]] : named),
      cells: cellsOf((column) => record[found.findIndex((name) => name === column)] ?? ''),
      tooManyCells: record.length > header.length || unnamed.some((cell) => cell.trim() !== ''),
    };
  });
};

/** A number beyond what a double holds exactly lost digits: its text is none that an amount or identifier may have. */
const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  const isExact = typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return isExact ? JSON.stringify(value) : value.toExponential();
};

/**
 * The rows of a body in JSON: a number counts by its decimal text, whatever is neither text nor number by text that no amount or
 * identifier is. Throws EMPTY_FILE or TOO_MANY_ROWS. Source: payouts.md, POST /payments/admin/bulk-payout.
 */
export const sentRowsOfJson = (payouts: unknown[]): SentRow[] => {
  requireCount(payouts.length);
  return payouts.map((payout, index) => {
    const fields = typeof payout === 'object' && payout !== null ? Object.entries(payout) : [];
    const texts = new Map(fields.map(([name, value]) => [name, textOf(value)]));
    const textAt = (name: string) => texts.get(name) ?? '';
    const payoutCycle = textAt('payoutCycle').trim() || textAt('description');
    return {
      row: index + 1,
      raw: Object.fromEntries(texts),
      cells: { ...cellsOf(textAt), payoutCycle },
      tooManyCells: false,
    };
  });
};
