import type { StatementRunner } from '../database.js';
import { ToldStatus } from '../../outbox/told-status.js';
import { plainArray, statement } from '../statement.js';
import { endOf, periodOf, startOf } from './spend-reserve.js';

/** Hundredths of a cap at which its app is told. */
export const THRESHOLDS = [50, 80, 100] as const;

const WARN = statement<{ warned: number }>(
  'spend_warn',
  `with recent as (
     -- The period that is, and the one before: it may have reached something in its last moment.
     select c.app_id, c.currency, c.period, c.amount, u.starts_on, u.used, u.exhausted, ${endOf('u.starts_on')} as renews_at
     from spend_cap c
     cross join lateral (values (${periodOf('$1::timestamptz')}),
       (${periodOf(`(${startOf(periodOf('$1::timestamptz'))} - interval '1 second')`)})) as p (starts_on)
     join spend_use u on u.app_id = c.app_id and u.currency = c.currency and u.period = c.period and u.starts_on = p.starts_on
     where u.counted
   ), reached as (
     select r.*, t.threshold from recent r cross join unnest($2::smallint[]) as t (threshold)
     where (r.amount > 0 and r.used * 100 >= r.amount * t.threshold) or (r.exhausted and t.threshold = 100)
   ), told as (
     insert into spend_warning (app_id, currency, period, starts_on, threshold, at, amount, used, renews_at)
     select app_id, currency, period, starts_on, threshold, $1, amount, used, renews_at from reached
     order by app_id, currency, period, starts_on, threshold
     on conflict (app_id, currency, period, starts_on, threshold) do nothing
     returning *
   ), appended as (
     insert into outbox (app_id, size, submission_ids, ordinals, statuses, times, previous, sms_states, reasons)
     select app_id, count(*), array_agg(id order by period, starts_on, threshold),
       array_agg(int4multirange(int4range(1, 1, '[]'))), array_agg(${ToldStatus.spend_cap}::smallint),
       array_agg(at), array_agg(null::smallint), array_agg(null::integer), array_agg(null::integer)
     from told group by app_id
   )
   select count(*)::int as warned from told`,
);

/**
 * Tells the apps whose caps have reached a threshold: each cap, period and threshold once, whoever looks and however often.
 * @param now business time, milliseconds
 * @returns how many were told
 */
export async function warnOfSpend(runner: StatementRunner, now: number): Promise<number> {
  const [row] = await runner.run(WARN, [new Date(now).toISOString(), plainArray(THRESHOLDS)]);
  return row.warned;
}

/** A warning that was told. Amounts are decimal texts. */
export interface SpendWarningRow {
  id: string;
  currency: string;
  period: 'day' | 'month';
  starts_on: string;
  threshold: number;
  amount: string;
  used: string;
  renews_at: Date;
}

const FIND = statement<SpendWarningRow>(
  'spend_find_warnings',
  `select id::text, currency, period, starts_on::text, threshold, amount::text, used::text, renews_at
   from unnest($1::uuid[]) as wanted (warning_id) join spend_warning on id = any (array[warning_id])`,
);

/** The warnings of these ids, in any order. No id may stand twice. */
export function findSpendWarnings(runner: StatementRunner, ids: readonly string[]): Promise<SpendWarningRow[]> {
  return runner.run(FIND, [plainArray(ids)]);
}
