import { CsvError, parse } from 'csv-parse/sync';

import { ApplicationError } from '../../errors.js';
import { csvLine, readCsvText } from '../../rest/csv.js';
import { type Currency, isCurrency, minorUnitDigits } from './currency.js';
import { formatAmount, parseAmount } from './money.js';

/** The price book as a file: CSV with these columns, in any order when it is read. `route` empty: for all routes. */
const COLUMNS = ['country_code', 'route', 'currency', 'per_segment', 'valid_from', 'valid_until', 'note'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['country_code', 'currency', 'per_segment'];

/** Rows of a file at the most. */
const MAX_ROWS = 10_000;
/** Characters of a note at the most. */
export const MAX_NOTE = 500;
const ZONED_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** A row of the file. Times in milliseconds. */
export interface PriceRow {
  readonly countryCode: number;
  /** Name of a route; undefined: for all. */
  readonly route: string | undefined;
  readonly currency: Currency;
  readonly perSegment: bigint;
  /** Undefined: from now on. */
  readonly from: number | undefined;
  /** Undefined: until the next one begins. */
  readonly until: number | undefined;
  readonly note: string;
}

/** A row and the line of the file that it begins in; the header is line 1. */
export interface NumberedRow extends PriceRow {
  readonly line: number;
}

/** What is wrong with a line. */
export interface LineFault {
  readonly line: number;
  /** The rule, as a sentence that begins with the column. */
  readonly rule: string;
}

/** The file of some rows. What `readPriceFile` reads of it gives the same file again, to the byte. */
export function writePriceFile(rows: Iterable<PriceRow>): string {
  let file = csvLine(COLUMNS);
  for (const row of rows) {
    file += csvLine([
      row.countryCode,
      row.route,
      row.currency,
      formatAmount(row.perSegment, minorUnitDigits(row.currency)),
      row.from === undefined ? '' : new Date(row.from).toISOString(),
      row.until === undefined ? '' : new Date(row.until).toISOString(),
      row.note,
    ]);
  }
  return file;
}

/**
 * Reads a file: all its rows, and all that is wrong with any.
 * @throws ApplicationError `invalid_csv` (malformed) for what is no CSV with these columns
 */
export function readPriceFile(text: string): { rows: NumberedRow[]; faults: LineFault[] } {
  const rows: NumberedRow[] = [];
  const faults: LineFault[] = [];
  for (const { line, cells } of recordsOf(text)) {
    const broken: string[] = [];
    const row = rowOf(cells, (column, rule) => broken.push(`${column} ${rule}`));
    if (row !== undefined && broken.length === 0) rows.push({ ...row, line });
    faults.push(...broken.map((rule) => ({ line, rule })));
  }
  return { rows, faults };
}

type Cells = Readonly<Partial<Record<Column, string>>>;

function recordsOf(text: string): { line: number; cells: Cells }[] {
  const [head, ...records] = parseCsv(text);
  const names = head?.record ?? [];
  const unknown = names.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  const missing = REQUIRED.filter((column) => !names.includes(column));
  if (unknown.length > 0) throw invalidCsv(`There is a column that is none of ${COLUMNS.join(', ')}.`);
  if (missing.length > 0) throw invalidCsv(`The first line must name the columns; missing: ${missing.join(', ')}.`);
  if (new Set(names).size < names.length) throw invalidCsv('A column stands twice.');
  if (records.length > MAX_ROWS) throw invalidCsv(`There may be ${MAX_ROWS} rows at the most.`);
  return records.map(({ line, record }) => ({
    line,
    cells: Object.fromEntries(names.map((name, index) => [name, readCsvText(record[index] ?? '')])),
  }));
}

/** Records with the line that each begins in; empty lines count, and are left out. */
function parseCsv(text: string): { line: number; record: string[] }[] {
  const bytes = Buffer.from(text);
  let line = 1;
  let offset = 0;
  return readRecords(bytes).map(({ record, info }) => {
    while (bytes[offset] === CR || bytes[offset] === LF) {
      if (endsLine(bytes, offset)) line += 1;
      offset += 1;
    }
    const begun = line;
    for (; offset < info.bytes; offset += 1) if (endsLine(bytes, offset)) line += 1;
    return { line: begun, record };
  });
}

function readRecords(bytes: Buffer): { record: string[]; info: { bytes: number } }[] {
  try {
    return parse(bytes, { bom: true, skip_empty_lines: true, info: true }) as unknown as {
      record: string[];
      info: { bytes: number };
    }[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const lines: unknown = 'lines' in error ? error.lines : undefined;
    throw invalidCsv(`Line ${typeof lines === 'number' ? lines : '?'} can not be read as CSV.`, error);
  }
}

const LF = 10;
const CR = 13;

/** CR LF, LF and CR each end a line once. */
const endsLine = (bytes: Buffer, offset: number): boolean =>
  bytes[offset] === LF || (bytes[offset] === CR && bytes[offset + 1] !== LF);

function rowOf(cells: Cells, fault: (column: Column, rule: string) => void): PriceRow | undefined {
  const countryCode = /^[1-9]\d{0,2}$/.test(cells.country_code ?? '') ? Number(cells.country_code) : undefined;
  if (countryCode === undefined) fault('country_code', 'must be a country calling code from 1 to 999');
  const currency = isCurrency(cells.currency) ? cells.currency : undefined;
  if (currency === undefined) fault('currency', 'must be one of the settlement currencies');
  const perSegment = amountOf(cells.per_segment ?? '');
  if (perSegment === undefined) fault('per_segment', 'must be a decimal number that is not negative, such as 0.35');
  const [from, until] = (['valid_from', 'valid_until'] as const).map((column) => {
    const time = timeOf(cells[column] ?? '');
    if (Number.isNaN(time)) fault(column, 'must be a time with its zone, such as 2026-01-31T12:00:00Z, or empty');
    return time;
  });
  const note = cells.note ?? '';
  if (note.length > MAX_NOTE) fault('note', `must have ${MAX_NOTE} characters at the most`);
  if (note.includes('\0')) fault('note', 'must not contain NUL');
  if (countryCode === undefined || currency === undefined || perSegment === undefined) return undefined;
  return { countryCode, route: cells.route || undefined, currency, perSegment, from, until, note };
}

function amountOf(text: string): bigint | undefined {
  try {
    const amount = parseAmount(text);
    return amount < 0n ? undefined : amount;
  } catch {
    return undefined;
  }
}

/** Undefined for none, NaN for what is no time. */
function timeOf(text: string): number | undefined {
  if (text === '') return undefined;
  return ZONED_TIME.test(text) ? Date.parse(text) : Number.NaN;
}

function invalidCsv(rule: string, cause?: unknown): ApplicationError {
  return new ApplicationError('malformed', 'invalid_csv', rule, { cause });
}
