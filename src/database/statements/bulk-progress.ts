import { BulkStatus } from '../../messaging/domain/bulk-status.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const { running, paused, done, cancelled, failed, checked, loading } = BulkStatus;

const RECOUNT = statement<{ counted: number }>(
  'bulk_recount',
  `with chosen as materialized (
     select bulk_id, submission_id from bulk_stretch
     where not ended and count_at <= now() order by count_at limit $1 for update skip locked
   ), counted as (
     select c.bulk_id, c.submission_id, array_agg(n.messages order by n.code) as counts
     from chosen c cross join lateral (
       select code, coalesce(m.messages, 0)::int as messages
       from generate_series(0, 9) as code left join (
         select status, count(*) as messages from message where submission_id = c.submission_id group by status) m
         on m.status = code) n
     group by c.bulk_id, c.submission_id
   ), written as (
     -- A report may still correct what has ended; the messages themselves know. What has waited long is looked at seldom.
     update bulk_stretch s set counts = c.counts, ended = c.counts[1] = 0 and c.counts[2] = 0 and c.counts[3] = 0,
       count_at = now() + greatest(interval '1 second', (now() - s.moved_at) / 20)
     from counted c where s.bulk_id = c.bulk_id and s.submission_id = c.submission_id
   )
   select count(*)::int as counted from chosen`,
);

/** Counts the messages of some submissions of bulks by status, those first that are due longest. @returns submissions */
export async function recountStretches(runner: StatementRunner, limit: number): Promise<number> {
  return (await runner.run(RECOUNT, [limit]))[0]?.counted ?? 0;
}

const PACE = statement<{ done: boolean }>(
  'bulk_pace',
  `with left_over as materialized (
     select coalesce(sum(cardinality(packet.members)), 0)::int as messages
     from bulk_stretch s join packet on packet.submission_id = s.submission_id where s.bulk_id = $1
   ), paced as (
     update bulk set handed_over = moved - l.messages,
       rate = case when status <> ${running} then null when paced_at is null then rate else
         greatest(0, (coalesce(rate, 0) * 2 + (moved - l.messages - handed_over)
           / greatest(0.1, extract(epoch from clock_timestamp() - paced_at))) / case when rate is null then 1 else 3 end) end,
       paced_at = clock_timestamp(),
       status = case when status = ${running} and moved = accepted and l.messages = 0 then ${done} else status end,
       ended_at = case when status = ${running} and moved = accepted and l.messages = 0 then $2::timestamptz else ended_at end
     from left_over l where id = $1 and status in (${running}, ${paused})
     returning status
   )
   select status = ${done} as done from paced`,
);

/**
 * Notes how many messages of a bulk have left the queue, and how fast; ends a bulk of which none is left.
 * @param now business time, milliseconds
 */
export async function paceBulk(runner: StatementRunner, id: string, now: number): Promise<boolean> {
  return (await runner.run(PACE, [id, new Date(now).toISOString()]))[0]?.done ?? false;
}

const ACTIVE = statement<{ id: string; status: number }>(
  'bulk_active',
  `select id::text, status from bulk where status in (${running}, ${paused}) order by id limit 1000`,
);
/** Bulks that run or pause. */
export function activeBulks(runner: StatementRunner): Promise<{ id: string; status: number }[]> {
  return runner.run(ACTIVE, []);
}

const COUNTS = statement<{ counts: number[] }>(
  'bulk_counts',
  `select coalesce(array_agg(messages order by code), '{}') as counts from (
     select code, coalesce(sum(s.counts[code]), 0)::int as messages
     from generate_series(1, 10) as code left join bulk_stretch s on s.bulk_id = $1 group by code) counted`,
);

/** The messages of a bulk by code of their status, as last counted. */
export async function bulkCounts(runner: StatementRunner, id: string): Promise<readonly number[]> {
  return (await runner.run(COUNTS, [id]))[0]?.counts ?? [];
}

const ABANDON = statement<{ id: string }>(
  'bulk_abandon',
  `update bulk set status = ${failed}, reason = 'upload_abandoned', ended_at = $1
   where status = ${loading} and loaded_at < now() - interval '7 days' returning id::text`,
);
const CLEAR = statement<{ removed: number }>(
  'bulk_clear',
  `with ended as materialized (
     select bulk_id, line from bulk_row
     where bulk_id in (select id from bulk where status in (${cancelled}, ${failed}, ${checked}))
     limit $1
   ), removed as (
     delete from bulk_row r using ended e where r.bulk_id = e.bulk_id and r.line = e.line
   )
   select count(*)::int as removed from ended`,
);

/** Ends uploads that nobody has taken up for a week. @param now business time, milliseconds */
export async function abandonUploads(runner: StatementRunner, now: number): Promise<number> {
  return (await runner.run(ABANDON, [new Date(now).toISOString()])).length;
}

/** Removes rows of bulks that are not sent any more. @returns how many; fewer than `limit`: no more are left */
export async function clearRows(runner: StatementRunner, limit: number): Promise<number> {
  return (await runner.run(CLEAR, [limit]))[0]?.removed ?? 0;
}

const FORGET = statement<{ forgotten: number }>(
  'bulk_forget',
  `with due as materialized (
     select id from bulk where ended_at < $1 and text is not null
       and not exists (select from bulk_stretch s where s.bulk_id = bulk.id and not s.ended) limit 1000
   ), texts as (
     update bulk set text = null, signature = null, settings = '' from due where bulk.id = due.id
   )
   select count(*)::int as forgotten from due`,
);

/** Forgets the texts of bulks that ended before a time, and whose messages have. @param endedBefore milliseconds of business time */
export async function forgetBulkTexts(runner: StatementRunner, endedBefore: number): Promise<number> {
  return (await runner.run(FORGET, [new Date(endedBefore).toISOString()]))[0]?.forgotten ?? 0;
}
