import * as fc from 'fast-check';
import { ApplicationError } from '../../errors.js';
import { CurrencyMismatchError, money, parseAmount } from './money.js';
import { itemsOf, type Price, quote } from './quote.js';

const prices = new Map<number, Price<number>>([
  [852, { priceId: 1, perSegment: money(parseAmount('0.35'), 'HKD') }],
  [65, { priceId: 2, perSegment: money(parseAmount('0.41250001'), 'HKD') }],
  [1, { priceId: 3, perSegment: money(0n, 'HKD') }],
]);
const priceOf = (countryCode: number) => prices.get(countryCode);

it('counts recipients by country, in the order of first appearance', () => {
  expect(itemsOf(2, [852, 65, 852, 1, 852])).toEqual([
    { countryCode: 852, segments: 2, recipients: 3 },
    { countryCode: 65, segments: 2, recipients: 1 },
    { countryCode: 1, segments: 2, recipients: 1 },
  ]);
});

describe('quote', () => {
  it('has a line a country, and a total', () => {
    expect(quote(itemsOf(2, [852, 65, 852, 1]), 'HKD', priceOf)).toEqual({
      lines: [
        {
          countryCode: 852,
          priceId: 1,
          perSegment: money(35_000_000n, 'HKD'),
          recipients: 2,
          segments: 4,
          cost: money(140_000_000n, 'HKD'),
        },
        {
          countryCode: 65,
          priceId: 2,
          perSegment: money(41_250_001n, 'HKD'),
          recipients: 1,
          segments: 2,
          cost: money(82_500_002n, 'HKD'),
        },
        {
          countryCode: 1,
          priceId: 3,
          perSegment: money(0n, 'HKD'),
          recipients: 1,
          segments: 2,
          cost: money(0n, 'HKD'),
        },
      ],
      total: money(222_500_002n, 'HKD'),
    });
  });

  it('folds texts of different length to one country into one line', () => {
    const items = [
      { countryCode: 852, segments: 1, recipients: 3 },
      { countryCode: 65, segments: 1, recipients: 1 },
      { countryCode: 852, segments: 2, recipients: 2 },
    ];
    const { lines } = quote(items, 'HKD', priceOf);
    expect(lines.map((line) => [line.countryCode, line.recipients, line.segments])).toEqual([
      [852, 5, 7],
      [65, 1, 1],
    ]);
    expect(items[0]).toEqual({ countryCode: 852, segments: 1, recipients: 3 });
  });

  it('is nothing for nobody', () => {
    expect(quote([], 'JPY', priceOf)).toEqual({ lines: [], total: money(0n, 'JPY') });
  });

  it('names every country without a price', () => {
    const action = () => quote(itemsOf(1, [852, 376, 377]), 'HKD', priceOf);
    expect(action).toThrow(ApplicationError);
    expect(action).toThrow(
      expect.objectContaining({
        kind: 'rule',
        code: 'unpriced_area',
        message: 'No price in HKD is set for +376, +377.',
      }) as Error,
    );
  });

  it('takes no price in another currency', () => {
    expect(() => quote(itemsOf(1, [852]), 'USD', priceOf)).toThrow(CurrencyMismatchError);
  });

  it('totals what the SMS cost one by one', () => {
    const items = fc.array(
      fc.record({
        countryCode: fc.constantFrom(852, 65, 1),
        segments: fc.integer({ min: 1, max: 10 }),
        recipients: fc.integer({ min: 1, max: 50 }),
      }),
    );
    fc.assert(
      fc.property(items, (all) => {
        let expected = 0n;
        for (const { countryCode, segments, recipients } of all)
          for (let sms = 0; sms < recipients; sms++)
            expected += (prices.get(countryCode)?.perSegment.amount ?? 0n) * BigInt(segments);
        const { lines, total } = quote(all, 'HKD', priceOf);
        expect(total.amount).toBe(expected);
        expect(new Set(lines.map((line) => line.countryCode)).size).toBe(lines.length);
      }),
    );
  });
});
