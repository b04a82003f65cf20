import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';

/** What a request asks of its app's rate. */
export interface RateClaim {
  readonly appId: number;
  /** Which of the app's rates: a small number of the caller's choosing. */
  readonly resource: number;
  readonly amount: number;
  /** Allowed per second, and at once after a second of rest. The same for all claims on one rate. */
  readonly perSecond: number;
}

/** What became of a claim. */
export interface RateVerdict {
  readonly granted: boolean;
  /** Seconds until the next claim can be granted; of use where this one was not. */
  readonly wait: number;
}

const ENSURE = statement<object>(
  'ensure_rate',
  `insert into app_rate (app_id, resource, tokens, at)
   select distinct app_id, resource, per_second, clock_timestamp()
   from unnest($1::int[], $2::smallint[], $3::int[]) as r(app_id, resource, per_second)
   order by app_id, resource on conflict do nothing`,
);

const TAKE = statement<RateVerdict>(
  'take_rate',
  `with asked as materialized (
     select *, sum(amount) over (partition by app_id, resource order by ordinal) - amount as before
     from unnest($1::int[], $2::smallint[], $3::int[], $4::float8[])
       with ordinality as a(app_id, resource, per_second, amount, ordinal)
   ), stood as materialized (
     select r.app_id, r.resource, w.per_second,
       least(w.per_second, r.tokens + w.per_second * greatest(0, extract(epoch from clock_timestamp() - r.at))) as tokens
     from app_rate r join (select distinct app_id, resource, per_second from asked) w using (app_id, resource)
     order by r.app_id, r.resource for update of r
   ), judged as materialized (
     select a.*, s.tokens, a.before < s.tokens as granted from asked a join stood s using (app_id, resource)
   ), taken as materialized (
     select app_id, resource, min(tokens) - coalesce(sum(amount) filter (where granted), 0) as rest
     from judged group by app_id, resource
   ), written as (
     update app_rate r set tokens = t.rest, at = clock_timestamp()
     from taken t where r.app_id = t.app_id and r.resource = t.resource
   )
   select j.granted, (greatest(0, -t.rest) / j.per_second)::float8 as wait
   from judged j join taken t using (app_id, resource) order by j.ordinal`,
);

/**
 * Takes from the rates of apps, for all processes together. A claim is granted as long as anything is left, and may leave
 * less than nothing: so one that is larger than a second's worth passes too, and what follows waits until it is paid back.
 * Claims are served in their order.
 */
export async function takeRate(runner: StatementRunner, claims: readonly RateClaim[]): Promise<RateVerdict[]> {
  const apps = plainArray(claims.map(({ appId }) => appId));
  const resources = plainArray(claims.map(({ resource }) => resource));
  const rates = plainArray(claims.map(({ perSecond }) => perSecond));
  const amounts = plainArray(claims.map(({ amount }) => amount));
  const verdicts = await runner.run(TAKE, [apps, resources, rates, amounts]);
  if (verdicts.length === claims.length) return verdicts;
  // A rate that nobody has claimed yet has no row; a crash of the server empties the table.
  await runner.run(ENSURE, [apps, resources, rates]);
  return runner.run(TAKE, [apps, resources, rates, amounts]);
}
