import { pipeline, type Readable } from 'node:stream';

import type { FileRow, RowFault } from '../../domain/bulk-row.js';
import type { ValueOf } from '../../domain/template.js';
import { MAX_ROW_BYTES } from './bulk-file-error.js';
import type { ColumnMapping } from './csv-rows.js';
import { type Charset, UnicodeDecoder } from './decode.js';

const LINE_FEED = 0x0a;
const NOT_AN_OBJECT: RowFault = { code: 'invalid_row', rule: 'must be a JSON object' };
const NOT_A_VALUE: RowFault = { code: 'invalid_row', rule: 'must have texts, numbers and booleans as values' };
const TOO_LONG: RowFault = { code: 'row_too_long', rule: `must have at most ${MAX_ROW_BYTES} bytes` };
const NOT_UNICODE: RowFault = { code: 'invalid_encoding', rule: 'has bytes that are not of its encoding' };

/**
 * The rows of a file of JSON objects, one a line, in constant memory: no more is read than is asked for. `to` is the number, the
 * other members are variables. A line that can't be sent is given with its fault.
 */
export async function* readNdjsonRows(
  source: Readable,
  { charset, mapping }: { readonly charset: Charset; readonly mapping: ColumnMapping },
): AsyncGenerator<FileRow> {
  const decoded = pipeline(source, new UnicodeDecoder(charset), () => undefined);
  for await (const { line, text } of linesOf(decoded)) {
    if (text === undefined) yield { kind: 'faulty', line, canonical: '', fault: TOO_LONG };
    else if (text.trim() !== '') yield rowOf(line, text.trim(), mapping);
  }
}

interface Line {
  readonly line: number;
  /** Undefined: too long. */
  readonly text: string | undefined;
}

async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let line = 1;
  let rest: Buffer[] = [];
  let length = 0;
  const take = (last: Buffer): Line => {
    length += last.length;
    const text = length > MAX_ROW_BYTES ? undefined : Buffer.concat([...rest, last]).toString();
    rest = [];
    length = 0;
    return { line: line++, text };
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      yield take(chunk.subarray(from, end));
      from = end + 1;
    }
    length += chunk.length - from;
    // Of a line that is too long nothing is kept but its length.
    if (length <= MAX_ROW_BYTES) rest.push(chunk.subarray(from));
    else rest = [];
  }
  if (length > 0) yield take(Buffer.alloc(0));
}

function rowOf(line: number, text: string, mapping: ColumnMapping): FileRow {
  if (text.includes('\ufffd')) return { kind: 'faulty', line, canonical: text, fault: NOT_UNICODE };
  const object = read(text);
  if (object === undefined) return { kind: 'faulty', line, canonical: text, fault: NOT_AN_OBJECT };
  const { to: toMember } = mapping;
  for (const [name, value] of Object.entries(object)) {
    if (name !== toMember && typeof value === 'object' && value !== null)
      return { kind: 'faulty', line, canonical: text, fault: NOT_A_VALUE };
  }
  const lookup: ValueOf = (name) => {
    const member = mapping.variables.get(name) ?? name;
    const value = Object.hasOwn(object, member) ? object[member] : undefined;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
  };
  const to = Object.hasOwn(object, toMember) ? object[toMember] : undefined;
  return { kind: 'row', line, canonical: text, to, lookup };
}

function read(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
