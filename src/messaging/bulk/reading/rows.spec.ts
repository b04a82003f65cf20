import { Readable } from 'node:stream';

import type { FileRow } from '../../domain/bulk-row.js';
import { MAX_ROW_BYTES } from './bulk-file-error.js';
import { type CsvOptions, readCsvRows } from './csv-rows.js';
import { charsetOf } from './decode.js';
import { readNdjsonRows } from './ndjson-rows.js';

const MAPPING = { to: 'to', variables: new Map<string, string>() };

/** What came of a row: its line, and number and name, or the code of its fault. */
type Seen = [line: number, to: unknown, name?: string] | [line: number, code: string];

async function collect(rows: AsyncIterable<FileRow>): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const row of rows) {
    if (row.kind === 'row') seen.push([row.line, row.to, row.lookup('name')]);
    if (row.kind === 'faulty') seen.push([row.line, row.fault.code]);
  }
  return seen;
}

/** In chunks of so many bytes, so that boundaries fall anywhere. */
function streamOf(file: Buffer, size: number): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < file.length; at += size) chunks.push(file.subarray(at, at + size));
  return Readable.from(chunks);
}

const csv = (file: string | Buffer, options: Partial<CsvOptions> = {}, size = 7) =>
  collect(
    readCsvRows(streamOf(Buffer.from(file), size), {
      charset: 'utf-8',
      delimiter: ',',
      mapping: MAPPING,
      required: [],
      ...options,
    }),
  );

const ndjson = (file: string | Buffer, size = 7) =>
  collect(readNdjsonRows(streamOf(Buffer.from(file), size), { charset: 'utf-8', mapping: MAPPING }));

const utf16 = (text: string, endian: 'le' | 'be'): Buffer => {
  const buffer = Buffer.from(`\ufeff${text}`, 'utf16le');
  return endian === 'le' ? buffer : buffer.swap16();
};

describe('CSV', () => {
  test.each<[string, string | Buffer, Seen[]]>([
    [
      'LF',
      'to,name\n+1,Ann\n+2,Bob\n',
      [
        [2, '+1', 'Ann'],
        [3, '+2', 'Bob'],
      ],
    ],
    [
      'CRLF',
      'to,name\r\n+1,Ann\r\n+2,Bob\r\n',
      [
        [2, '+1', 'Ann'],
        [3, '+2', 'Bob'],
      ],
    ],
    [
      'CR',
      'to,name\r+1,Ann\r+2,Bob',
      [
        [2, '+1', 'Ann'],
        [3, '+2', 'Bob'],
      ],
    ],
    [
      'mixed line ends',
      'to,name\n+1,Ann\r\n+2,Bob',
      [
        [2, '+1', 'Ann'],
        [3, '+2', 'Bob'],
      ],
    ],
    ['no line end at the end', 'to,name\n+1,Ann', [[2, '+1', 'Ann']]],
    ['a byte order mark', '\ufeffto,name\n+1,Ann', [[2, '+1', 'Ann']]],
    ['a byte order mark before a quote', '\ufeff"to","name"\n"+1","Ann"', [[2, '+1', 'Ann']]],
    ['UTF-16, little endian', utf16('to,name\n+1,李\n', 'le'), [[2, '+1', '李']]],
    ['UTF-16, big endian', utf16('to,name\n+1,李😀\n', 'be'), [[2, '+1', '李😀']]],
    ['UTF-8 across chunks', 'to,name\n+1,李李李李😀\n', [[2, '+1', '李李李李😀']]],
    ['quotes', 'to,name\n"+1","Ann ""the"" Great, Jr."\n', [[2, '+1', 'Ann "the" Great, Jr.']]],
    [
      'quotes out of place',
      'to,name\n+1,5" pipe\n+2,"a"b\n+3,x',
      [
        [2, '+1', '5" pipe'],
        [3, '+2', '"a"b'],
        [4, '+3', 'x'],
      ],
    ],
    [
      'line ends in quotes',
      'to,name\n+1,"a\nb\r\nc"\n+2,x\n',
      [
        [2, '+1', 'a\nb\r\nc'],
        [5, '+2', 'x'],
      ],
    ],
    [
      'blank lines',
      'to,name\n\n+1,Ann\n\r\n\n+2,Bob\n\n',
      [
        [3, '+1', 'Ann'],
        [6, '+2', 'Bob'],
      ],
    ],
    [
      'formula-like cells',
      'to,name\n+1,=1+1\n+2,@x\n+3,-1',
      [
        [2, '+1', '=1+1'],
        [3, '+2', '@x'],
        [4, '+3', '-1'],
      ],
    ],
    ['blanks in cells', 'to , name\n+1, Ann \n', [[2, '+1', ' Ann ']]],
    [
      'too few and too many cells',
      'to,name\n+1\n+2,a,b\n+3,c\n',
      [
        [2, 'ragged_row'],
        [3, 'ragged_row'],
        [4, '+3', 'c'],
      ],
    ],
    [
      'NUL',
      'to,name\n+1,a\0b\n+2,c\n',
      [
        [2, '+1', 'a\0b'],
        [3, '+2', 'c'],
      ],
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('to,name\n+1,'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('\n+2,b\n')]),
      [
        [2, 'invalid_encoding'],
        [3, '+2', 'b'],
      ],
    ],
    ['another order, more columns', 'x,name,,to,\n1,Ann,,+1,\n', [[2, '+1', 'Ann']]],
    ['a header alone', 'to,name\n', []],
    ['names of members of every object', '__proto__,constructor,to,name\n1,2,+1,Ann\n', [[2, '+1', 'Ann']]],
  ])('%s', async (_, file, expected) => {
    for (const size of [1, 7, 1000]) expect(await csv(file, {}, size)).toEqual(expected);
  });

  test.each<[string, string | Buffer, number, RegExp]>([
    ['nothing at all', '', 1, /header/],
    ['blank lines only', '\n\n', 1, /header/],
    ['no column of numbers', 'number,name\n+1,Ann', 1, /column "to"/],
    ['a header after a blank line', '\nnumber\n+1', 2, /column "to"/],
    ['a name twice', 'to,name,name\n+1,a,b', 1, /"name" twice/],
    ['UTF-16 without a byte order mark', utf16('to,name\n+1,x', 'le').subarray(2), 1, /column "to"/],
    ['a quote that is not closed', 'to,name\n+1,a\n+2,"b\n+3,c\n', 3, /never closed/],
    ['a row of 10 MB', `to,name\n+1,a\n+2,${'x'.repeat(10_000_000)}\n+3,c\n`, 3, /more than/],
    ['a quoted row of 10 MB', `to,name\n+1,a\n+2,"${'x\n'.repeat(5_000_000)}"\n+3,c\n`, 3, /more than/],
  ])('refuses %s, naming the line', async (_, file, line, message) => {
    const error = await csv(file, {}, 65_536).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'invalid_bulk_file', line });
    expect((error as Error).message).toMatch(message);
  });

  test('maps columns, and refuses a header without those that are needed', async () => {
    const mapping = { to: 'Phone', variables: new Map([['name', 'First Name']]) };
    expect(await csv('Phone;First Name\n+1;Ann', { mapping, delimiter: ';', required: ['name'] })).toEqual([
      [2, '+1', 'Ann'],
    ]);
    await expect(csv('Phone,x\n+1,a', { mapping })).rejects.toThrow('without the column "First Name"');
    await expect(csv('to,x\n+1,a', { required: ['name', 'x', 'code'] })).rejects.toThrow('variables "name", "code"');
  });

  test('reads no further than it is asked for', async () => {
    let given = 0;
    const chunk = Buffer.from('+1,Ann\n'.repeat(5000));
    const endless = new Readable({
      read() {
        given += 1;
        this.push(given === 1 ? 'to,name\n' : chunk);
      },
    });
    const rows = readCsvRows(endless, { charset: 'utf-8', delimiter: ',', mapping: MAPPING, required: [] });
    for (let count = 0; count < 10; count += 1) await rows.next();
    expect(given).toBeLessThan(20);
    await rows.return(undefined);
  });

  test('what breaks off is no end of the file', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('to,name\n+1,Ann\n+2,');
    const rows = readCsvRows(source, { charset: 'utf-8', delimiter: ',', mapping: MAPPING, required: [] });
    await rows.next();
    source.destroy(new Error('broken off'));
    await expect(collect(rows)).rejects.toThrow('broken off');
  });
});

describe('NDJSON', () => {
  test.each<[string, string | Buffer, Seen[]]>([
    [
      'objects',
      '{"to":"+1","name":"Ann"}\n{"to":"+2"}',
      [
        [1, '+1', 'Ann'],
        [2, '+2', undefined],
      ],
    ],
    [
      'CRLF and blank lines',
      '{"to":"+1"}\r\n\r\n{"to":"+2"}\r\n',
      [
        [1, '+1', undefined],
        [3, '+2', undefined],
      ],
    ],
    [
      'numbers, booleans, null',
      '{"to":"+1","name":5}\n{"to":"+1","name":true}\n{"to":"+1","name":null}',
      [
        [1, '+1', '5'],
        [2, '+1', 'true'],
        [3, '+1', undefined],
      ],
    ],
    [
      'numbers in parts',
      '{"to":{"countryCode":852,"msisdn":"1"}}',
      [[1, { countryCode: 852, msisdn: '1' }, undefined]],
    ],
    [
      'what is no object',
      '[]\n5\nx\n"a"\n{"to":"+1"}',
      [
        [1, 'invalid_row'],
        [2, 'invalid_row'],
        [3, 'invalid_row'],
        [4, 'invalid_row'],
        [5, '+1', undefined],
      ],
    ],
    [
      'objects in objects',
      '{"to":"+1","name":{}}\n{"to":"+1","name":["a"]}',
      [
        [1, 'invalid_row'],
        [2, 'invalid_row'],
      ],
    ],
    ['no number', '{"name":"Ann"}', [[1, undefined, 'Ann']]],
    ['a byte order mark', '\ufeff{"to":"+1"}', [[1, '+1', undefined]]],
    ['UTF-16', utf16('{"to":"+1","name":"李"}\n', 'be'), [[1, '+1', '李']]],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"to":"'), Buffer.from([0xff]), Buffer.from('"}\n{"to":"+2"}')]),
      [
        [1, 'invalid_encoding'],
        [2, '+2', undefined],
      ],
    ],
    ['names of members of every object', '{"to":"+1","__proto__":"x","constructor":"y","name":"z"}', [[1, '+1', 'z']]],
    ['nothing', '', []],
  ])('%s', async (_, file, expected) => {
    for (const size of [1, 7, 1000]) expect(await ndjson(file, size)).toEqual(expected);
  });

  test('refuses a row of 10 MB with its line, and goes on', async () => {
    const long = `{"to":"+2","name":"${'x'.repeat(10_000_000)}"}`;
    const file = `{"to":"+1"}\n${long}\n{"to":"+3"}\n${'x'.repeat(MAX_ROW_BYTES + 1)}`;
    expect(await ndjson(file, 65_536)).toEqual([
      [1, '+1', undefined],
      [2, 'row_too_long'],
      [3, '+3', undefined],
      [4, 'row_too_long'],
    ]);
  });
});

test.each([
  [undefined, 'utf-8'],
  ['text/csv', 'utf-8'],
  ['text/csv; charset=UTF-8', 'utf-8'],
  ['text/csv;charset="utf-16"', 'utf-16'],
  ['text/csv; header=present; charset=utf-16be', 'utf-16be'],
  ['text/csv; charset=windows-1252', undefined],
])('the charset of %j is %j', (contentType, charset) => {
  expect(charsetOf(contentType)).toBe(charset);
});
