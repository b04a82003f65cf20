import * as fc from 'fast-check';

import { PLATFORM_FORMAT, type StatementMapping } from './statement-mapping.js';
import { StatementReader } from './statement-reader.js';

const HEADER = 'sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state'.split(',');
const ROW = ['UID1', '2026-10-01 00:00:00', '852', '67000011', '2', '0.35', '0.70', 'HKD', '2'];

function readerOf(mapping: StatementMapping, header: readonly string[]): StatementReader {
  const reader = StatementReader.of(mapping, header);
  if (!(reader instanceof StatementReader)) throw new Error(`lacks ${reader.missing.join()}`);
  return reader;
}

const read = (column: string, value: string) =>
  readerOf(PLATFORM_FORMAT, HEADER).read(ROW.map((field, index) => (HEADER[index] === column ? value : field)));

describe('our platform’s format', () => {
  it('is read', () => {
    expect(readerOf(PLATFORM_FORMAT, HEADER).read(ROW)).toEqual({
      smsUid: 'UID1',
      acceptedAt: Date.UTC(2026, 8, 30, 16),
      countryCode: 852,
      msisdn: '67000011',
      segments: 2,
      unitPrice: 35_000_000n,
      amount: 70_000_000n,
      currency: 'HKD',
      state: 2,
    });
  });

  it('may have its columns in any order, and more of them', () => {
    const reader = readerOf(PLATFORM_FORMAT, ['remark', ...HEADER.toReversed()]);
    expect(reader.read(['x', ...ROW.toReversed()])).toMatchObject({ smsUid: 'UID1', state: 2 });
  });

  it('names the columns that a file lacks', () => {
    expect(StatementReader.of(PLATFORM_FORMAT, ['sms_uid', 'amount'])).toEqual({
      missing: ['accepted_at', 'country_code', 'msisdn', 'segments', 'unit_price', 'currency', 'state'],
    });
  });

  it.each([
    ['state', '', { state: undefined }],
    ['state', '4294967295', { state: 2_147_483_647 }],
    ['amount', '-0.70', { amount: -70_000_000n }],
    ['amount', '0.7000000000', { amount: 70_000_000n }],
    ['amount', '12', { amount: 1_200_000_000n }],
  ])('takes %s %p', (column, value, expected) => {
    expect(read(column, value)).toMatchObject(expected);
  });

  it.each([
    ['sms_uid', ''],
    ['sms_uid', 'A B'],
    ['accepted_at', '2026-02-30 00:00:00'],
    ['accepted_at', '2026-10-01T00:00:00'],
    ['accepted_at', '2026-10-01 24:00:00'],
    ['country_code', '85x'],
    ['msisdn', '6700 00ab'],
    ['segments', '0'],
    ['segments', '1.5'],
    ['amount', '1e3'],
    ['amount', '0.123456789'],
    ['amount', '1,000'],
    ['unit_price', '--1'],
    ['currency', 'XXX'],
    ['state', 'DELIVRD'],
  ])('refuses %s %p, naming the column and not the value', (column, value) => {
    const fault = read(column, value);
    expect(fault).toEqual({ column, rule: expect.any(String) });
    if (value !== '') expect(JSON.stringify(fault)).not.toContain(value);
  });

  it('reads every amount as it is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }), (amount) => {
        const magnitude = String(amount < 0n ? -amount : amount).padStart(9, '0');
        const text = `${amount < 0n ? '-' : ''}${magnitude.slice(0, -8)}.${magnitude.slice(-8)}`;
        expect(read('amount', text)).toMatchObject({ amount });
      }),
    );
  });
});

describe('another format', () => {
  const mapping: StatementMapping = {
    columns: { smsUid: 'id', acceptedAt: 'at', number: 'to', amount: 'cost', state: 'status' },
    delimiter: ';',
    timeFormat: 'iso8601',
    timeZone: 'Z',
    decimalMark: ',',
    currency: 'EUR',
    states: { DELIVRD: 2 },
    listsUnbilled: false,
  };
  const reader = readerOf(mapping, ['id', 'at', 'to', 'cost', 'status']);

  it.each([
    ['+852 6700-0011', 852, '67000011'],
    ['0085267000011', 852, '67000011'],
    ['4915112345678', 49, '15112345678'],
    ['12025550123', 1, '2025550123'],
  ])('splits the number %s', (number, countryCode, msisdn) => {
    expect(reader.read(['U', '2026-10-01T00:00:00Z', number, '0,0575', 'DELIVRD'])).toEqual({
      smsUid: 'U',
      acceptedAt: Date.UTC(2026, 9, 1),
      countryCode,
      msisdn,
      segments: undefined,
      unitPrice: undefined,
      amount: 5_750_000n,
      currency: 'EUR',
      state: 2,
    });
  });

  it('refuses what its mapping does not name', () => {
    expect(reader.read(['U', '2026-10-01T00:00:00Z', '+9991', '1', 'DELIVRD'])).toMatchObject({ column: 'to' });
    expect(reader.read(['U', '2026-10-01T00:00:00Z', '+85267000011', '1', 'constructor'])).toMatchObject({
      column: 'status',
    });
    expect(reader.read(['U', '2026-10-01 00:00', '+85267000011', '1', ''])).toMatchObject({ column: 'at' });
  });
});
