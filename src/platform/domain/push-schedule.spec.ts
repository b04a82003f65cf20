import * as fc from 'fast-check';

import { nextPush, PUSH_PERIOD } from './push-schedule.js';

const HALF = 0.5;
const MINUTE = 60_000;

describe('nextPush', () => {
  it.each([
    [1, 5000],
    [2, 30_000],
    [3, 2 * MINUTE],
    [4, 10 * MINUTE],
    [5, 30 * MINUTE],
    [6, 60 * MINUTE],
    [20, 60 * MINUTE],
  ])('after attempt %i pauses as the protocol says', (attempts, pause) => {
    expect(nextPush(attempts, 1000, 1000, HALF)).toBe(1000 + pause);
  });

  it('varies a pause by a tenth, never goes beyond the 24 hours, and ends after a last try at their end', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(1000), (chance, late) => {
        let now = 0;
        let last = 0;
        for (let attempts = 1; ; attempts += 1) {
          const next = nextPush(attempts, 0, now, chance);
          if (next === undefined) break;
          expect(next).toBeGreaterThan(now);
          expect(next).toBeLessThanOrEqual(PUSH_PERIOD);
          expect(attempts).toBeLessThan(60);
          last = next;
          now = next + late;
        }
        expect(last).toBe(PUSH_PERIOD);
      }),
    );
  });
});
