import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';

/** The first route of an installation that has none. */
export interface SeedRoute {
  readonly name: string;
  readonly currency: string;
  readonly segmentsPerSecond: number;
}

/** The prices of an installation that has none: parallel arrays, valid from today on, for every route. */
export interface SeedPrices {
  readonly currency: string;
  readonly countryCodes: readonly number[];
  /** Decimal texts. */
  readonly perSegment: readonly string[];
  readonly author: string;
}

const SEED_ROUTE = statement<object>(
  'seed_route',
  `insert into route (name, position, currency, segments_per_second)
   select $1, 1, $2, $3::int where not exists (select from route)`,
);

const SEED_PRICES = statement<object>(
  'seed_prices',
  `insert into price (country_code, currency, per_segment, version, valid_from, author)
   select country_code, $1, per_segment, 1, date_trunc('day', now()), $4
   from unnest($2::int[], $3::numeric[]) as seed(country_code, per_segment)
   where not exists (select from price)`,
);

/** Fills an empty route table. */
export async function seedRoute(runner: StatementRunner, route: SeedRoute): Promise<void> {
  await runner.run(SEED_ROUTE, [route.name, route.currency, route.segmentsPerSecond]);
}

/** Fills an empty price book. */
export async function seedPrices(runner: StatementRunner, prices: SeedPrices): Promise<void> {
  const { currency, countryCodes, perSegment, author } = prices;
  await runner.run(SEED_PRICES, [currency, plainArray(countryCodes), plainArray(perSegment), author]);
}
