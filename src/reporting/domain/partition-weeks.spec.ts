import { isWithin, oldWeeks, partitionTime, statementMonths } from './partition-weeks.js';

const MONDAY = Date.UTC(2026, 0, 5);
const WEEK = 7 * 86_400_000;

describe('weeks of partitions', () => {
  it('are read from names', () => {
    expect(partitionTime('message_20260105')).toBe(MONDAY);
    expect(partitionTime('sms_uid_20260105')).toBe(MONDAY);
    expect(partitionTime('message_default')).toBeUndefined();
  });

  it('are old once they ended before the limit, oldest first', () => {
    const names = ['message_20260112', 'message_20260105', 'message_20260119', 'other'];
    expect(oldWeeks(names, MONDAY + 2 * WEEK)).toEqual([
      { from: MONDAY, to: MONDAY + WEEK },
      { from: MONDAY + WEEK, to: MONDAY + 2 * WEEK },
    ]);
    expect(oldWeeks(names, MONDAY + WEEK - 1)).toEqual([]);
  });

  it('touch the months of UTC+8', () => {
    expect(statementMonths({ from: MONDAY, to: MONDAY + WEEK })).toEqual(['2026-01']);
    const from = Date.UTC(2026, 0, 26);
    expect(statementMonths({ from, to: from + WEEK })).toEqual(['2026-01', '2026-02']);
    const until = Date.UTC(2026, 0, 31, 16);
    expect(statementMonths({ from: until - WEEK, to: until })).toEqual(['2026-01']);
    expect(statementMonths({ from: until - WEEK, to: until + 1 })).toEqual(['2026-01', '2026-02']);
  });

  it('hold days and weeks', () => {
    const week = { from: MONDAY, to: MONDAY + WEEK };
    expect(
      ['sms_uid_20260104', 'sms_uid_20260105', 'sms_uid_20260111', 'sms_uid_20260112', 'x'].map((name) =>
        isWithin(name, week),
      ),
    ).toEqual([false, true, true, false, false]);
  });
});
