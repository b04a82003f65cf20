import { assert, double, property } from 'fast-check';

import { DELIVERY_TIME, nextDelivery } from './delivery-schedule.js';

const SINCE = 1_800_000_000_000;

describe('nextDelivery', () => {
  it('waits longer each time, up to an hour', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 50].map(
      (attempts) => (nextDelivery(attempts, SINCE, SINCE, 0.5) ?? 0) - SINCE,
    );
    expect(pauses.map((pause) => pause / 1000)).toEqual([5, 30, 120, 300, 900, 1800, 3600, 3600, 3600]);
  });

  it('goes on for three days, whatever chance says, and no longer', () => {
    assert(
      property(double({ min: 0, max: 1, noNaN: true }), (chance) => {
        let now = SINCE;
        let attempts = 0;
        for (
          let next: number | undefined = now;
          next !== undefined;
          next = nextDelivery(attempts, SINCE, now, chance)
        ) {
          expect(next).toBeGreaterThanOrEqual(now);
          now = next;
          attempts += 1;
        }
        expect(now - SINCE).toBeLessThanOrEqual(DELIVERY_TIME);
        expect(now - SINCE).toBeGreaterThan(DELIVERY_TIME - 4_500_001);
        expect(attempts).toBeGreaterThan(50);
        expect(attempts).toBeLessThan(120);
      }),
    );
  });
});
