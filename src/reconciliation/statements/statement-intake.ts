import { Injectable } from '@nestjs/common';
import { CsvError, parse } from 'csv-parse';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import { formatAmount } from '../../billing/domain/money.js';
import { Secrets } from '../../config/secrets.js';
import { Database } from '../../database/database.js';
import { type SealedStatement, stageRows, type StagedRow } from '../../database/statements/reconcile-stage.js';
import { ApplicationError, type FieldFault } from '../../errors.js';
import { maskNumber } from '../../messaging/domain/phone-number.js';
import type { StatementMapping } from '../domain/statement-mapping.js';
import { monthOf } from '../domain/statement-period.js';
import { StatementReader, type StatementRow } from '../domain/statement-reader.js';

/** Bytes and rows of a file, at the most. */
const MAX_BYTES = 2 ** 30;
const MAX_ROWS = 5_000_000;
const MAX_RECORD = 16 * 1024;
const BATCH = 1_000;
/** Faults that are told; reading goes no further than the last of them. */
const MAX_FAULTS = 100;

/** The file can't be read as its format says: every fault with its line. */
export class StatementFaultyError extends ApplicationError {
  constructor(faults: readonly FieldFault[]) {
    const [first] = faults;
    const text = first === undefined ? 'The statement can not be read.' : `${first.field} ${first.rule}.`;
    super('rule', 'statement_faulty', text, { faults });
  }
}

/** The file is larger than what is taken. */
export class StatementTooLargeError extends ApplicationError {
  constructor() {
    super('rule', 'statement_too_large', `A statement has at most ${MAX_BYTES} bytes and ${MAX_ROWS} rows.`);
  }
}

/** What was read of a file. */
export type ReadStatement = Omit<SealedStatement, 'id' | 'period'> & {
  /** The month, of UTC+8, that most rows are of. */
  readonly month: string;
};

/**
 * Reads a provider's file into rows of the database as it comes in: what is not stored yet is at most one batch, and nothing
 * more is read from the connection until that is stored.
 */
@Injectable()
export class StatementIntake {
  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
  ) {}

  /**
   * @param id of a statement that was begun
   * @throws StatementFaultyError, StatementTooLargeError; rows may have been stored by then
   */
  async read(id: string, mapping: StatementMapping, body: Readable): Promise<ReadStatement> {
    const sums = new Sums(mapping);
    const faults: FieldFault[] = [];
    let batch: StagedRow[] = [];
    let reader: StatementReader | undefined;
    for await (const { record, line } of records(sums.counted(body), mapping.delimiter)) {
      if (reader === undefined) {
        reader = readerOf(mapping, record);
        continue;
      }
      const row = reader.read(record);
      if ('rule' in row) {
        faults.push({ field: `line ${line}`, rule: `${row.column} ${row.rule}` });
        if (faults.length >= MAX_FAULTS) break;
        continue;
      }
      sums.add(row);
      if (faults.length > 0) continue;
      batch.push(this.staged(line, row));
      if (batch.length < BATCH) continue;
      await stageRows(this.database, id, batch);
      batch = [];
    }
    if (reader === undefined) throw new StatementFaultyError([{ field: 'line 1', rule: 'must name the columns' }]);
    if (faults.length > 0) throw new StatementFaultyError(faults);
    if (batch.length > 0) await stageRows(this.database, id, batch);
    return sums.result();
  }

  private staged(line: number, row: StatementRow): StagedRow {
    const { countryCode, msisdn } = row;
    const digits = countryCode === undefined || msisdn === undefined ? undefined : `${countryCode}${msisdn}`;
    return {
      ...row,
      line,
      numberHash: digits === undefined ? undefined : this.secrets.hashNumber(digits),
      maskedNumber: digits === undefined ? undefined : maskNumber(`+${digits}`),
      unitPrice: row.unitPrice === undefined ? undefined : formatAmount(row.unitPrice),
      amount: formatAmount(row.amount),
    };
  }
}

function readerOf(mapping: StatementMapping, header: readonly string[]): StatementReader {
  const reader = StatementReader.of(mapping, header);
  if (reader instanceof StatementReader) return reader;
  throw new StatementFaultyError(
    reader.missing.map((name) => ({ field: 'line 1', rule: `must have a column ${name}` })),
  );
}

/** The records of a CSV file with the line that each begins in. @throws StatementFaultyError where it is no CSV */
async function* records(body: Readable, delimiter: string): AsyncGenerator<{ record: string[]; line: number }> {
  const parser = parse({ bom: true, delimiter, info: true, skip_empty_lines: true, max_record_size: MAX_RECORD });
  body.once('error', (error: Error) => parser.destroy(error));
  body.pipe(parser);
  let last = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      last = info.lines;
      yield { record, line: info.lines - linesIn(record) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    throw new StatementFaultyError([
      { field: `line ${lines ?? last}`, rule: CSV_RULES.get(error.code) ?? 'must be CSV' },
    ]);
  } finally {
    body.unpipe(parser);
    parser.destroy();
  }
}

const CSV_RULES: ReadonlyMap<string, string> = new Map([
  ['CSV_RECORD_INCONSISTENT_FIELDS_LENGTH', 'must have as many fields as the first'],
  ['CSV_QUOTE_NOT_CLOSED', 'must close its quotes'],
  ['CSV_MAX_RECORD_SIZE', `must have at most ${MAX_RECORD} characters`],
]);

/** Line ends within the fields of a record. */
function linesIn(record: readonly string[]): number {
  return record.reduce((sum, field) => sum + (field.includes('\n') ? field.split('\n').length - 1 : 0), 0);
}

/** What is added up while a file is read. */
class Sums {
  private readonly hash = createHash('sha256');
  private readonly totals = new Map<string, { rows: number; amount: bigint }>();
  private readonly months = new Map<string, number>();
  private bytes = 0;
  private rows = 0;
  private firstAt = Infinity;
  private lastAt = -Infinity;

  constructor(mapping: StatementMapping) {
    this.hash.update(JSON.stringify(mapping));
  }

  /** The same bytes, counted and hashed as they pass. */
  counted(body: Readable): Readable {
    return Readable.from(this.pass(body), { objectMode: false });
  }

  private async *pass(body: Readable): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        this.bytes += chunk.length;
        if (this.bytes > MAX_BYTES) throw new StatementTooLargeError();
        this.hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      if (error instanceof ApplicationError) throw error;
      throw new ApplicationError('malformed', 'incomplete_body', 'The body ended early.', { cause: error });
    }
  }

  add({ acceptedAt, currency, amount }: StatementRow): void {
    this.rows += 1;
    if (this.rows > MAX_ROWS) throw new StatementTooLargeError();
    this.firstAt = Math.min(this.firstAt, acceptedAt);
    this.lastAt = Math.max(this.lastAt, acceptedAt);
    const month = monthOf(acceptedAt);
    this.months.set(month, (this.months.get(month) ?? 0) + 1);
    const total = this.totals.get(currency) ?? { rows: 0, amount: 0n };
    this.totals.set(currency, { rows: total.rows + 1, amount: total.amount + amount });
  }

  /** @throws StatementFaultyError without a row */
  result(): ReadStatement {
    const [month] = [...this.months].toSorted((one, other) => other[1] - one[1]);
    if (month === undefined) throw new StatementFaultyError([{ field: 'line 2', rule: 'must be a row' }]);
    return {
      digest: this.hash.digest(),
      bytes: this.bytes,
      rows: this.rows,
      firstAt: new Date(this.firstAt),
      lastAt: new Date(this.lastAt),
      totals: Object.fromEntries(
        Array.from(this.totals, ([currency, { rows, amount }]) => [currency, { rows, amount: formatAmount(amount) }]),
      ),
      month: month[0],
    };
  }
}
