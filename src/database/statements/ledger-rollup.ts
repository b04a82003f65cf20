import type { Database, Transaction } from '../database.js';
import { statement } from '../statement.js';
import { takeTurn } from './turn.js';

/** Key of the advisory lock under which entries are rolled up and months are closed. */
const ROLLUP_LOCK = 7_310_866;

/**
 * What entries spent or gave back, by where it counts. An entry counts in the month of its time, but never in one that is closed
 * already: then in the first that is open. Its origin is the month in which its messages were accepted; where retention has
 * dropped them, its own.
 *
 * @param news rows with an `entry_id`
 */
export const spentLines = (news: string): string => `
  select entry.app_id, entry.price_id, coalesce(cause.route_id, 0)::smallint as route_id,
    date_bin('15 minutes', entry.at, timestamptz '2000-01-01Z') as start,
    greatest(billing_month(entry.at), first_open.month) as month,
    least(billing_month(coalesce(cause.created_at, entry.at)), greatest(billing_month(entry.at), first_open.month)) as origin,
    case when entry.to_account = 'spent' then entry.quantity else 0 end as charged,
    case when entry.from_account = 'spent' then entry.quantity else 0 end as credited,
    case when entry.to_account = 'spent' then entry.amount else -entry.amount end as amount
  from (select coalesce((max(month) + interval '1 month')::date, '-infinity') as month from billing_closed_month) first_open
  cross join ${news} news
  join ledger_entry entry on entry.id = any (array[news.entry_id])
  left join lateral (
    select submission.route_id, submission.created_at from submission
    where submission.id = any (array[coalesce(
      (select attempt.submission_id from attempt where entry.ordinal is null and attempt.id = any (array[entry.source_id])),
      (select packet.submission_id from packet where entry.ordinal is null and packet.attempt_id = any (array[entry.source_id])),
      entry.source_id)])) cause on true`;

const ROLL_UP = statement<{ taken: number }>(
  'ledger_roll_up',
  `with taken as materialized (
     delete from ledger_news where ctid = any (array(select news.ctid from ledger_news news limit $1)) returning entry_id
   ), line as materialized (${spentLines('taken')}
   ), quarter as (
     select start, app_id, price_id, route_id, sum(charged - credited)::bigint as segments, sum(amount) as amount
     from line group by start, app_id, price_id, route_id
   ), tiered as (
     select 0 as tier, * from quarter
     union all
     select 1, date_trunc('hour', start, 'UTC'), app_id, price_id, route_id, segments, amount from quarter
     union all
     select 2, date_trunc('day', start, 'UTC'), app_id, price_id, route_id, segments, amount from quarter
   ), used as (
     insert into usage_bucket as known (tier, start, app_id, price_id, route_id, segments, amount)
     select tier, start, app_id, price_id, route_id, sum(segments), sum(amount) from tiered
     group by tier, start, app_id, price_id, route_id
     on conflict (tier, app_id, start, route_id, price_id) do update
       set segments = known.segments + excluded.segments, amount = known.amount + excluded.amount
   ), billed as (
     insert into billing_line as known (app_id, month, origin, price_id, route_id, charged, credited, amount)
     select app_id, month, origin, price_id, route_id, sum(charged), sum(credited), sum(amount) from line
     group by app_id, month, origin, price_id, route_id
     on conflict (app_id, month, origin, route_id, price_id) do update set charged = known.charged + excluded.charged,
       credited = known.credited + excluded.credited, amount = known.amount + excluded.amount
   )
   select count(*)::int as taken from taken`,
);

const TRY_TURN = statement<{ ours: boolean }>(
  'ledger_try_turn',
  `select pg_try_advisory_xact_lock(${ROLLUP_LOCK}) as ours`,
);

/** Keeps everybody else from rolling up and closing until the transaction ends. */
export async function takeRollupTurn(transaction: Transaction): Promise<void> {
  await takeTurn(transaction, ROLLUP_LOCK);
}

/**
 * Rolls new entries of the ledger up into usage and statements, each once: it leaves the news in the transaction that counts it.
 * Whoever calls has taken the turn by an earlier statement of the transaction: so what it sees of closed months is how it stands.
 * @param limit entries at the most
 * @returns how many
 */
export async function rollUpInTurn(transaction: Transaction, limit: number): Promise<number> {
  const [row] = await transaction.run(ROLL_UP, [limit]);
  return row?.taken ?? 0;
}

/** The same, in a transaction of its own. @returns 0 also when another process is at it */
export function rollUpLedger(database: Database, limit: number): Promise<number> {
  return database.transaction(async (transaction) => {
    const [turn] = await transaction.run(TRY_TURN, []);
    return turn?.ours ? rollUpInTurn(transaction, limit) : 0;
  });
}
