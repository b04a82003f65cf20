import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { AGGREGATE_NOT_ZERO, AGGREGATE_SUMS } from './aggregate-columns.js';
import { bucketParameters, type BucketRequest } from './bucket-request.js';

/** What a summary may be grouped by. */
export type SummaryDimension = 'country' | 'route' | 'status' | 'app' | 'hour' | 'day';

/** Which aggregates are wanted. */
export type SummaryRequest = BucketRequest<SummaryDimension>;

/** Messages that have status, bin and price in common, and what they are grouped by; null: not grouped by that. */
export interface SummaryRow {
  country_code: number | null;
  route: string | null;
  app: string | null;
  /** Beginning of the hour, milliseconds. */
  hour: number | null;
  /** Minutes east of UTC at that time. */
  hour_offset: number | null;
  /** Calendar day, ISO-8601. */
  day: string | null;
  status: number;
  bin: number;
  currency: string;
  /** Decimal text. */
  cost: string;
  messages: number;
  segments: number;
}

const LOCAL = `start at time zone $8`;

/**
 * Reads buckets of the pieces' tiers and the deltas that are not merged yet, in one snapshot. Names are looked up after the
 * folding; hours begin at the full hour of the local clock, twice where it is put back.
 */
export const SUMMARY = statement<SummaryRow>(
  'aggregate_summary',
  `with wanted as (
     select start, app_id, route_id, country_code, price_id, status, bin, messages, segments, charged
     from unnest($1::smallint[], $2::timestamptz[], $3::timestamptz[]) as piece (level, lowest, highest)
     join app on $6::integer is null or app.id = $6
     join aggregate_bucket on tier = any (array[level]) and app_id = any (array[app.id]) and start >= lowest and start < highest
     union all
     select start, app_id, route_id, country_code, price_id, status, bin, messages, segments, charged
     from aggregate_delta where start >= $4 and start < $5 and ($6::integer is null or app_id = $6)
   ), labelled as (
     select status, bin, price_id, messages, segments, charged,
       case when 'country' = any($7::text[]) then country_code end as country_code,
       case when 'route' = any($7) then route_id end as route_id,
       case when 'app' = any($7) then app_id end as app_id,
       case when 'hour' = any($7) then start - extract(minute from ${LOCAL}) * interval '1 minute' end as hour,
       case when 'hour' = any($7) then extract(epoch from (${LOCAL}) - (start at time zone 'UTC')) / 60 end as hour_offset,
       case when 'day' = any($7) then (${LOCAL})::date end as day
     from wanted
   ), folded as (
     select country_code, route_id, app_id, hour, hour_offset, day, status, bin, price_id, ${AGGREGATE_SUMS}
     from labelled group by country_code, route_id, app_id, hour, hour_offset, day, status, bin, price_id
     having ${AGGREGATE_NOT_ZERO}
     order by day, hour, app_id, route_id, country_code limit $9
   )
   select folded.country_code, route.name as route, app.name as app, extract(epoch from hour)::float8 * 1000 as hour,
     hour_offset::float8, day::text, status, bin, price.currency, (charged * price.per_segment)::text as cost,
     messages::float8, segments::float8
   from folded join price on price.id = folded.price_id left join route on route.id = folded.route_id
   left join app on app.id = folded.app_id
   order by day, hour, app, route, country_code, status, bin, currency`,
);

/** Runs a summary; see `SummaryRow`. */
export function summarise(runner: StatementRunner, request: SummaryRequest): Promise<SummaryRow[]> {
  return runner.run(SUMMARY, bucketParameters(request));
}
