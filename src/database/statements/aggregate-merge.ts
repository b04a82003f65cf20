import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { AGGREGATE_KEY, AGGREGATE_LOCK, AGGREGATE_SUMS } from './aggregate-columns.js';

const MERGE = statement<{ taken: number }>(
  'aggregate_merge',
  `with turn as materialized (
     select pg_try_advisory_xact_lock(${AGGREGATE_LOCK}) as ours
   ), taken as materialized (
     delete from aggregate_delta
     where ctid = any(array(select delta.ctid from aggregate_delta delta, turn where turn.ours limit $1))
     returning *
   ), folded as materialized (
     select ${AGGREGATE_KEY}, ${AGGREGATE_SUMS} from taken group by ${AGGREGATE_KEY}
   ), tiered as (
     select 0 as tier, * from folded
     union all
     select 1, date_trunc('hour', start, 'UTC'), app_id, route_id, country_code, price_id, status, bin, messages, segments,
       charged from folded
     union all
     select 2, date_trunc('day', start, 'UTC'), app_id, route_id, country_code, price_id, status, bin, messages, segments,
       charged from folded
   ), merged as (
     insert into aggregate_bucket as known (tier, ${AGGREGATE_KEY}, messages, segments, charged)
     select tier, ${AGGREGATE_KEY}, ${AGGREGATE_SUMS} from tiered group by tier, ${AGGREGATE_KEY}
     on conflict (tier, app_id, start, route_id, country_code, price_id, status, bin) do update set
       messages = known.messages + excluded.messages, segments = known.segments + excluded.segments,
       charged = known.charged + excluded.charged
   )
   select count(*)::int as taken from taken`,
);

/**
 * Merges appended deltas into the buckets of every tier, in one transaction: readers of both see each change once.
 * @param limit deltas at the most
 * @returns how many it merged; 0 also when another process is at it
 */
export async function mergeAggregates(runner: StatementRunner, limit: number): Promise<number> {
  const [row] = await runner.run(MERGE, [limit]);
  return row?.taken ?? 0;
}
