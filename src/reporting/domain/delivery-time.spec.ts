import * as fc from 'fast-check';

import { binTime, NO_BIN, percentilesOf } from './delivery-time.js';

/** As the database's `delivery_bin` has it. */
const binOf = (seconds: number): number =>
  seconds < 0.1 ? 0 : 1 + Math.floor(Math.log(seconds / 0.1) / Math.log(1.05));

describe('the histogram of times to delivery', () => {
  it('stands for each time within 2.5 %', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.101, max: 200_000, noNaN: true }), (seconds) => {
        expect(Math.abs(binTime(binOf(seconds)) / seconds - 1)).toBeLessThan(0.026);
      }),
    );
    expect(binTime(0)).toBe(0.05);
  });

  it('gives percentiles by nearest rank, whatever the order of its bins', () => {
    const times = Array.from({ length: 1000 }, (_, index) => (index + 1) / 10);
    const histogram = new Map<number, number>();
    for (const time of times.toReversed()) histogram.set(binOf(time), (histogram.get(binOf(time)) ?? 0) + 1);
    const percentiles = percentilesOf(histogram);
    expect(percentiles?.p50).toBeCloseTo(50, -0.5);
    expect((percentiles?.p95 ?? 0) / 95).toBeCloseTo(1, 1);
    expect((percentiles?.p99 ?? 0) / 99).toBeCloseTo(1, 1);
    expect(percentilesOf(new Map([[7, 1]]))).toEqual({ p50: 0.137, p95: 0.137, p99: 0.137 });
  });

  it('has none without a delivery', () => {
    expect(percentilesOf(new Map())).toBeNull();
    expect(percentilesOf(new Map([[NO_BIN, 10]]))).toBeNull();
    expect(percentilesOf(new Map([[3, 0]]))).toBeNull();
  });
});
