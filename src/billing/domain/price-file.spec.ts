import * as fc from 'fast-check';

import { CURRENCIES } from './currency.js';
import { type PriceRow, readPriceFile, writePriceFile } from './price-file.js';

const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const rows: fc.Arbitrary<PriceRow> = fc.record({
  countryCode: fc.integer({ min: 1, max: 999 }),
  route: fc.option(fc.string({ minLength: 1, unit: fc.constantFrom('=', "'", 'a', '"', ',', '-', ' ') }), {
    nil: undefined,
  }),
  currency: fc.constantFrom(...CURRENCIES),
  perSegment: fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }),
  from: fc.option(time, { nil: undefined }),
  until: fc.option(time, { nil: undefined }),
  note: fc.string({
    maxLength: 40,
    unit: fc.constantFrom('=', '+', '-', '@', "'", '\n', '\r', '"', ',', ' ', '價', 'a'),
  }),
});

it('comes back to the byte', () => {
  fc.assert(
    fc.property(fc.array(rows), (all) => {
      const file = writePriceFile(all);
      const read = readPriceFile(file);
      expect(read.faults).toEqual([]);
      expect(read.rows).toEqual(all.map((row) => ({ ...row, line: expect.any(Number) as number })));
      expect(writePriceFile(read.rows)).toBe(file);
    }),
  );
});

it('is read with its columns in any order, the optional ones absent', () => {
  const { rows: read, faults } = readPriceFile('\uFEFFper_segment,currency,country_code\n0.35,HKD,852\n\n1,JPY,81\n');
  expect(faults).toEqual([]);
  expect(read).toMatchObject([
    { line: 2, countryCode: 852, route: undefined, currency: 'HKD', perSegment: 35_000_000n, note: '' },
    { line: 4, countryCode: 81, from: undefined, until: undefined },
  ]);
});

it('names every fault by the line that its row begins in', () => {
  const file = [
    'country_code,currency,per_segment,valid_from,valid_until,note',
    '852,HKD,0.35,,,"two',
    'lines"',
    '0,CHF,-1,2026-01-01,x,',
    `852,HKD,0.123456789,2026-01-01T00:00:00Z,,${'n'.repeat(501)}`,
  ].join('\r\n');
  expect(readPriceFile(file).faults.map(({ line, rule }) => `${line} ${rule.split(' ')[0]}`)).toEqual([
    '4 country_code',
    '4 currency',
    '4 per_segment',
    '4 valid_from',
    '4 valid_until',
    '5 per_segment',
    '5 note',
  ]);
});

it.each([
  ['', /missing: country_code, currency, per_segment/],
  ['country_code,currency\n852,HKD', /missing: per_segment/],
  ['country_code,currency,per_segment,colour\n', /none of/],
  ['country_code,currency,per_segment,note,note\n', /twice/],
  ['country_code,currency,per_segment\n852,HKD\n', /Line 2 /],
  ['country_code,currency,per_segment\n"852,HKD,1\n', /Line \d+ can not/],
])('is refused where it is no such file (%#)', (text, message) => {
  expect(() => readPriceFile(text)).toThrow(
    expect.objectContaining({ code: 'invalid_csv', message: expect.stringMatching(message) as string }) as Error,
  );
});
