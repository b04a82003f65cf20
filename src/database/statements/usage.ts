import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { bucketParameters, type BucketRequest } from './bucket-request.js';
import { spentLines } from './ledger-rollup.js';

/** What usage may be grouped by. */
export type UsageDimension = 'app' | 'country' | 'route' | 'day';

/** Which usage is wanted. */
export type UsageRequest = BucketRequest<UsageDimension>;

/** What was spent in a currency, and what it is grouped by; null: not grouped by that, or a route that is not known any more. */
export interface UsageRow {
  day: string | null;
  app: string | null;
  country_code: number | null;
  route: string | null;
  currency: string;
  segments: number;
  /** Decimal text. */
  amount: string;
}

/** Reads buckets of the pieces' tiers and the entries that are not rolled up yet, in one snapshot. */
const USAGE = statement<UsageRow>(
  'usage',
  `with wanted as (
     select start, app_id, route_id, price_id, segments, amount
     from unnest($1::smallint[], $2::timestamptz[], $3::timestamptz[]) as piece (level, lowest, highest)
     join app on $6::integer is null or app.id = $6
     join usage_bucket on tier = any (array[level]) and app_id = any (array[app.id]) and start >= lowest and start < highest
     union all
     select start, app_id, route_id, price_id, charged - credited, amount from (${spentLines('ledger_news')}) fresh
     where start >= $4 and start < $5 and ($6::integer is null or app_id = $6)
   ), by_price as (
     select case when 'day' = any ($7::text[]) then (start at time zone $8)::date end as day,
       case when 'app' = any ($7) then app_id end as app_id,
       case when 'route' = any ($7) then route_id end as route_id,
       price_id, sum(segments) as segments, sum(amount) as amount
     from wanted group by 1, 2, 3, 4
   ), folded as (
     select day, app_id, by_price.route_id, case when 'country' = any ($7) then price.country_code end as country_code,
       price.currency, sum(segments) as segments, sum(amount) as amount
     from by_price join price on price.id = any (array[by_price.price_id])
     group by 1, 2, 3, 4, 5 having sum(segments) <> 0 or sum(amount) <> 0
     order by 1, 2, 3, 4, 5 limit $9
   )
   select day::text, app.name as app, country_code, route.name as route, folded.currency, segments::float8, amount::text
   from folded left join app on app.id = any (array[folded.app_id]) left join route on route.id = any (array[folded.route_id])
   order by day, app, route, country_code, currency`,
);

/** What the ledger has spent in a period, net of what it gave back; see `UsageRow`. */
export function readUsage(runner: StatementRunner, request: UsageRequest): Promise<UsageRow[]> {
  return runner.run(USAGE, bucketParameters(request));
}
