import { CsvError, parse } from 'csv-parse';
import { pipeline, type Readable } from 'node:stream';

import type { FileRow } from '../../domain/bulk-row.js';
import type { ValueOf } from '../../domain/template.js';
import { BulkFileError, MAX_ROW_BYTES } from './bulk-file-error.js';
import { type Charset, UnicodeDecoder } from './decode.js';

/** Which columns hold what. */
export interface ColumnMapping {
  /** The column of the numbers. */
  readonly to: string;
  /** By name of a variable, its column; a variable that is not here has a column of its own name. */
  readonly variables: ReadonlyMap<string, string>;
}

export interface CsvOptions {
  readonly charset: Charset;
  readonly delimiter: string;
  readonly mapping: ColumnMapping;
  /** Variables that the text needs: without a column for each the file is refused. */
  readonly required: readonly string[];
}

const REPLACEMENT = '\ufffd';

/**
 * The rows of a CSV file (RFC 4180, with LF, CRLF or CR, also mixed), one after the other, in constant memory: no more is read than
 * is asked for. Quotes where they don't belong are taken as they stand. A row that can't be sent is given with its fault.
 * @throws BulkFileError no header, a header without the column of numbers, of a variable, or with a name twice; a row that does not end
 */
export async function* readCsvRows(source: Readable, options: CsvOptions): AsyncGenerator<FileRow> {
  // Where the parser is, which may be ahead of the rows that were asked for.
  let line = 1;
  const parser = parse({
    bom: false,
    delimiter: options.delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
    on_record: (cells) => {
      const numbered: NumberedRecord = { line, cells };
      line += 1 + lineBreaks(cells);
      // The parser hands on whatever this gives; its types know records without columns as arrays only.
      return numbered as unknown as string[];
    },
  });
  // An upload that breaks off ends the parser with its error, which ends the loop below.
  pipeline(source, new UnicodeDecoder(options.charset), parser, () => undefined);
  let header: Header | undefined;
  try {
    for await (const record of parser as AsyncIterable<NumberedRecord>) {
      if (record.cells.length === 1 && record.cells[0] === '') continue;
      if (header === undefined) {
        header = new Header(record.cells, record.line, options);
        yield { kind: 'header', line: record.line, canonical: JSON.stringify(record.cells) };
      } else yield header.row(record.cells, record.line);
    }
  } catch (error) {
    throw error instanceof CsvError ? fileError(error, line) : error;
  }
  if (header === undefined) throw new BulkFileError(1, 'must be a header, and is missing');
}

interface NumberedRecord {
  /** On which it begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** What the columns are. */
class Header {
  private readonly to: number;
  private readonly columns: ReadonlyMap<string, number>;
  private readonly width: number;

  constructor(names: readonly string[], line: number, { mapping, required }: CsvOptions) {
    const places = new Map<string, number>();
    names.forEach((name, index) => {
      const trimmed = name.trim();
      if (trimmed === '') return;
      if (places.has(trimmed)) throw new BulkFileError(line, `is a header that has the column ${shown(trimmed)} twice`);
      places.set(trimmed, index);
    });
    const to = places.get(mapping.to);
    if (to === undefined)
      throw new BulkFileError(line, `must be a header with a column ${shown(mapping.to)}, which holds the numbers`);
    for (const [variable, column] of mapping.variables) {
      const place = places.get(column);
      if (place === undefined) throw new BulkFileError(line, `is a header without the column ${shown(column)}`);
      places.set(variable, place);
    }
    const missing = required.filter((name) => !places.has(name));
    if (missing.length > 0)
      throw new BulkFileError(line, `is a header without columns for the variables ${missing.map(shown).join(', ')}`);
    this.to = to;
    this.columns = places;
    this.width = names.length;
  }

  row(cells: readonly string[], line: number): FileRow {
    const canonical = JSON.stringify(cells);
    if (cells.length !== this.width) {
      const rule = `has ${cells.length} cells, where the header has ${this.width}`;
      return { kind: 'faulty', line, canonical, fault: { code: 'ragged_row', rule } };
    }
    if (canonical.includes(REPLACEMENT))
      return {
        kind: 'faulty',
        line,
        canonical,
        fault: { code: 'invalid_encoding', rule: 'has bytes that are not of its encoding' },
      };
    const lookup: ValueOf = (name) => {
      const place = this.columns.get(name);
      return place === undefined ? undefined : cells[place];
    };
    return { kind: 'row', line, canonical, to: cells[this.to], lookup };
  }
}

/** A name of a column, short enough for a message. */
function shown(name: string): string {
  return `"${name.length > 60 ? `${name.slice(0, 60)}…` : name}"`;
}

function lineBreaks(record: readonly string[]): number {
  let count = 0;
  for (const cell of record) {
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count += 1;
  }
  return count;
}

function fileError(error: CsvError, line: number): BulkFileError {
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return new BulkFileError(line, `begins a row of more than ${MAX_ROW_BYTES} bytes; a quote may not be closed`);
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return new BulkFileError(line, 'opens a quote that is never closed');
  return new BulkFileError(line, 'is not CSV');
}
