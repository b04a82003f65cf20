import { billingMonthOf, parseBillingMonth } from './billing-month.js';

describe('a month of statements', () => {
  it('is one of UTC+8', () => {
    const month = parseBillingMonth('2026-12');
    expect([month?.from, month?.to].map((time) => new Date(time ?? 0).toISOString())).toEqual([
      '2026-11-30T16:00:00.000Z',
      '2026-12-31T16:00:00.000Z',
    ]);
  });

  it('begins with its first millisecond', () => {
    const { from = 0, to = 0 } = parseBillingMonth('2028-02') ?? {};
    expect([from - 1, from, to - 1, to].map(billingMonthOf)).toEqual(['2028-01', '2028-02', '2028-02', '2028-03']);
    expect(to - from).toBe(29 * 86_400_000);
  });

  it.each(['2026-13', '2026-00', '2026-1', '1999-01', '2026-01-01', '', '2026-01.csv'])('is not %j', (text) => {
    expect(parseBillingMonth(text)).toBeUndefined();
  });
});
