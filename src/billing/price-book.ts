import type { Currency } from './domain/currency.js';

/** One version of the price of a segment to a country, in one currency. Never changes once it was used. */
export interface PriceVersion {
  /** What messages keep, to say what they were quoted with. */
  readonly id: number;
  readonly countryCode: number;
  readonly currency: Currency;
  /** In 10^-8 of the currency unit, not negative. */
  readonly perSegment: bigint;
}

/** The route that prices are asked for: its own prices outrank those for all routes. */
export interface PricedRoute {
  readonly id: number;
  readonly currency: Currency;
}

/**
 * Port: what an SMS costs. An enterprise may put its own in place of `DatabasePriceBook`; `priceBookContract` in
 * test/support says what it must do.
 */
export abstract class PriceBook {
  /**
   * The prices that are valid at a time, by country calling code; a country without a price in the route's currency is not
   * among them. Prices in other currencies are none: nothing is converted (protocol.md 9).
   *
   * @param at business time in milliseconds, not more than a day in the past
   * @throws ApplicationError (unavailable) when the prices can't be read
   */
  abstract pricesFor(
    route: PricedRoute,
    countryCodes: readonly number[],
    at: number,
  ): Promise<ReadonlyMap<number, PriceVersion>>;

  /** This process has changed prices: what is held in memory is old. Other processes notice by themselves, within five seconds. */
  forget(): void {
    // Nothing is held in memory by default.
  }
}
