import * as fc from 'fast-check';

import { isTimeZone, piecesOf, TIER, type Tier, TIER_SPAN, wholeQuarters, widestTier } from './bucket-period.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);
const YEAR = { from: at('2026-01-01T00:00:00Z'), to: at('2027-01-01T00:00:00Z') };
const JANUARY = { from: at('2026-01-01T00:00:00Z'), to: at('2026-02-01T00:00:00Z') };

describe('piecesOf', () => {
  it('covers a period without gap or overlap, by buckets that fit, as wide as they may be', () => {
    const quarters = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(quarters, quarters, fc.constantFrom<Tier>(0, 1, 2), (one, other, widest) => {
        const [from, to] = [Math.min(one, other) * 900_000, Math.max(one, other) * 900_000];
        const pieces = piecesOf({ from, to }, widest);
        let reached = from;
        for (const piece of pieces) {
          expect(piece.from).toBe(reached);
          expect(piece.tier).toBeLessThanOrEqual(widest);
          expect([piece.from % TIER_SPAN[piece.tier], piece.to % TIER_SPAN[piece.tier]]).toEqual([0, 0]);
          reached = piece.to;
        }
        expect(reached).toBe(to);
        expect(pieces.length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('reads days by days', () => {
    const [from, to] = [at('2026-01-01T22:45:00Z'), at('2026-01-04T01:15:00Z')];
    expect(piecesOf({ from, to }, TIER.day).map(({ tier, from, to }) => [tier, (to - from) / HOUR])).toEqual([
      [0, 0.25],
      [1, 1],
      [2, 48],
      [1, 1],
      [0, 0.25],
    ]);
  });
});

describe('widestTier', () => {
  it.each([
    ['UTC', 'day', YEAR, TIER.day],
    ['UTC', 'hour', YEAR, TIER.hour],
    ['Asia/Hong_Kong', 'day', YEAR, TIER.hour],
    ['Asia/Hong_Kong', undefined, YEAR, TIER.day],
    ['Asia/Kolkata', 'day', YEAR, TIER.quarter],
    ['Asia/Kathmandu', 'hour', YEAR, TIER.quarter],
    ['Europe/London', 'day', JANUARY, TIER.day],
    ['Europe/London', 'day', YEAR, TIER.hour],
    // Half an hour of daylight saving time.
    ['Australia/Lord_Howe', 'hour', JANUARY, TIER.hour],
    ['Australia/Lord_Howe', 'hour', YEAR, TIER.quarter],
    ['America/St_Johns', 'hour', JANUARY, TIER.quarter],
  ] as const)('%s by %s', (timeZone, unit, period, tier) => {
    expect(widestTier(period, unit, timeZone)).toBe(tier);
  });
});

describe('periods and zones', () => {
  it('widens to whole quarters', () => {
    const period = { from: at('2026-01-01T00:14:59.999Z'), to: at('2026-01-01T00:30:00.001Z') };
    expect(wholeQuarters(period)).toEqual({ from: YEAR.from, to: YEAR.from + 0.75 * HOUR });
    expect(wholeQuarters({ from: YEAR.from, to: YEAR.from + DAY })).toEqual({ from: YEAR.from, to: YEAR.from + DAY });
  });

  it('knows zones by name only', () => {
    expect(['UTC', 'Asia/Hong_Kong', 'Mars/Olympus', '+08:00', ''].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
