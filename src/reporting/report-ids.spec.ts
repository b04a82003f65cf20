import { isUuidv7, uuidTime } from '../uuid.js';
import { ReportIds } from './report-ids.js';

describe('ReportIds', () => {
  it('ascend within a millisecond, beyond what the counter holds, and when the clock goes back', () => {
    let now = 1_800_000_000_000;
    const ids = new ReportIds(() => now);
    const made = Array.from({ length: 5000 }, () => ids.next());
    now -= 10_000;
    made.push(ids.next());
    now += 20_000;
    made.push(ids.next());
    expect(made.every(isUuidv7)).toBe(true);
    expect(new Set(made).size).toBe(made.length);
    expect(made.toSorted()).toEqual(made);
    expect(uuidTime(made.at(-1) ?? '')).toBe(now);
  });
});
