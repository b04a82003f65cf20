import type { StatementRunner } from '../database.js';
import { FailureReason } from '../../messaging/domain/failure-reason.js';
import { statement, timestamp } from '../statement.js';
import { appendChanges } from './outbox-append.js';

const UNCONFIRMED = FailureReason.unconfirmed;

const END_DOUBTS = statement<{ doubts: number; failed: number }>(
  'silence_end_doubts',
  `with due as materialized (
     -- What waits to be sent once more is not over.
     select d.submission_id, d.ordinal, d.attempt_id from doubt d
     where d.since <= $2 and (d.since <= $3 or d.attempt_id >= $4)
       and not exists (select from packet p where p.submission_id = any (array[d.submission_id])
         and p.first_ordinal between d.ordinal - 10000 and d.ordinal and d.ordinal = any(p.members))
     order by d.since limit $5 for update skip locked
   ), lifted as (
     delete from doubt d using due
     where d.submission_id = any (array[due.submission_id]) and d.ordinal = due.ordinal and d.attempt_id = due.attempt_id
   ), over as materialized (
     -- Another attempt may still be in doubt.
     select distinct on (submission_id, ordinal) submission_id, ordinal, attempt_id from due
     where not exists (select from doubt d where d.submission_id = any (array[due.submission_id]) and d.ordinal = due.ordinal
       and (d.submission_id, d.ordinal, d.attempt_id) not in (select submission_id, ordinal, attempt_id from due) offset 0)
     order by submission_id, ordinal, attempt_id
   ), failed as (
     update message m set status = 8, reason = ${UNCONFIRMED}, status_at = $1
     from over o where m.submission_id = any (array[o.submission_id]) and m.ordinal = o.ordinal and m.status = 1
     returning m.app_id, m.submission_id, m.ordinal, m.price_id, m.segments, o.attempt_id
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, 8::smallint as status, $1::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, ${UNCONFIRMED} as reason
     from failed`)}
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select (substr($6, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $1, f.app_id, f.price_id, f.quantity,
       'release', 'held', 'available', p.currency, f.quantity * p.per_segment, f.attempt_id
     from (select attempt_id, app_id, price_id, sum(segments) as quantity from failed
       group by attempt_id, app_id, price_id) f join price p on p.id = f.price_id
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'release', sum(amount) from entries group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   )
   select (select count(*) from due)::int as doubts, (select count(*) from failed)::int as failed`,
);

const END_SUBMITTED = statement<{ attempts: number; unknown: number }>(
  'silence_end_submitted',
  `with place as materialized (
     select after_attempt from silence_walk where hours = $5 for update skip locked
   ), batch as materialized (
     select a.* from place cross join lateral (
       select id, submission_id, members, ended_at from attempt where id > place.after_attempt order by id limit $4) a
   ), ripe as materialized (
     -- Up to the first one that may still be reported on.
     select * from batch where id < coalesce((select id from batch where ended_at > $2 order by id limit 1),
       'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ), ended as (
     update message m set status = 7, status_at = $1
     from (select r.submission_id, o.ordinal from ripe r cross join lateral unnest(r.members) as o(ordinal)
       where r.id >= $3 order by 1, 2) o
     where m.submission_id = any (array[o.submission_id]) and m.ordinal = o.ordinal and m.status = 2
     returning m.app_id, m.submission_id, m.ordinal, m.sms_state
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, 7::smallint as status, $1::timestamptz as at, null::smallint as previous,
       sms_state, null::integer as reason
     from ended`)}
   ), moved as (
     update silence_walk set after_attempt = (select id from ripe order by id desc limit 1)
     where hours = $5 and exists (select from ripe)
   )
   select (select count(*) from ripe)::int as attempts, (select count(*) from ended)::int as unknown`,
);

/** The times by which silence is judged, in milliseconds. */
export interface SilenceTimes {
  /** Business time. */
  readonly now: number;
  /** Business time: what is older may be ended. */
  readonly before: number;
}

/**
 * Ends doubts that silence has settled: messages become failed, `unconfirmed`, and their holds are released (design.md 3
 * rule 7). A later report, or a late ANSWER, corrects that.
 * @param times `before`: for doubts whose reports we could have received; `always`: for the others
 * @param coveredFrom the lowest attempt id since which reports could be received all the while
 * @param ledgerId a fresh UUIDv7 whose last 32 bits are replaced to number the ledger entries
 */
export async function endDoubts(
  runner: StatementRunner,
  times: SilenceTimes & { readonly always: number },
  coveredFrom: string,
  ledgerId: string,
  limit: number,
): Promise<{ doubts: number; failed: number }> {
  const [row] = await runner.run(END_DOUBTS, [
    timestamp(times.now),
    timestamp(times.before),
    timestamp(times.always),
    coveredFrom,
    limit,
    ledgerId,
  ]);
  return row ?? { doubts: 0, failed: 0 };
}

/**
 * Looks through the next attempts that are old enough, and ends as `unknown` those of their messages that are still
 * `submitted`.
 * @param hours which of the two walks, by its period
 * @param coveredFrom attempts with a lower id are passed over
 * @returns how many attempts it has looked through; 0: none is old enough, or another process is at it
 */
export async function endSubmitted(
  runner: StatementRunner,
  hours: number,
  { now, before }: SilenceTimes,
  coveredFrom: string,
  limit: number,
): Promise<{ attempts: number; unknown: number }> {
  const [row] = await runner.run(END_SUBMITTED, [timestamp(now), timestamp(before), coveredFrom, limit, hours]);
  return row ?? { attempts: 0, unknown: 0 };
}
