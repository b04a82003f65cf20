import { STATEMENT_HEADER, statementLine } from './statement-line.js';
import { parseMonth } from './statement-month.js';

describe('a month of a statement', () => {
  it('is one of UTC+8', () => {
    const month = parseMonth('2026-12');
    expect([month?.from, month?.to].map((time) => new Date(time ?? 0).toISOString())).toEqual([
      '2026-11-30T16:00:00.000Z',
      '2026-12-31T16:00:00.000Z',
    ]);
  });

  it.each(['2026-13', '2026-00', '2026-1', '1999-01', '2026-01-01', ''])('is not %j', (text) => {
    expect(parseMonth(text)).toBeUndefined();
  });
});

describe('a line of a statement', () => {
  const sms = {
    smsUid: '0190A1B2C3D470008000000000000001',
    acceptedAt: Date.UTC(2026, 11, 31, 15, 59, 59, 999),
    countryCode: 852,
    msisdn: '67000011',
    segments: 3,
    perSegment: 5_750_000n,
    charged: true,
    state: 2,
  };

  it('has the fields of the header', () => {
    expect(STATEMENT_HEADER).toBe('sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state');
    expect(statementLine(sms, 'HKD')).toBe(
      '0190A1B2C3D470008000000000000001,2026-12-31 23:59:59,852,67000011,3,0.0575,0.1725,HKD,2',
    );
  });

  it('costs nothing when the platform refused it itself', () => {
    expect(statementLine({ ...sms, charged: false, state: 60 }, 'HKD')).toMatch(/,0\.0575,0\.00,HKD,60$/);
  });

  it('ends empty when nothing is known yet, and has no more digits than the currency has', () => {
    expect(statementLine({ ...sms, perSegment: 1_200_000_000n, state: undefined }, 'JPY')).toMatch(/,3,12,36,JPY,$/);
  });
});
