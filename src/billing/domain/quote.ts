import { ApplicationError } from '../../errors.js';
import type { Currency } from './currency.js';
import { type Money, multiply, sum } from './money.js';

/** A version of a country's price. `Id` is the price book's own key of it. */
export interface Price<Id = string> {
  readonly priceId: Id;
  readonly perSegment: Money;
}

/** So many SMS of so many segments each, to one country. A submission may have several items for a country: texts differ. */
export interface QuoteItem {
  readonly countryCode: number;
  /** Segments of each SMS. */
  readonly segments: number;
  /** Number of SMS; the same number twice is two. */
  readonly recipients: number;
}

/** What a submission costs in one country. */
export interface CostLine<Id = string> {
  readonly countryCode: number;
  readonly priceId: Id;
  readonly perSegment: Money;
  /** Number of SMS. */
  readonly recipients: number;
  /** Segments of all of them together. */
  readonly segments: number;
  readonly cost: Money;
}

/** What a submission costs. */
export interface Quote<Id = string> {
  /** One a country, in the order of first appearance. */
  readonly lines: readonly CostLine<Id>[];
  readonly total: Money;
}

/** The items of a submission whose text is the same for all: recipients counted by country, in the order of first appearance. */
export function itemsOf(segments: number, countryCodes: Iterable<number>): QuoteItem[] {
  const recipients = new Map<number, number>();
  for (const code of countryCodes) recipients.set(code, (recipients.get(code) ?? 0) + 1);
  return Array.from(recipients, ([countryCode, count]) => ({ countryCode, segments, recipients: count }));
}

/**
 * Quotes a submission (protocol.md 9): cost = price per segment × segments, exact, nothing rounded.
 *
 * @param priceOf the price of a country in `currency`, `undefined` where there is none
 * @throws ApplicationError `rule`/`unpriced_area`, which names all the countries without a price; `rule`/`amount_out_of_range`
 * @throws CurrencyMismatchError when a price is in another currency
 */
export function quote<Id>(
  items: Iterable<QuoteItem>,
  currency: Currency,
  priceOf: (countryCode: number) => Price<Id> | undefined,
): Quote<Id> {
  const lines: CostLine<Id>[] = [];
  const unpriced: number[] = [];
  for (const { countryCode, segments, recipients } of foldByCountry(items)) {
    const price = priceOf(countryCode);
    if (price === undefined) unpriced.push(countryCode);
    else lines.push({ countryCode, ...price, recipients, segments, cost: multiply(price.perSegment, segments) });
  }
  if (unpriced.length > 0) throw unpricedArea(unpriced, currency);
  const total = sum(
    currency,
    lines.map((line) => line.cost),
  );
  return { lines, total };
}

/** The refusal of countries that have no price in a currency (RESULT_CODE Unpriced_area, protocol.md 4). */
export function unpricedArea(countryCodes: readonly number[], currency: Currency): ApplicationError {
  const countries = countryCodes.map((code) => `+${code}`).join(', ');
  return new ApplicationError('rule', 'unpriced_area', `No price in ${currency} is set for ${countries}.`);
}

/** Recipients and segments of a country, all items together; here `segments` are those of all recipients. */
function foldByCountry(items: Iterable<QuoteItem>): Iterable<QuoteItem> {
  const byCountry = new Map<number, { countryCode: number; segments: number; recipients: number }>();
  for (const { countryCode, segments, recipients } of items) {
    const folded = byCountry.get(countryCode);
    if (folded === undefined) {
      byCountry.set(countryCode, { countryCode, segments: segments * recipients, recipients });
      continue;
    }
    folded.segments += segments * recipients;
    folded.recipients += recipients;
  }
  return byCountry.values();
}
