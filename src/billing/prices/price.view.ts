import type { Currency } from '../domain/currency.js';
import { money, MoneyJson, parseAmount, toMoneyJson } from '../domain/money.js';
import type { Price } from '../price.entity.js';

/** Where a price stands: it holds, it will, it did, or it was withdrawn before it could. */
export type PriceState = 'current' | 'future' | 'past' | 'withdrawn';

/** A version of a price. */
export class PriceView {
  readonly id: number;
  readonly countryCode: number;
  /** Null: for all routes without a price of their own. */
  readonly route: string | null;
  readonly perSegment: MoneyJson;
  /** Counts the versions of this country, route and currency. */
  readonly version: number;
  readonly validFrom: string;
  /** Null: for ever, or until a later version. */
  readonly validUntil: string | null;
  readonly state: PriceState;
  /** Who made it: app and key. */
  readonly author: string;
  readonly note: string;
}

/** A version of a price that an import makes, ends earlier or later, or withdraws. */
export class PriceChangeView {
  readonly change: 'added' | 'ended' | 'withdrawn';
  /** Of the file; of what is added only. */
  readonly line?: number;
  /** Absent: it is not stored yet. */
  readonly id?: number;
  readonly countryCode: number;
  readonly route: string | null;
  readonly perSegment: MoneyJson;
  readonly validFrom: string;
  readonly validUntil: string | null;
}

/** What an import changed, or would change. */
export class PriceImportView {
  readonly dryRun: boolean;
  /** Rows of the file. */
  readonly rows: number;
  /** Rows that stand in the price book already, to the letter. */
  readonly unchanged: number;
  readonly changes: PriceChangeView[];
}

/** ISO text of a time; null for none or for ever. */
export const isoOrNull = (time: number | undefined): string | null =>
  time === undefined || time === Infinity ? null : new Date(time).toISOString();

/**
 * A version as the API shows it.
 * @param routes names by id
 * @param now business time, milliseconds
 */
export function priceView(price: Price, routes: ReadonlyMap<number, string>, now: number): PriceView {
  const { id, countryCode, routeId, perSegment, version, validFrom, validUntil, author, note } = price;
  return {
    id,
    countryCode,
    route: routeId === null ? null : (routes.get(routeId) ?? null),
    perSegment: toMoneyJson(money(parseAmount(perSegment), price.currency as Currency)),
    version,
    validFrom: validFrom.toISOString(),
    validUntil: validUntil?.toISOString() ?? null,
    state: stateOf(price, now),
    author,
    note,
  };
}

function stateOf({ validFrom, validUntil }: Price, now: number): PriceState {
  const until = validUntil?.getTime() ?? Infinity;
  if (until <= validFrom.getTime()) return 'withdrawn';
  if (until <= now) return 'past';
  return validFrom.getTime() > now ? 'future' : 'current';
}
