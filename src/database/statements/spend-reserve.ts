import type { StatementRunner } from '../database.js';
import { plainArray, statement, textArray } from '../statement.js';

/**
 * Reserving under spend caps (docs/decisions/0062-spend-caps.md). `spend_use` has a row for each cap and period, which those who
 * accept lock in the order of its key; nobody else does but for a moment once a second.
 */

/** A cap and what is used of it in a period. Amounts are decimal texts. */
export interface CapRoom {
  readonly app_id: number;
  readonly currency: string;
  readonly period: 'day' | 'month';
  /** `2026-11-22`, in the cap's time zone. */
  readonly starts_on: string;
  /** Since when and until when, UTC. */
  readonly starts_at: string;
  readonly renews_at: string;
  readonly cap: string;
  /** Null: the period has no row yet, see `openSpendPeriods`. */
  readonly used: string | null;
  /** False: the use is not complete yet, and refuses nothing. */
  readonly counted: boolean | null;
}

/** The first day of the period of a cap `c` that a time is in. */
export const periodOf = (time: string): string => `date_trunc(c.period, ${time} at time zone c.time_zone)::date`;

/** A time of a cap `c`: the beginning of the period that begins on a day, or with `next` the end of it. */
export const startOf = (day: string): string => `(${day}::timestamp at time zone c.time_zone)`;
export const endOf = (day: string): string => `((${day} + ('1 ' || c.period)::interval) at time zone c.time_zone)`;

/**
 * CTEs that reserve: after a CTE `cap` (rows of spend_cap) and one of `app_id, currency, at, cost`. All of an account (app and
 * currency) fits all its caps and is reserved, or nothing is and `short` has the account. `room` has what was used before.
 *
 * @param demand name of the CTE
 */
export const reserveFor = (demand: string): string => `wanted as materialized (
     select d.app_id, d.currency, c.period, ${periodOf('d.at')} as starts_on, c.amount as cap, c.time_zone, sum(d.cost) as cost
     from ${demand} d join cap c on c.app_id = d.app_id and c.currency = d.currency
     group by d.app_id, d.currency, c.period, ${periodOf('d.at')}, c.amount, c.time_zone
   ), room as materialized (
     select u.app_id, u.currency, u.period, u.starts_on, u.used, u.counted
     from wanted w join spend_use u on u.app_id = w.app_id and u.currency = w.currency and u.period = w.period
       and u.starts_on = w.starts_on
     -- Not the order of its index: that would be the way past everybody's rows (docs/decisions/0007).
     where u.app_id = any (array(select app_id from wanted))
     order by u.app_id, u.currency, u.period, u.starts_on for update of u
   ), short as materialized (
     select distinct w.app_id, w.currency
     from wanted w left join room r on r.app_id = w.app_id and r.currency = w.currency and r.period = w.period
       and r.starts_on = w.starts_on
     where r.used is null or (r.counted and r.used + w.cost > w.cap)
   ), reserved as (
     update spend_use u set used = u.used + w.cost
     from wanted w
     where u.app_id = any (array[w.app_id]) and u.currency = w.currency and u.period = w.period and u.starts_on = w.starts_on
       and (w.app_id, w.currency) not in (select app_id, currency from short)
   )`;

/** After `reserveFor`: the caps of the accounts in `short`, as `CapRoom`s. */
export const ROOMS_AS_JSON = `(select coalesce(json_agg(json_build_object('app_id', c.app_id, 'currency', c.currency,
       'period', c.period, 'starts_on', c.starts_on, 'starts_at', ${startOf('c.starts_on')},
       'renews_at', ${endOf('c.starts_on')}, 'cap', c.cap::text, 'used', r.used::text, 'counted', r.counted)), '[]')
     from short s join wanted c on c.app_id = s.app_id and c.currency = s.currency
     left join room r on r.app_id = c.app_id and r.currency = c.currency and r.period = c.period
       and r.starts_on = c.starts_on)`;

/** What is to be reserved at once, all of it or nothing. */
export interface SpendDemand {
  readonly appId: number;
  readonly currency: string;
  /** Decimal text. */
  readonly cost: string;
  /** Business time by whose day and month it counts, milliseconds. */
  readonly at: number;
}

const RESERVE = statement<{ rooms: CapRoom[] }>(
  'spend_reserve',
  `with cap as materialized (
     select * from spend_cap where app_id = $1 and currency = $2::char(3)
   ), demand as materialized (
     select $1::integer as app_id, $2::char(3) as currency, $3::numeric as cost, $4::timestamptz as at where $3::numeric > 0
   ), ${reserveFor('demand')}
   select ${ROOMS_AS_JSON} as rooms`,
);

/** Reserves under an app's caps. @returns the caps where it does not fit, and nothing was reserved; none: it is done */
export async function reserveSpend(runner: StatementRunner, demand: SpendDemand): Promise<readonly CapRoom[]> {
  const { appId, currency, cost, at } = demand;
  const [row] = await runner.run(RESERVE, [appId, currency, cost, new Date(at).toISOString()]);
  return row.rooms;
}

const ROOMS = statement<CapRoom & { place: number }>(
  'spend_rooms',
  `select d.place, c.app_id, c.currency, c.period, ${periodOf('d.at')}::text as starts_on,
     to_json(${startOf(periodOf('d.at'))}) #>> '{}' as starts_at, to_json(${endOf(periodOf('d.at'))}) #>> '{}' as renews_at,
     c.amount::text as cap, u.used::text as used, u.counted
   from unnest($1::integer[], $2::integer[], $3::char(3)[], $4::timestamptz[]) as d (place, app_id, currency, at)
   join spend_cap c on c.app_id = d.app_id and c.currency = d.currency
   left join spend_use u on u.app_id = c.app_id and u.currency = c.currency and u.period = c.period
     and u.starts_on = ${periodOf('d.at')}
   order by d.place, c.period`,
);

/** The caps that each demand counts under, as they stand; for those without caps none. */
export async function readRooms(
  runner: StatementRunner,
  demands: readonly Omit<SpendDemand, 'cost'>[],
): Promise<readonly (readonly CapRoom[])[]> {
  const found: CapRoom[][] = demands.map(() => []);
  const rows = await runner.run(ROOMS, [
    plainArray(demands.map((_, index) => index)),
    plainArray(demands.map(({ appId }) => appId)),
    textArray(demands.map(({ currency }) => currency)),
    textArray(demands.map(({ at }) => new Date(at).toISOString())),
  ]);
  for (const { place, ...room } of rows) found[place].push(room);
  return found;
}

const OPEN = statement<object>(
  'spend_open',
  `insert into spend_use (app_id, currency, period, starts_on, counted)
   select distinct d.app_id, d.currency, d.period, d.starts_on, c.created_at <= ${startOf('d.starts_on')}
   from unnest($1::integer[], $2::char(3)[], $3::text[], $4::date[]) as d (app_id, currency, period, starts_on)
   join spend_cap c on c.app_id = d.app_id and c.currency = d.currency and c.period = d.period
   order by 1, 2, 3, 4
   on conflict do nothing`,
);

/**
 * Makes the rows of periods that have none. A period that began after its cap was made has had no use without it; another one is
 * counted from the ledger first.
 */
export async function openSpendPeriods(
  runner: StatementRunner,
  periods: readonly Pick<CapRoom, 'app_id' | 'currency' | 'period' | 'starts_on'>[],
): Promise<void> {
  await runner.run(OPEN, [
    plainArray(periods.map((period) => period.app_id)),
    plainArray(periods.map(({ currency }) => currency)),
    plainArray(periods.map(({ period }) => period)),
    plainArray(periods.map((period) => period.starts_on)),
  ]);
}

const EXHAUST = statement<object>(
  'spend_exhaust',
  `update spend_use set exhausted = true
   where app_id = $1 and currency = $2::char(3) and period = $3 and starts_on = $4 and not exhausted`,
);

/** Notes that not even one message would have fitted: the cap counts as reached, although something is left. */
export async function noteExhausted(
  runner: StatementRunner,
  { app_id: appId, currency, period, starts_on: startsOn }: CapRoom,
): Promise<void> {
  await runner.run(EXHAUST, [appId, currency, period, startsOn]);
}

const OF_APP = statement<CapRoom & { time_zone: string }>(
  'spend_of_app',
  `select c.app_id, c.currency, c.period, ${periodOf('$2::timestamptz')}::text as starts_on,
     to_json(${startOf(periodOf('$2::timestamptz'))}) #>> '{}' as starts_at,
     to_json(${endOf(periodOf('$2::timestamptz'))}) #>> '{}' as renews_at, c.amount::text as cap, c.time_zone, u.counted,
     (coalesce(u.used, 0) + (select coalesce(sum(d.amount), 0) from spend_delta d
       where d.app_id = c.app_id and d.currency = c.currency and (d.period is null or d.period = c.period)
         and d.at >= ${startOf(periodOf('$2::timestamptz'))} and d.at < ${endOf(periodOf('$2::timestamptz'))}))::text as used
   from spend_cap c
   left join spend_use u on u.app_id = c.app_id and u.currency = c.currency and u.period = c.period
     and u.starts_on = ${periodOf('$2::timestamptz')}
   where c.app_id = $1
   order by c.currency, c.period`,
);

/** The caps of an app and what is used of them, all that was given back included. @param now business time, milliseconds */
export function capsOfApp(
  runner: StatementRunner,
  appId: number,
  now: number,
): Promise<(CapRoom & { time_zone: string })[]> {
  return runner.run(OF_APP, [appId, new Date(now).toISOString()]);
}
