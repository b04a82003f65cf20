import type { MoneyJson } from '../../billing/domain/money.js';

/** A price version. */
export class PriceView {
  readonly id: number;
  readonly countryCode: number;
  /** Null: the country is not priced. */
  readonly perSegment: MoneyJson | null;
  readonly validFrom: string;
  /** Null: for as long as nothing else is said. */
  readonly validUntil: string | null;
}
