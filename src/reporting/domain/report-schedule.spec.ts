import { isPastJoining, JOIN_PERIOD, pauseAfter } from './report-schedule.js';

describe('the pauses of a report whose send is not known', () => {
  it('double from a quarter of a second to half an hour', () => {
    expect([0, 1, 2, 12, 13, 1000, 32_767].map(pauseAfter)).toEqual([
      250, 500, 1000, 1_024_000, 1_800_000, 1_800_000, 1_800_000,
    ]);
  });

  it('end after 26 hours', () => {
    expect(isPastJoining(1000, 1000 + JOIN_PERIOD)).toBe(false);
    expect(isPastJoining(1000, 1001 + JOIN_PERIOD)).toBe(true);
    expect(JOIN_PERIOD).toBe(26 * 60 * 60 * 1000);
  });
});
