import type { Database, StatementRunner } from '../database.js';
import { statement, timestamp } from '../statement.js';
import {
  ACCEPTANCE_AS_AGGREGATE,
  AGGREGATE_KEY,
  AGGREGATE_LOCK,
  AGGREGATE_NOT_ZERO,
  AGGREGATE_SUMS,
  MESSAGE_AS_AGGREGATE,
} from './aggregate-columns.js';
import { beUnhurried, takeTurn } from './turn.js';

/** Whole quarters of an hour of business time, and the ids that submissions created in it can have. Milliseconds. */
export interface RecountedPeriod {
  readonly from: number;
  readonly to: number;
  readonly lowestId: string;
  readonly highestId: string;
}

/** What a recount found. */
export interface RecountResult {
  /** Messages counted. */
  messages: number;
  /** Rows of the aggregates that were wrong, and are repaired. */
  drifted: number;
  /** By how many messages those were wrong, all taken as positive. */
  misplaced: number;
}

/**
 * One snapshot sees messages, buckets and unmerged deltas as of one moment, and what it appends is only what is missing: so
 * changes that come meanwhile keep their own deltas. Only recounts take turns, or two of them would append the same.
 */
const RECOUNT = statement<RecountResult>(
  'aggregate_recount',
  `with expected as materialized (
     select ${AGGREGATE_KEY}, ${AGGREGATE_SUMS}
     from (select ${MESSAGE_AS_AGGREGATE} from message
       where submission_id >= $3 and submission_id <= $4 and created_at >= $1 and created_at < $2
       union all
       select ${ACCEPTANCE_AS_AGGREGATE} from acceptance
       join message on message.submission_id = any (array[acceptance.submission_id])
         and message.ordinal = acceptance.ordinal
       where acceptance.submission_id >= $3 and acceptance.submission_id <= $4
         and message.created_at >= $1 and message.created_at < $2) counted
     group by ${AGGREGATE_KEY}
   ), known as (
     select ${AGGREGATE_KEY}, messages, segments, charged from app join aggregate_bucket on tier = 0 and app_id = any (array[app.id])
       and start >= $1 and start < $2
     union all
     select ${AGGREGATE_KEY}, messages, segments, charged from aggregate_delta where start >= $1 and start < $2
   ), drift as (
     insert into aggregate_delta (${AGGREGATE_KEY}, messages, segments, charged)
     select ${AGGREGATE_KEY}, ${AGGREGATE_SUMS}
     from (select * from expected
       union all select ${AGGREGATE_KEY}, -messages, -segments, -charged from known) compared
     group by ${AGGREGATE_KEY} having ${AGGREGATE_NOT_ZERO}
     returning messages
   )
   select (select coalesce(sum(messages), 0)::float8 from expected) as messages,
     (select count(*)::int from drift) as drifted, (select coalesce(sum(abs(messages)), 0)::float8 from drift) as misplaced`,
);

/** Hours and days of UTC are sums of their quarters; what counts nothing any more is removed. */
const ALIGN = statement<{ drifted: number }>(
  'aggregate_align',
  `with bucket as materialized (
     select aggregate_bucket.* from generate_series(0, 2) as level join app on true
     join aggregate_bucket on tier = any (array[level]) and app_id = any (array[app.id]) and start >= $1 and start < $2
   ), compared as (
     select 1 as tier, date_trunc('hour', start, 'UTC') as start, app_id, route_id, country_code, price_id, status, bin,
       messages, segments, charged from bucket where tier = 0
     union all
     select 2, date_trunc('day', start, 'UTC'), app_id, route_id, country_code, price_id, status, bin, messages, segments,
       charged from bucket where tier = 0
     union all
     select tier, ${AGGREGATE_KEY}, -messages, -segments, -charged from bucket where tier > 0
   ), aligned as (
     insert into aggregate_bucket as known (tier, ${AGGREGATE_KEY}, messages, segments, charged)
     select tier, ${AGGREGATE_KEY}, ${AGGREGATE_SUMS} from compared
     group by tier, ${AGGREGATE_KEY} having ${AGGREGATE_NOT_ZERO}
     on conflict (tier, app_id, start, route_id, country_code, price_id, status, bin) do update set
       messages = known.messages + excluded.messages, segments = known.segments + excluded.segments,
       charged = known.charged + excluded.charged
     returning tier
   )
   select count(*)::int as drifted from aligned`,
);

const REMOVE_EMPTY = statement<object>(
  'aggregate_remove_empty',
  `delete from aggregate_bucket using generate_series(0, 2) as level, app
   where tier = any (array[level]) and app_id = any (array[app.id]) and start >= $1 and start < $2 and messages = 0 and segments = 0 and charged = 0`,
);

/** Key of the advisory lock of those who recount. */
const RECOUNT_LOCK = 7_310_868;

/** Recounts a period from its messages and repairs the aggregates. */
export async function recountAggregates(database: Database, period: RecountedPeriod): Promise<RecountResult> {
  return database.transaction(async (transaction) => {
    await beUnhurried(transaction);
    await takeTurn(transaction, RECOUNT_LOCK);
    const [result] = await transaction.run(RECOUNT, [
      timestamp(period.from),
      timestamp(period.to),
      period.lowestId,
      period.highestId,
    ]);
    return result ?? { messages: 0, drifted: 0, misplaced: 0 };
  });
}

/**
 * Makes the hours and days of a period of whole UTC days the sums of their quarters again.
 * @returns how many rows were wrong
 */
export async function alignTiers(database: Database, from: number, to: number): Promise<number> {
  return database.transaction(async (transaction) => {
    await takeTurn(transaction, AGGREGATE_LOCK);
    const bounds = [timestamp(from), timestamp(to)];
    const [result] = await transaction.run(ALIGN, bounds);
    await transaction.run(REMOVE_EMPTY, bounds);
    return result?.drifted ?? 0;
  });
}

/** An account in which aggregates and ledger disagree. Decimal texts. */
export interface MoneyDrift {
  app_id: number;
  currency: string;
  aggregated: string;
  spent: string;
}

/** What all messages together cost must be what the ledger has spent. */
const MONEY_DRIFT = statement<MoneyDrift>(
  'aggregate_money_drift',
  `with charged as (
     select app_id, price_id, sum(charged) as charged
     from (select app_id, price_id, charged from app join aggregate_bucket on tier = 2 and app_id = any (array[app.id])
       union all select app_id, price_id, charged from aggregate_delta) counted
     group by app_id, price_id
   ), account as (
     select charged.app_id, price.currency, charged.charged * price.per_segment as aggregated, 0 as spent
     from charged join price on price.id = charged.price_id
     union all
     select app_id, currency, 0,
       case kind when 'reversal' then -amount when 'post' then amount when 'correction' then amount else 0 end from balance
   )
   select app_id, currency, sum(aggregated)::text as aggregated, sum(spent)::text as spent from account
   group by app_id, currency having sum(aggregated) <> sum(spent)`,
);

/** Accounts whose cost by the aggregates is not what the ledger has spent; as of one moment. */
export function findMoneyDrift(runner: StatementRunner): Promise<MoneyDrift[]> {
  return runner.run(MONEY_DRIFT, []);
}

const READ_PROGRESS = statement<{ stage: string; done_until: Date }>(
  'aggregate_progress',
  'select stage, done_until from aggregate_recount',
);
const FIRST_BUCKET = statement<{ start: Date | null }>(
  'aggregate_first_bucket',
  `select min(start) as start from (
     select (select start from aggregate_bucket where tier = 0 and app_id = app.id order by start limit 1) as start from app
   ) first`,
);
const NOTE_PROGRESS = statement<object>(
  'aggregate_note_progress',
  `insert into aggregate_recount (stage, done_until) values ($1, $2)
   on conflict (stage) do update set done_until = greatest(aggregate_recount.done_until, excluded.done_until)`,
);

/** How far each stage has come (milliseconds of business time), by name. */
export async function readRecountProgress(runner: StatementRunner): Promise<ReadonlyMap<string, number>> {
  const rows = await runner.run(READ_PROGRESS, []);
  return new Map(rows.map(({ stage, done_until }) => [stage, done_until.getTime()]));
}

/** Where the aggregates begin, in milliseconds of business time; undefined while there are none. */
export async function firstBucket(runner: StatementRunner): Promise<number | undefined> {
  const [row] = await runner.run(FIRST_BUCKET, []);
  return row?.start?.getTime();
}

/** Notes that a stage has come so far; never goes back. */
export async function noteRecountProgress(runner: StatementRunner, stage: string, until: number): Promise<void> {
  await runner.run(NOTE_PROGRESS, [stage, timestamp(until)]);
}
