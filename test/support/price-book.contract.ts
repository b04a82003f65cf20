import type { PriceBook } from '../../src/billing/price-book.js';

/** A price that the contract needs to stand in the book under test. */
export interface GivenPrice {
  /** Undefined: for every route without a price of its own. */
  readonly routeId?: number;
  readonly countryCode: number;
  readonly currency: 'HKD' | 'JPY';
  /** Decimal text. */
  readonly perSegment: string;
  readonly version: number;
  /** Milliseconds; undefined: for ever. */
  readonly from: number;
  readonly until?: number;
}

/** A price book that holds the given prices for the routes 1 and 2, and nothing else. */
export type MakePriceBook = (prices: readonly GivenPrice[]) => Promise<PriceBook>;

const HOUR = 3_600_000;

/** What every `PriceBook` must do. Call it in a `describe`, with a way to make one. */
export function priceBookContract(make: MakePriceBook): void {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const hong = { id: 1, currency: 'HKD' } as const;
  const other = { id: 2, currency: 'HKD' } as const;
  const price = (countryCode: number, perSegment: string, more: Partial<GivenPrice> = {}): GivenPrice => ({
    countryCode,
    perSegment,
    currency: 'HKD',
    version: 1,
    from: now - HOUR,
    ...more,
  });
  const ask = async (book: PriceBook, route: typeof hong | typeof other, code: number, at = now) =>
    (await book.pricesFor(route, [code], at)).get(code)?.perSegment;

  test('gives a price for each country that has one', async () => {
    const book = await make([price(852, '0.35'), price(65, '0.00000001'), price(86, '123456789012.12345678')]);
    const prices = await book.pricesFor(hong, [852, 65, 86, 1], now);
    expect([...prices.keys()].sort((a, b) => a - b)).toEqual([65, 86, 852]);
    expect(prices.get(852)).toMatchObject({ countryCode: 852, currency: 'HKD', perSegment: 35_000_000n });
    expect(prices.get(65)?.perSegment).toBe(1n);
    expect(prices.get(86)?.perSegment).toBe(12_345_678_901_212_345_678n);
    expect(await book.pricesFor(hong, [], now)).toEqual(new Map());
  });

  test('converts nothing: a price in another currency is none', async () => {
    const book = await make([price(852, '7', { currency: 'JPY' })]);
    expect(await ask(book, hong, 852)).toBeUndefined();
    expect((await book.pricesFor({ id: 1, currency: 'JPY' }, [852], now)).get(852)?.currency).toBe('JPY');
  });

  test("prefers a route's own price to the one for all routes", async () => {
    const book = await make([price(852, '0.3', { routeId: 1 }), price(852, '0.4', { version: 2 })]);
    expect(await ask(book, hong, 852)).toBe(30_000_000n);
    expect(await ask(book, other, 852)).toBe(40_000_000n);
  });

  test('goes by the newest version that is valid, from its first moment until before its last', async () => {
    const book = await make([
      price(852, '1'),
      price(852, '2', { version: 2, from: now, until: now + HOUR }),
      price(852, '3', { version: 3, from: now + 2 * HOUR }),
      price(852, '9', { routeId: 1, from: now - HOUR, until: now - 1 }),
    ]);
    const segments = await Promise.all(
      [-1, 0, HOUR - 1, HOUR, 2 * HOUR].map((offset) => ask(book, hong, 852, now + offset)),
    );
    expect(segments).toEqual([1n, 2n, 2n, 1n, 3n].map((units) => units * 100_000_000n));
    expect(await ask(book, hong, 852, now - 2 * HOUR)).toBeUndefined();
  });

  test('names each version by an id of its own', async () => {
    const book = await make([price(852, '1'), price(65, '1'), price(852, '1', { version: 2, from: now })]);
    const before = await book.pricesFor(hong, [852, 65], now - 1);
    const after = await book.pricesFor(hong, [852, 65], now);
    const ids = [before.get(852)?.id, before.get(65)?.id, after.get(852)?.id];
    expect(new Set(ids).size).toBe(3);
    expect(after.get(65)?.id).toBe(before.get(65)?.id);
  });
}
