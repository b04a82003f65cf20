import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A price version as it is stored. */
export interface PriceRow {
  readonly id: number;
  /** Null: for every route without a price of its own. */
  readonly routeId: number | null;
  readonly countryCode: number;
  readonly currency: string;
  /** Decimal text. */
  readonly perSegment: string;
  readonly version: number;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
}

const LIST = statement<PriceRow>(
  'list_prices',
  `select id, route_id as "routeId", country_code as "countryCode", currency, per_segment as "perSegment", version,
     valid_from as "validFrom", valid_until as "validUntil"
   from price where valid_until is null or valid_until > now() - interval '2 days'
   order by version desc`,
);

/** Every price that is valid, will be, or was until two days ago; the newest versions first. */
export function listPrices(runner: StatementRunner): Promise<PriceRow[]> {
  return runner.run(LIST, []);
}
